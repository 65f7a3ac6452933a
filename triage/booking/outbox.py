"""The outbox: each notice is sent by a worker, never inside a request, as soon as the mail server takes it.

A worker claims one notice for a while, sends it outside of any transaction, and writes how it went if the claim is
still its own. So two workers never send one notice, and a worker that dies loses none: its claim runs out.
"""

import datetime as dt
import faulthandler
import logging
import random
import smtplib
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from triage.booking.actions import record
from triage.booking.mail import NoAddressError, mail_for
from triage.booking.models import WAITING, AuditEvent, Notice

log = logging.getLogger(__name__)

# Minutes from one try to the next. After the last one, about three days later, the notice is given up.
PAUSES = (1, 5, 15, 30, 60, 120, *[240] * 17)
# How long a claim lasts. A worker that was killed holds its notice so long.
LEASE = dt.timedelta(minutes=5)
# EMAIL_TIMEOUT begins anew with each byte, so a server that drips could hold a worker for hours. After this time the
# worker ends its own process: a minute before the lease does, as the clocks of two machines may differ.
SECONDS_TO_SEND = LEASE.total_seconds() - 60

# A form must not be a way to fill someone's mailbox.
CONFIRMATIONS_A_DAY = 3
TOO_MANY = f"not sent: this address was sent {CONFIRMATIONS_A_DAY} within a day"
NO_ADDRESS = "not sent: the patient took the address out"


def send_next() -> Notice | None:
    """Tries the notice that has been due longest, and returns it as it is then; None if none is due.

    Ends the process if this takes longer than SECONDS_TO_SEND; whoever started it starts another. Raises
    django.db.Error if the database is away. If the mail was sent by then, it is sent once more when the lease has
    ended, with the same Message-ID.
    """
    notice = _claim()
    if notice is None:
        return None
    faulthandler.dump_traceback_later(SECONDS_TO_SEND, exit=True)
    try:
        if reason := _reason_to_leave_out(notice):
            outcome: dict[str, Any] = {"given_up_at": timezone.now(), "last_error": reason}
        else:
            outcome = _try(notice)
        _settle(notice, outcome)
    finally:
        faulthandler.cancel_dump_traceback_later()
    return notice


def _claim() -> Notice | None:
    now = timezone.now()
    due = _waiting().filter(Q(claimed_until=None) | Q(claimed_until__lte=now), next_try_at__lte=now)
    if not due.exists():  # asked every second, and should not take SQLite's one lock to write each time
        return None
    with transaction.atomic():
        rows = due.select_related("request").select_for_update(skip_locked=True, of=("self",))
        if notice := rows.order_by("next_try_at", "id").first():
            notice.claim, notice.claimed_until = uuid.uuid4(), now + LEASE
            notice.tries += 1
            notice.save(update_fields=["claim", "claimed_until", "tries"])
    return notice


def _reason_to_leave_out(notice: Notice) -> str:
    if notice.kind != Notice.Kind.PATIENT:
        return ""
    if not notice.request.email:
        return NO_ADDRESS
    # By when they were made, not sent: then two workers at once come to the same answer.
    earlier = Notice.objects.alias(to=Lower("request__email")).filter(
        to=notice.request.email.lower(),
        kind=Notice.Kind.PATIENT,
        pk__lt=notice.pk,
        created_at__gt=notice.created_at - dt.timedelta(days=1),
    )
    return TOO_MANY if earlier.count() >= CONFIRMATIONS_A_DAY else ""


def _try(notice: Notice) -> dict[str, Any]:
    """Sends the mail, and says which fields tell how it went."""
    try:
        mail_for(notice).send()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one mail, the next is sent
        kind = _kind_of(error)
        log.warning("Notice %d was not sent at try %d: %s", notice.pk, notice.tries, kind)
        if notice.tries > len(PAUSES):
            return {"given_up_at": timezone.now(), "last_error": kind}
        # A little more or less, so that many that failed together do not all come back at once.
        pause = dt.timedelta(minutes=PAUSES[notice.tries - 1] * random.uniform(0.9, 1.1))  # noqa: S311 - no secret
        return {"next_try_at": timezone.now() + pause, "last_error": kind}
    return {"sent_at": timezone.now(), "last_error": ""}


def _kind_of(error: Exception) -> str:
    """The kind of error and the server's codes. Never its words: a mail server likes to quote the address."""
    if isinstance(error, NoAddressError):
        return str(error)
    codes: list[int] = []
    if isinstance(error, smtplib.SMTPResponseException):
        codes = [error.smtp_code]
    elif isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
    return " ".join([type(error).__name__, *map(str, codes)])


def _settle(notice: Notice, outcome: dict[str, Any]) -> None:
    """Writes how it went and gives the claim up, unless it is another worker's by now."""
    outcome = {"claim": None, "claimed_until": None} | outcome
    Notice.objects.filter(pk=notice.pk, claim=notice.claim).update(**outcome)
    for name, value in outcome.items():
        setattr(notice, name, value)


def send_again(notices: QuerySet[Notice], *, by: User) -> int:
    """Puts these in line to be sent now, each with all its tries. Returns how many.

    One that was sent stays as it is, and a new one is made: mail programs hide a second mail with the same id.
    """
    chosen = list(notices.select_related("request"))
    for notice in chosen:
        with transaction.atomic():
            unsent = Notice.objects.filter(pk=notice.pk, sent_at=None)
            if not unsent.update(next_try_at=timezone.now(), tries=0, given_up_at=None, last_error=""):
                Notice.objects.create(request=notice.request, kind=notice.kind)
            record(AuditEvent.What.NOTICE, by=by, request=notice.request, kind=notice.kind)
    return len(chosen)


def given_up() -> QuerySet[Notice]:
    """The notices that someone has to look after. Not those that were left out on purpose."""
    return Notice.objects.filter(given_up_at__isnull=False).exclude(last_error__in=(TOO_MANY, NO_ADDRESS))


def oldest_waiting() -> dt.timedelta:
    """How long the oldest notice waits that is neither sent nor given up; nothing if none does."""
    made = _waiting().aggregate(made=Min("created_at"))["made"]
    return timezone.now() - made if made else dt.timedelta()


def _waiting() -> QuerySet[Notice]:
    return Notice.objects.filter(WAITING)
