"""Closes requests after the visit, and erases old ones and those of a person who asks for it. The audit trail stays."""

import datetime as dt
from contextlib import suppress

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from triage.booking.actions import ChangeError, change_status, record
from triage.booking.limits import delete_old_hits
from triage.booking.models import OPEN, UNFINISHED, AuditEvent, BookingRequest, ClosingReason, Notice, StaffNote, Status

BATCH = 500
DIGEST_DAYS = 30
# The key in a staff session for the searched words, by the token that stands for them in addresses.
SEARCHES = "searches"
# The models that are erased, by their names in the audit trail.
ERASED_MODELS = {"requests": BookingRequest._meta.label, "notes": StaffNote._meta.label, "notices": Notice._meta.label}


def old_requests(*, days_late: int = 0) -> QuerySet[BookingRequest]:
    """Return the requests due for erasure; with `days_late`, those that were due so many days ago.

    They were closed RETENTION_DAYS ago, or marked as spam SPAM_RETENTION_DAYS ago; or nobody closed them, and nobody
    touched them for FORGOTTEN_DAYS.
    """
    now = timezone.now() - dt.timedelta(days=days_late)
    closed, spam = (now - dt.timedelta(days=days) for days in (settings.RETENTION_DAYS, settings.SPAM_RETENTION_DAYS))
    return BookingRequest.objects.filter(
        Q(status=Status.CLOSED, status_changed_at__lte=closed)
        | Q(status=Status.SPAM, status_changed_at__lte=spam)
        | untouched_for(settings.FORGOTTEN_DAYS + days_late)
    )


def untouched_for(days: int) -> Q:
    """Return the condition for unfinished requests that nobody changed, and that had no visit, for so many days."""
    before = timezone.now() - dt.timedelta(days=days)
    waits = Q(status__in=UNFINISHED, updated_at__lte=before)
    return waits & (Q(status__in=OPEN) | Q(visit_at=None) | Q(visit_at__lte=before))


def close_past_visits() -> None:
    """Close the requests whose visit was a day ago or more."""
    past = Q(status=Status.SCHEDULED, visit_at__lte=timezone.now() - dt.timedelta(days=1))
    for request in BookingRequest.objects.filter(past):
        with suppress(ChangeError, BookingRequest.DoesNotExist):  # changed or erased meanwhile
            change_status(request=request, to=Status.CLOSED, by=None, seen=request.version, reason=ClosingReason.VISIT)


def erase_requests(requests: QuerySet[BookingRequest], by: User | None = None) -> dict[str, int]:
    """Erase up to BATCH of these requests, with their notes and notices, in one transaction.

    by: who erases; None for the worker or a command. The caller checks the permission.
    Return the counts, as in the audit trail; empty if there was nothing to erase.
    """
    with transaction.atomic():
        # Locked, so that a colleague cannot reopen one meanwhile.
        batch = list(requests.order_by().select_related(None).only("number").select_for_update()[:BATCH])
        if not batch:
            return {}
        _total, by_model = BookingRequest.objects.filter(pk__in=[each.pk for each in batch]).delete()
        erased = {kind: by_model[name] for kind, name in ERASED_MODELS.items() if by_model.get(name)}
        # A single request is named by its number, so that its history ends with this line.
        record(AuditEvent.What.ERASED, by=by, request=batch[0] if len(batch) == 1 else None, **erased)
        forget_searches()
        transaction.on_commit(_empty_journal)
    return erased


def forget_searches() -> None:
    """Delete the searched words in all sessions: they may be the name of an erased person."""
    for session in Session.objects.all():
        data = session.get_decoded()
        if data.pop(SEARCHES, None):
            Session.objects.save(session.session_key, data, session.expire_date)


def _empty_journal() -> None:
    """Remove erased rows from SQLite's journal. In the database file, secure_delete (settings) overwrites them."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def delete_expired() -> None:
    """Delete expired sessions, old digests and old rate limit hits."""
    now = timezone.now()
    delete_old_hits(now)
    Notice.objects.filter(request=None, created_at__lte=now - dt.timedelta(days=DIGEST_DAYS)).delete()
    call_command("clearsessions")
