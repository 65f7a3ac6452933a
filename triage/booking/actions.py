"""Everything that may happen to a request, each with its line in the audit trail. No other module writes one."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from triage.booking.limits import enforce_limits
from triage.booking.models import (
    ASKED_FIELDS,
    HEARD_FROM_US,
    WAITING,
    AuditEvent,
    BookingRequest,
    Contact,
    Notice,
    StaffNote,
    Status,
    new_number,
)
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess

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


class ConflictError(Exception):
    """A colleague was quicker. The message is a sentence for the person whose change was not made."""


def submit_booking_request(
    *, request: BookingRequest, shared: SymptomAnswers | None, now: dt.datetime, client: str | None = None
) -> BookingRequest:
    """Stores a request once, however often its form is sent, and returns it as it is stored.

    request: what the form asked, checked and not saved. Its request_key was made with the blank form. The same key
        and content give the stored request back. Changed content updates it while the staff have not touched it,
        else makes a new one.
    shared: the answers the person agreed to send, or None. Their level is worked out here, whatever the page said.
    now: the moment of sending, aware.
    client: the address it came from, for the limits; None for a script, which has none.
    Raises TooManyError over a limit, and django.db.Error if it cannot be stored.
    """
    content = {name: getattr(request, name) for name in ASKED_FIELDS} | shared_fields(shared)
    with transaction.atomic():
        return _store(request.request_key, content, now, client)


def shared_fields(shared: SymptomAnswers | None) -> dict[str, Any]:
    """The fields that keep what a person agreed to send, or nothing."""
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


def _store(key: uuid.UUID, content: dict[str, Any], now: dt.datetime, client: str | None) -> BookingRequest:
    """Inserts the request, or updates the one that has its key. See submit_booking_request."""
    made = BookingRequest(request_key=key, number=_free_number(), created_at=now, consented_at=now, **content)
    # If the key is stored already, this only locks its row. A plain INSERT would fail then, and PostgreSQL writes a
    # statement that fails into its log, with the name and phone number in it.
    BookingRequest.objects.bulk_create(
        [made], update_conflicts=True, unique_fields=["request_key"], update_fields=["request_key"]
    )
    stored = BookingRequest.objects.get(request_key=key)
    if stored.number == made.number:
        enforce_limits(client, stored.phone, stored.email, now)
        record(AuditEvent.What.SENT, request=stored)
        kinds = [Notice.Kind.DESK, *([Notice.Kind.PATIENT] if stored.email else [])]
        Notice.objects.bulk_create(Notice(request=stored, kind=kind) for kind in kinds)
        return stored
    changed = [name for name, value in content.items() if getattr(stored, name) != value]
    if not changed:
        return stored
    if not stored.is_untouched:
        # The staff are at work on that one. The new key follows from the old, so that this sending is stored once too.
        return _store(uuid.uuid5(key, "sent again"), content, now, client)
    enforce_limits(client, content["phone"], content["email"], now)
    for name in changed:
        setattr(stored, name, content[name])
    stored.consented_at = now
    stored.version += 1
    stored.save()
    record(AuditEvent.What.SENT_AGAIN, request=stored, fields=changed)
    # An unclaimed notice is sent to the new address. Queue another only if there is none.
    waiting = stored.notices.filter(WAITING, kind=Notice.Kind.PATIENT, claim=None)
    if "email" in changed and stored.email and not waiting.exists():
        Notice.objects.create(request=stored, kind=Notice.Kind.PATIENT)
    return stored


def _free_number() -> str:
    while BookingRequest.objects.filter(number=(number := new_number())).exists():
        pass
    return number


def record(
    what: AuditEvent.What, *, by: User | None = None, request: BookingRequest | None = None, **details: Any
) -> AuditEvent:
    """Adds a line to the audit trail. details: names and counts only, never what stands in a field."""
    number = request.number if request else ""
    return AuditEvent.objects.create(what=what, by=by, number=number, details=details)


def mark_contacted(*, request: BookingRequest, by: User, seen: int | None = None) -> BookingRequest:
    """Someone reached the person, or left a message."""
    return _move(request, Status.CONTACTED, by, seen)


def mark_scheduled(*, request: BookingRequest, by: User, seen: int | None = None) -> BookingRequest:
    """A visit stands in the clinic's calendar."""
    return _move(request, Status.SCHEDULED, by, seen)


