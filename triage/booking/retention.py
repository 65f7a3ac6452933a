"""Erasing: requests that were closed long ago, and those of one person who asks for it. The audit trail stays.

All in batches, each whole in itself: it may be stopped at any moment, and run again.
"""

import datetime as dt
from collections import Counter
from importlib import import_module

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from triage.booking.actions import record
from triage.booking.limits import delete_old_hits
from triage.booking.models import AuditEvent, BookingRequest, Notice, StaffNote, Status

BATCH = 500
# What goes, as the audit trail calls it.
ERASED = {"requests": BookingRequest._meta.label, "notes": StaffNote._meta.label, "notices": Notice._meta.label}


def old_requests() -> QuerySet[BookingRequest]:
    """The requests to erase by now: closed RETENTION_DAYS ago, or marked as spam SPAM_RETENTION_DAYS ago."""
    now = timezone.now()
    closed, spam = (now - dt.timedelta(days=days) for days in (settings.RETENTION_DAYS, settings.SPAM_RETENTION_DAYS))
    return BookingRequest.objects.filter(
        Q(status=Status.CLOSED, status_changed_at__lte=closed) | Q(status=Status.SPAM, status_changed_at__lte=spam)
    )


def erase_requests(requests: QuerySet[BookingRequest], by: User | None = None) -> Counter[str]:
    """Erases these with their notes and notices, and says in the audit trail how many. Returns the counts.

    by: None for the worker and for a command. Whether they may is for the caller to ask.
    """
    erased: Counter[str] = Counter()
    while batch := erase_batch(requests, by):
        erased += batch
    return erased


def erase_batch(requests: QuerySet[BookingRequest], by: User | None = None) -> Counter[str]:
    """Erases some of these, in one transaction. Returns the counts; empty: there are none left."""
    while keys := list(requests.order_by().values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            # Asked once more under lock: a colleague may have reopened one.
            locked = requests.filter(pk__in=keys).select_related(None).select_for_update()
            batch = list(locked.only("number"))
            _total, by_model = BookingRequest.objects.filter(pk__in=[each.pk for each in batch]).delete()
            if batch:
                erased = Counter({kind: by_model[name] for kind, name in ERASED.items() if by_model.get(name)})
                # With one alone its number: the list of what happened to it ends with this.
                record(AuditEvent.What.ERASED, by=by, request=batch[0] if len(batch) == 1 else None, **erased)
                transaction.on_commit(_empty_journal)
                return erased
    return Counter()


def _empty_journal() -> None:
    """Takes what was erased out of SQLite's journal, too. The settings make it wipe the file itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def delete_expired() -> None:
    """Removes the sessions that have ended, and the counts of sent forms that no limit looks at any more."""
    delete_old_hits(timezone.now())
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
