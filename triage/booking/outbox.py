"""The outbox: workers send the notices, and try again until the mail server accepts them.

A worker claims a notice for the time of a lease, sends it outside of any transaction, and saves the outcome if the
claim is still its own. Two workers never send the same notice, and the claim of a worker that dies expires.
"""

import datetime as dt
import faulthandler
import logging
import random
import smtplib
import uuid

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from triage.booking.actions import record
from triage.booking.limits import count_sendings
from triage.booking.mail import NoAddressError, mail_for
from triage.booking.models import WAITING, AuditEvent, Notice

log = logging.getLogger(__name__)

# Minutes between tries. After the last one, about three days later, the notice is given up.
RETRY_MINUTES = (1, 5, 15, 30, 60, 120, *[240] * 17)
# A notice that is due later than any pause was stored while a clock was wrong, and is due now.
LATEST_TRY = dt.timedelta(minutes=1.2 * max(RETRY_MINUTES))
LEASE = dt.timedelta(minutes=5)  # how long a claim lasts: a notice whose worker was killed waits this long
# EMAIL_TIMEOUT restarts with each byte, so a slow server could hold a worker for hours. After this time the worker ends
# its own process: a minute before its lease ends, as the clocks of two hosts may differ.
SECONDS_TO_SEND = LEASE.total_seconds() - 60

CONFIRMATIONS_A_DAY = 3  # so that nobody can use the form to fill another person's mailbox
TOO_MANY = f"not sent: this address was sent {CONFIRMATIONS_A_DAY} within a day"
NO_ADDRESS = "not sent: the patient took the address out"
FLAGGED = "not sent: very many requests came from one network address"
DAY_OVER = "not sent: its day is over"
NO_VISIT = "not sent: there is no such visit any more"
SKIPPED = (TOO_MANY, NO_ADDRESS, FLAGGED, DAY_OVER, NO_VISIT)
# Condition for notices that failed and are not dealt with. Skipped ones did not fail.
UNSENT = Q(given_up_at__isnull=False, dealt_with_at=None) & ~Q(last_error__in=SKIPPED)


def send_next() -> Notice | None:
    """Try to send the notice that has been due longest. Return it with the outcome, or None if no notice is due.

    Ends the process if this takes longer than SECONDS_TO_SEND; systemd or Docker starts a new one. Raises
    django.db.Error if the database is away. If the email was sent before that, it is sent once more after the lease,
    with the same Message-ID.
    """
    notice = _claim()
    if notice is None:
        return None
    faulthandler.dump_traceback_later(SECONDS_TO_SEND, exit=True)
    try:
        if reason := _reason_to_skip(notice):
            notice.given_up_at, notice.last_error = timezone.now(), reason
        else:
            _send(notice)
        _save_outcome(notice)
    finally:
        faulthandler.cancel_dump_traceback_later()
    return notice


def add_digest() -> None:
    """Add today's digest once the desk is open."""
    now = timezone.now()
    if settings.MORNING_DIGEST and settings.DESK_EMAIL and settings.CLINIC.is_open_at(now):
        Notice.objects.get_or_create(day=timezone.localdate(now), defaults={"kind": Notice.Kind.DIGEST})


def _claim() -> Notice | None:
    now = timezone.now()
    is_due = Q(next_try_at__lte=now) | Q(next_try_at__gt=now + LATEST_TRY)
    due = Notice.objects.filter(WAITING, is_due, Q(claimed_until=None) | Q(claimed_until__lte=now))
    if not due.exists():  # runs every second, and should not take SQLite's only write lock
        return None
    with transaction.atomic():
        rows = due.select_related("request").select_for_update(skip_locked=True, of=("self",))
        if notice := rows.order_by("next_try_at", "id").first():
            notice.claim, notice.claimed_until = uuid.uuid4(), now + LEASE
            notice.tries += 1
            notice.save(update_fields=["claim", "claimed_until", "tries"])
    return notice


def _reason_to_skip(notice: Notice) -> str:
    request = notice.request
    if request is None:
        return "" if timezone.localdate(notice.created_at) == timezone.localdate() else DAY_OVER
    if notice.kind == Notice.Kind.VISIT and not request.is_visit_ahead:
        return NO_VISIT
    if notice.kind != Notice.Kind.PATIENT:
        return ""
    if not request.email:
        return NO_ADDRESS
    if request.is_flagged:
        return FLAGGED
    # Counts forms and not mails, so that two workers come to the same result.
    sendings = count_sendings(request.mailbox, notice.created_at)
    return TOO_MANY if sendings > CONFIRMATIONS_A_DAY else ""


def _send(notice: Notice) -> None:
    """Send the email and set the outcome on the notice, unsaved."""
    try:
        mail_for(notice).send()
        notice.sent_at, notice.last_error = timezone.now(), ""
    except Exception as error:  # noqa: BLE001 - an error of one email must not stop the next
        notice.last_error = _error_kind(error)
        log.warning("Notice %d was not sent at try %d: %s", notice.pk, notice.tries, notice.last_error)
        if notice.tries > len(RETRY_MINUTES):
            notice.given_up_at = timezone.now()
        else:
            # With some jitter, so that notices that failed together are not all tried at the same moment.
            minutes = RETRY_MINUTES[notice.tries - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
            notice.next_try_at = timezone.now() + dt.timedelta(minutes=minutes)


def _save_outcome(notice: Notice) -> None:
    """Save the outcome and release the claim, unless another worker has claimed the notice since."""
    outcome = {name: getattr(notice, name) for name in ("next_try_at", "last_error", "sent_at", "given_up_at")}
    Notice.objects.filter(pk=notice.pk, claim=notice.claim).update(**outcome, claim=None, claimed_until=None)


def _error_kind(error: Exception) -> str:
    """Return the kind of error and the server's codes, never its text: mail servers quote the address."""
    kind = type(error).__name__
    if isinstance(error, NoAddressError):
        return str(error)
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{kind} {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return " ".join([kind, *(str(code) for code, _words in error.recipients.values())])
    return kind


def send_again(notices: QuerySet[Notice], *, by: User) -> int:
    """Make these notices due now, with all their tries. Return how many.

    A notice that was sent is copied: mail programs hide a second email with the same Message-ID.
    """
    chosen = list(notices.select_related("request"))
    for notice in chosen:
        with transaction.atomic():
            unsent = Notice.objects.filter(pk=notice.pk, sent_at=None)
            now = timezone.now()
            if not unsent.update(next_try_at=now, tries=0, last_error="", given_up_at=None, dealt_with_at=None):
                Notice.objects.create(request=notice.request, kind=notice.kind)
            record(AuditEvent.What.NOTICE, by=by, request=notice.request, kind=notice.kind, sent_again=True)
    return len(chosen)


def deal_with(notices: QuerySet[Notice], *, by: User) -> None:
    """Mark these notices as dealt with: the person was told in another way."""
    for notice in notices.select_related("request"):
        record(AuditEvent.What.NOTICE, by=by, request=notice.request, kind=notice.kind, dealt_with=True)
    notices.update(dealt_with_at=timezone.now())