def close_request(*, request: BookingRequest, by: User, seen: int | None = None) -> BookingRequest:
    """Nothing more is to be done."""
    return _move(request, Status.CLOSED, by, seen)


def mark_spam(*, request: BookingRequest, by: User, seen: int | None = None) -> BookingRequest:
    """Not a person's request."""
    return _move(request, Status.SPAM, by, seen)


def reopen_request(*, request: BookingRequest, by: User, seen: int | None = None) -> BookingRequest:
    """Back to new: it was moved by mistake, or there is more to do."""
    return _move(request, Status.NEW, by, seen)


@transaction.atomic
def _move(request: BookingRequest, to: Status, by: User, seen: int | None) -> BookingRequest:
    """The request in its new status.

    seen: the version that `by` looked at; None where nobody looked, as in a script.
    Raises StatusError if it may not go there, ConflictError if it was changed since `by` looked.
    """
    stored = _locked(request)
    status = Status(stored.status)
    if to is status:
        raise StatusError(f"{stored} is already {status.label.lower()}.")
    _ensure_seen(stored, seen)
    if to not in ALLOWED_MOVES[status]:
        raise StatusError(f"{stored} is {status.label.lower()}. Reopen it first.")
    stored.status, stored.status_changed_at, stored.status_changed_by = to, timezone.now(), by
    fields = ["status", "status_changed_at", "status_changed_by"]
    if to in (Status.CONTACTED, Status.SCHEDULED) and stored.first_contact_at is None:
        stored.first_contact_at = stored.status_changed_at
        fields.append("first_contact_at")
    if to is Status.NEW:
        # A wrong click undone is no contact. A note that says we reached the person still is.
        heard = stored.notes.filter(contact__in=HEARD_FROM_US).first()
        stored.first_contact_at = heard.created_at if heard else None
        fields.append("first_contact_at")
    return _save(stored, fields, by)


@transaction.atomic
def assign(*, request: BookingRequest, to: User | None, by: User, seen: int | None = None) -> BookingRequest:
    """Says who works on the request; None: nobody yet. Raises ConflictError like a move."""
    stored = _locked(request)
    if stored.assigned_to == to:
        return stored
    _ensure_seen(stored, seen)
    stored.assigned_to = to
    return _save(stored, ["assigned_to"], by)


@transaction.atomic
def add_note(*, request: BookingRequest, by: User, text: str = "", contact: str = "") -> StaffNote:
    """Adds a note for the staff, or how a try to reach the person went (a Contact), or both.

    From then on the person's own changes make a new request.
    """
    # Locked, so that no sending of the same form slips in between.
    stored = _locked(request)
    note = StaffNote.objects.create(request=stored, author=by, text=text, contact=contact)
    record(AuditEvent.What.NOTED, by=by, request=stored)
    if contact and Contact(contact) in HEARD_FROM_US and stored.first_contact_at is None:
        stored.first_contact_at = note.created_at
        _save(stored, ["first_contact_at"], by)
    return note


def record_export(requests: Iterable[BookingRequest], *, by: User) -> None:
    """Adds a line to the audit trail for each request that goes out in a file."""
    AuditEvent.objects.bulk_create(
        AuditEvent(what=AuditEvent.What.EXPORTED, by=by, number=request.number) for request in requests
    )


def _locked(request: BookingRequest) -> BookingRequest:
    """The request as it stands by now, which no one else can change before the transaction ends."""
    return BookingRequest.objects.select_for_update().get(pk=request.pk)


def _ensure_seen(stored: BookingRequest, seen: int | None) -> None:
    if seen is not None and seen != stored.version:
        raise ConflictError(f"{stored} was changed while you looked at it. Nothing was overwritten: look again.")


def _save(stored: BookingRequest, fields: list[str], by: User) -> BookingRequest:
    stored.version += 1
    stored.save(update_fields=[*fields, "version", "updated_at"])
    record(AuditEvent.What.CHANGED, by=by, request=stored, fields=fields)
    return stored
