"""Everything that may happen to a request. No other module writes one."""

import datetime as dt
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from triage.booking.models import BookingRequest, StaffNote, Status, new_number
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess

# Two sendings of one form at the same instant, or a number that is taken: one more try settles either.
TRIES = 4

# From each status, where it may go. Reopening is also how to undo a wrong click.
ALLOWED_MOVES: dict[Status, tuple[Status, ...]] = {
    Status.NEW: (Status.CONTACTED, Status.SCHEDULED, Status.CLOSED, Status.SPAM),
    Status.CONTACTED: (Status.SCHEDULED, Status.CLOSED, Status.SPAM, Status.NEW),
    Status.SCHEDULED: (Status.CLOSED, Status.NEW),
    Status.CLOSED: (Status.NEW,),
    Status.SPAM: (Status.NEW,),
}


class StatusError(Exception):
    """A move that is not allowed. The message is a sentence for the person who tried."""


@dataclass(frozen=True)
class RequestDetails:
    """What a person asks for, checked by the form. `phone` is RFC 3966 text; empty means not given."""

    for_whom: str
    name: str
    phone: str
    email: str
    reach_by: str
    good_time: str
    preferred_days: list[str]
    part_of_day: str
    location: str
    language: str
    note: str


def submit_booking_request(
    *, request_key: uuid.UUID, details: RequestDetails, shared: SymptomAnswers | None, now: dt.datetime
) -> BookingRequest:
    """Stores a request once, however often its form is sent.

    request_key: made with the blank form. The same key and content give the stored request back. Changed content
        updates it while the staff have not touched it, else makes a new one.
    shared: the answers the person agreed to send, or None. Their level is worked out here, whatever the page said.
    now: the moment of sending, aware.
    Raises django.db.Error if it cannot be stored.
    """
    content = asdict(details) | _shared_fields(shared)
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _store(request_key, content, now)
        except IntegrityError:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


def _shared_fields(shared: SymptomAnswers | None) -> dict[str, Any]:
    if shared is None:
        return {"shared_answers": None, "shared_level": None, "rules_version": ""}
    assessment = assess(shared)
    return {
        "shared_answers": {
            "codes": shared.to_dict(),
            "lines": [[question, list(given)] for question, given in shared.lines],
            "reasons": [{"code": reason.code, "told": list(reason.told)} for reason in assessment.reasons],
        },
        "shared_level": assessment.level.value,
        "rules_version": assessment.rules_version,
    }


def _store(key: uuid.UUID, content: dict[str, Any], now: dt.datetime) -> BookingRequest:
    while stored := BookingRequest.objects.select_for_update().filter(request_key=key).first():
        if all(getattr(stored, name) == value for name, value in content.items()):
            return stored
        if stored.is_untouched:
            for name, value in content.items():
                setattr(stored, name, value)
            stored.consented_at = now
            stored.save()
            return stored
        # The staff are at work on that one. The next key follows from it, so that this sending too is stored once.
        key = uuid.uuid5(key, "sent again")
    return BookingRequest.objects.create(
        request_key=key, number=new_number(), created_at=now, consented_at=now, **content
    )


def mark_contacted(*, request: BookingRequest, by: User) -> BookingRequest:
    """Someone reached the person, or left a message."""
    return _move(request, Status.CONTACTED, by)


def mark_scheduled(*, request: BookingRequest, by: User) -> BookingRequest:
    """A visit stands in the clinic's calendar."""
    return _move(request, Status.SCHEDULED, by)


def close_request(*, request: BookingRequest, by: User) -> BookingRequest:
    """Nothing more is to be done."""
    return _move(request, Status.CLOSED, by)


def mark_spam(*, request: BookingRequest, by: User) -> BookingRequest:
    """Not a person's request."""
    return _move(request, Status.SPAM, by)


def reopen_request(*, request: BookingRequest, by: User) -> BookingRequest:
    """Back to new: it was moved by mistake, or there is more to do."""
    return _move(request, Status.NEW, by)


@transaction.atomic
def _move(request: BookingRequest, to: Status, by: User) -> BookingRequest:
    """The request in its new status. Raises StatusError if it may not go there from where it is by now."""
    # Read again under a lock: a colleague may have been quicker.
    stored = BookingRequest.objects.select_for_update().get(pk=request.pk)
    status = Status(stored.status)
    if to is status:
        raise StatusError(f"{stored} is already {status.label.lower()}.")
    if to not in ALLOWED_MOVES[status]:
        raise StatusError(f"{stored} is {status.label.lower()}. Reopen it first.")
    stored.status, stored.status_changed_at, stored.status_changed_by = to, timezone.now(), by
    stored.save(update_fields=["status", "status_changed_at", "status_changed_by", "updated_at"])
    return stored


@transaction.atomic
def add_note(*, request: BookingRequest, by: User, text: str) -> StaffNote:
    """Adds a note for the staff. From then on the person's own changes make a new request."""
    # Locked, so that no sending of the same form slips in between.
    stored = BookingRequest.objects.select_for_update().get(pk=request.pk)
    return StaffNote.objects.create(request=stored, author=by, text=text)
