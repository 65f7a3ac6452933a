"""All changes to a request. Each adds a line to the audit trail; no other module writes requests.

The functions for the staff take the request, who acts (`by`) and the version on the page that this person saw (`seen`;
None without a page, as in a script). They return the stored request, and raise ChangeError if the change is not allowed
or a colleague has changed the request since.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.dateformat import format as date_format

from triage.booking.limits import enforce_limits
from triage.booking.models import (
    ASKED_FIELDS,
    DESK_FACTS,
    HEARD_FROM_US,
    NUMBER_ALPHABET,
    NUMBER_LENGTH,
    UNFINISHED,
    WAITING,
    AuditEvent,
    BookingRequest,
    ClosingReason,
    Contact,
    Notice,
    ReachBy,
    StaffNote,
    Status,
)
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess
from triage.text import fold, mailbox

# The statuses that may follow each status. A wrong click is undone by reopening.
ALLOWED_MOVES: dict[Status, tuple[Status, ...]] = {
    Status.NEW: (Status.CONTACTED, Status.SCHEDULED, Status.CLOSED, Status.SPAM),
    Status.CONTACTED: (Status.SCHEDULED, Status.CLOSED, Status.SPAM, Status.NEW),
    Status.SCHEDULED: (Status.CLOSED, Status.NEW),
    Status.CLOSED: (Status.NEW,),
    Status.SPAM: (Status.NEW,),
}

# The active staff accounts that may work on requests, and so be assigned to them.
COLLEAGUES = (
    User.objects.with_perm("triage.change_bookingrequest", backend="django.contrib.auth.backends.ModelBackend")
    .filter(is_staff=True)
    .order_by("username")
)
FOLDED_FIELDS = ("folded_name", "mailbox")  # keys for searching and counting requests: see triage.text
CONSENT_FIELDS = ("consent_version", "text_consent_version")
SENT_FIELDS = (*ASKED_FIELDS, *CONSENT_FIELDS, "shared_answers", "shared_level", "rules_version")
FLAGGED_PER_EMAIL = 10  # the desk gets one email for so many flagged requests. The list shows all of them.
CHANGED_SINCE = "%s was changed while you looked at it. Nothing was overwritten: look again."
NUMBERS_TO_TRY = 5  # a random number is rarely taken: after so many failures something else is wrong


class ChangeError(Exception):
    """The change was refused. The message is a sentence for the staff."""


def submit_booking_request(
    *, request: BookingRequest, shared: SymptomAnswers | None, now: dt.datetime, client: str | None = None
) -> BookingRequest:
    """Store a request once, however often its form is sent, and return it as it is stored.

    request: a valid, unsaved request. Its request_key was made with the blank form. If a request with this key is
        stored, the same content returns it, and other content updates it. Once the staff have touched it, or if the
        content is someone else's, other content makes a new request.
    shared: the answers the person agreed to send, or None. Their care level is computed here.
    now: when the form was sent, an aware datetime.
    client: the network address of the sender, for the limits; None for a script, which has no limits.
    Raises TooManyError if a limit was reached, and django.db.Error if the request cannot be stored.
    """
    request.created_at = request.consented_at = now
    # Django would send these database defaults as expressions, which cost twice as much as values.
    request.closing_reason, request.visit_location, request.is_flagged = "", "", False
    fold_fields(request)
    if shared is not None:
        share_answers(request, shared)
    with transaction.atomic():
        return _store(request, client)


def fold_fields(request: BookingRequest) -> None:
    """Set FOLDED_FIELDS, unsaved, from the name and the email."""
    request.folded_name, request.mailbox = fold(request.name), mailbox(request.email)


def share_answers(request: BookingRequest, answers: SymptomAnswers) -> None:
    """Sets, unsaved, the answers that a person agreed to send, with their care level and the version of the rules."""
    assessment = assess(answers)
    request.shared_answers = {
        "codes": answers.to_dict(),
        "lines": [[question, list(given)] for question, given in answers.lines],
        "reasons": [{"code": each.code, "told": [str(told) for told in each.told]} for each in assessment.reasons],
    }
    request.shared_level = assessment.level.value
    request.rules_version = assessment.rules_version


def _store(request: BookingRequest, client: str | None) -> BookingRequest:
    """Insert a request, or update the one with its key. See submit_booking_request."""
    stored = _insert(request)
    if stored.number == request.number:
        flagged = enforce_limits(client, stored)
        if flagged:
            stored.is_flagged = True
            stored.save(update_fields=["is_flagged"])
        record(AuditEvent.What.SENT, request=stored)
        kinds = [Notice.Kind.DESK] if flagged == 0 or flagged % FLAGGED_PER_EMAIL == 1 else []
        kinds += [Notice.Kind.PATIENT] if stored.email else []
        Notice.objects.bulk_create(Notice(request=stored, kind=kind) for kind in kinds)
        return stored
    changed = [name for name in SENT_FIELDS if getattr(stored, name) != getattr(request, name)]
    if not changed:
        return stored
    is_worked_on = stored.status_changed_at or stored.as_sent or stored.desk_facts or stored.notes.exists()
    if is_worked_on or _is_someone_else(stored, request):
        # Make a new request. Its key is derived from the old one, so that it, too, is stored only once.
        request.request_key = uuid.uuid5(request.request_key, "sent again")
        return _store(request, client)
    stored.is_flagged = enforce_limits(client, request) > 0
    for name in (*changed, "consented_at", *FOLDED_FIELDS):
        setattr(stored, name, getattr(request, name))
    stored.version += 1
    stored.save()
    record(AuditEvent.What.SENT_AGAIN, request=stored, fields=changed)
    # An unclaimed notice is sent to the new address. Queue another only if there is none.
    waiting = stored.notices.filter(WAITING, kind=Notice.Kind.PATIENT, claim=None)
    if "email" in changed and stored.email and not waiting.exists():
        Notice.objects.create(request=stored, kind=Notice.Kind.PATIENT)
    return stored


def _is_someone_else(stored: BookingRequest, sent: BookingRequest) -> bool:
    """Whether another person overwrote the form, as on a shared phone: the name and a phone or email were replaced.

    A person who corrects both is taken for someone else, too: two requests do less harm than a lost one.
    """
    is_replaced = any(getattr(stored, name) not in ("", getattr(sent, name)) for name in ("phone", "email"))
    return is_replaced and stored.folded_name != sent.folded_name


def _insert(request: BookingRequest) -> BookingRequest:
    """Insert the request with a random number, unless its key is stored. Return it, locked. Raises IntegrityError."""
    for _ in range(NUMBERS_TO_TRY):
        request.number = get_random_string(NUMBER_LENGTH, NUMBER_ALPHABET)
        # A plain INSERT fails if the key or the number is taken. PostgreSQL logs failed statements, and so the name.
        BookingRequest.objects.bulk_create([request], ignore_conflicts=True)
        found = BookingRequest.objects.select_for_update().filter(request_key=request.request_key)
        # One row, or none if the number is taken.
        for number, *computed in found.order_by().values_list("number", "pk", "bare_phone", "phone_end"):
            if number != request.number:
                return found.get()
            # Set what Django sets after a plain INSERT. Reading all columns would cost twice as much.
            request.pk, request.bare_phone, request.phone_end = computed
            request._state.adding = False
            return request
    raise IntegrityError("The request was not inserted. SQLite ignores every constraint here, not only a taken number.")


def record(
    what: AuditEvent.What, *, by: User | None = None, request: BookingRequest | None = None, **details: Any
) -> None:
    """Add a line to the audit trail.

    by: who did it; None for the patient, a command, or a failed sign-in.
    details: names and counts only, never the value of a field.
    """
    AuditEvent.objects.create(what=what, by=by, number=request.number if request else "", details=details)


@transaction.atomic
def change_status(
    *,
    request: BookingRequest,
    to: Status,
    by: User | None,
    seen: int | None = None,
    reason: str = "",
    visit_at: dt.datetime | None = None,
    visit_location: str = "",
) -> BookingRequest:
    """Change the status along ALLOWED_MOVES. Status.NEW reopens the request with the status it had before.

    by: None for the worker. reason: a ClosingReason, or "" if nobody gave one.
    visit_at, visit_location: of a scheduled visit. They may change while the request stays scheduled. A note then tells
        both: it is erased with the request, which the audit trail is not.
    """
    stored = BookingRequest.objects.select_for_update().get(pk=request.pk)
    status = Status(stored.status)
    visit = visit_at, visit_location
    is_moved = to is status is Status.SCHEDULED and visit_at and visit != (stored.visit_at, stored.visit_location)
    if to is status and not is_moved:
        is_emptied = status is Status.SCHEDULED and stored.visit_at and not visit_at
        hint = " Reopen it to take its visit away." if is_emptied else ""
        raise ChangeError(f"{stored} is already {status.label.lower()}.{hint}")
    _check_version(stored, seen)
    if to not in ALLOWED_MOVES[status] and not is_moved:
        raise ChangeError(f"{stored} is {status.label.lower()}. Reopen it first.")
    was = _visit(stored)
    if to is Status.SCHEDULED:  # also without a time: the old one may be over
        stored.visit_at, stored.visit_location = visit
    if is_moved:
        told = f"Visit moved from {was} to {_visit(stored)}"
        StaffNote.objects.create(request=stored, author=cast(User, by), text=told)
        return _save(stored, by, fields=["visit_at", "visit_location"])
    return _move(stored, _status_before(stored) if to is Status.NEW else to, by, reason)


def _visit(request: BookingRequest) -> str:
    """Return when and where the visit is, with the full date."""
    when = date_format(timezone.localtime(request.visit_at), "D, M j, Y, f A") if request.visit_at else "no time"
    return ", ".join(filter(None, (when, settings.CLINIC.place(request.visit_location))))


def _status_before(stored: BookingRequest) -> Status:
    """Return the status before the present one. Instead of a visit that is over, return CONTACTED."""
    earlier = [each for each in Status if stored.status in ALLOWED_MOVES[each] and each in UNFINISHED]
    for event in AuditEvent.objects.filter(number=stored.number, what=AuditEvent.What.CHANGED):
        before, after = event.details.get("changed", {}).get("status", (None, None))
        if after == stored.status and before in earlier:
            is_over = before == Status.SCHEDULED and stored.visit_at and stored.visit_at < timezone.now()
            return Status.CONTACTED if is_over else Status(before)
    return Status.NEW


def _move(stored: BookingRequest, to: Status, by: User | None, reason: str = "") -> BookingRequest:
    """Gives the stored request this status, and saves it."""
    changed = {"status": [stored.status, to]}
    stored.status, stored.status_changed_at, stored.status_changed_by = to, timezone.now(), by
    stored.closing_reason = reason if to is Status.CLOSED else ""
    if to in (Status.CONTACTED, Status.SCHEDULED) and stored.first_contact_at is None:
        stored.first_contact_at = stored.status_changed_at
    if to is Status.NEW:
        # A note that says we reached the person still counts as contact.
        heard = stored.notes.filter(contact__in=HEARD_FROM_US).first()
        stored.first_contact_at = heard.created_at if heard else None
    told = {"reason": stored.closing_reason} if stored.closing_reason else {}
    return _save(stored, by, changed=changed, **told)


@transaction.atomic
def undo(*, request: BookingRequest, by: User, seen: int) -> BookingRequest:
    """Take back the last change of the status or the assignee. Raises ChangeError if there is none."""
    stored = BookingRequest.objects.select_for_update().get(pk=request.pk)
    _check_version(stored, seen)
    # Only events about the status or the assignee have "changed" in their details.
    moves = AuditEvent.objects.filter(number=stored.number, what=AuditEvent.What.CHANGED, details__has_key="changed")
    last = moves.first()
    changed = last.details["changed"] if last else {}
    if "status" in changed:
        to = Status(changed["status"][0])
        came = moves.filter(details__changed__status__1=to).first()
        if came and to in (Status.CONTACTED, Status.SCHEDULED):
            stored.first_contact_at = stored.first_contact_at or came.at
        return _move(stored, to, by, reason=came.details.get("reason", "") if came else "")
    if "assigned_to" in changed:
        before = changed["assigned_to"][0]
        assignee = User.objects.filter(username=before).first()
        if before and not assignee:
            raise ChangeError(f"{before} has another name by now. Choose again whom {stored} is assigned to.")
        return assign(request=stored, to=assignee, by=by)
    raise ChangeError(f"There is nothing to undo on {stored}.")


@transaction.atomic
def assign(*, request: BookingRequest, to: User | None, by: User, seen: int | None = None) -> BookingRequest:
    """Assign the request to somebody; None: to nobody. Raises ChangeError if they are not one of COLLEAGUES."""
    stored = BookingRequest.objects.select_for_update().get(pk=request.pk)
    if stored.assigned_to == to:
        return stored
    _check_version(stored, seen)
    if to and not COLLEAGUES.filter(pk=to.pk).exists():
        raise ChangeError(f"{to} does not work here any more. Choose someone else for {stored}.")
    names = [user.get_username() if user else "" for user in (stored.assigned_to, to)]
    stored.assigned_to = to
    return _save(stored, by, changed={"assigned_to": names})


@transaction.atomic
def add_note(
    *,
    request: BookingRequest,
    by: User,
    text: str = "",
    contact: str = "",
    call_at: dt.datetime | None = None,
    key: uuid.UUID | None = None,
    seen: int | None = None,
) -> BookingRequest:
    """Add a note for the staff, the outcome of a try to reach the person (a Contact), or both.

    HEARD_FROM_US changes a new request to contacted. DID_NOT_COME changes one with a visit to contacted, to be called
    now. After a note, a form that the patient sends again makes a new request.
    call_at: when to try again; None: no time is set. key: of the form; a note with the same key is stored once.
    seen: checked for DID_NOT_COME only, as the visit may have been moved since.
    """
    # Locked, so that the patient cannot change it at the same moment.
    stored = BookingRequest.objects.select_for_update().get(pk=request.pk)
    if key and stored.notes.filter(key=key).exists():
        return stored
    if contact == Contact.DID_NOT_COME:
        _check_version(stored, seen)
    had_visit = stored.status == Status.SCHEDULED or stored.closing_reason == ClosingReason.VISIT
    did_not_come = contact == Contact.DID_NOT_COME and had_visit
    if did_not_come and stored.visit_at:  # the request keeps it no longer
        text = f"{text}\nVisit: {_visit(stored)}".strip()
    note = StaffNote.objects.create(request=stored, author=by, text=text, contact=contact, key=key)
    record(AuditEvent.What.NOTED, by=by, request=stored)
    if (contact or call_at) and call_at != stored.call_at or did_not_come:
        stored.call_at = call_at or (note.created_at if did_not_come else None)
        stored.visit_at = None if did_not_come else stored.visit_at
        _save(stored, by, fields=["call_at"])
    if contact in HEARD_FROM_US and stored.status == Status.NEW or did_not_come:
        _move(stored, Status.CONTACTED, by)
    elif contact in HEARD_FROM_US and stored.first_contact_at is None:
        stored.first_contact_at = note.created_at
        _save(stored, by, fields=["first_contact_at"])
    else:
        stored.save()  # sets updated_at: see retention.untouched_for
    return stored


@transaction.atomic
def reply(*, request: BookingRequest, kind: str, by: User, seen: int | None, is_sent: bool) -> None:
    """Answer the person with the text `kind` (one of Notice.REPLIES), and add a note that says so.

    is_sent: the outbox sends it by email. Otherwise the member of staff sends it from a program of their own.
    """
    stored = BookingRequest.objects.select_for_update().get(pk=request.pk)
    _check_version(stored, seen)
    if not stored.email and (is_sent or stored.reach_by != ReachBy.TEXT):
        raise ChangeError(f"{stored} has no email address, and asked for no text message.")
    if kind == Notice.Kind.VISIT and not stored.is_visit_ahead:
        raise ChangeError(f"{stored} has no visit ahead with a time. Set it first.")
    way = "by email" if is_sent else "from our own program"
    if is_sent:
        Notice.objects.create(request=stored, kind=kind)
    StaffNote.objects.create(request=stored, author=by, text=f"Sent {way}: {Notice.Kind(kind).label}")
    stored.version += 1  # so that a second press of the button is refused
    stored.save()
    record(AuditEvent.What.REPLIED, by=by, request=stored, words=kind, way=way)


@transaction.atomic
def correct_contact(
    *, request: BookingRequest, by: User, seen: int, phone: str = "", email: str = ""
) -> BookingRequest:
    """Replace the phone (RFC 3966) or the email with what the desk was told. The patient's own stays in `as_sent`."""
    stored = BookingRequest.objects.select_for_update().get(pk=request.pk)
    _check_version(stored, seen)
    before = {"phone": stored.phone, "email": stored.email}
    stored.phone, stored.email = phone or stored.phone, email or stored.email
    changed = {name: value for name, value in before.items() if value != getattr(stored, name)}
    if not changed:
        raise ChangeError(f"{stored} has this phone and email already. Type another one.")
    stored.as_sent = changed | (stored.as_sent or {})
    fold_fields(stored)
    return _save(stored, by, fields=list(changed))


@transaction.atomic
def note_facts(*, request: BookingRequest, by: User, seen: int, facts: dict[str, str]) -> BookingRequest:
    """Store what the desk was told in a call, by the names in DESK_FACTS."""
    stored = BookingRequest.objects.select_for_update().get(pk=request.pk)
    _check_version(stored, seen)
    before = stored.desk_facts or {}
    if changed := [name for name in DESK_FACTS if facts.get(name) != before.get(name)]:
        stored.desk_facts = facts or None
        _save(stored, by, fields=changed)
    return stored


def record_export(requests: Iterable[BookingRequest], *, by: User) -> None:
    """Add a line to the audit trail for each exported request."""
    exported = (AuditEvent(what=AuditEvent.What.EXPORTED, by=by, number=each.number) for each in requests)
    AuditEvent.objects.bulk_create(exported)


def _check_version(stored: BookingRequest, seen: int | None) -> None:
    if seen is not None and seen != stored.version:
        raise ChangeError(CHANGED_SINCE % stored)


def _save(stored: BookingRequest, by: User | None, **details: Any) -> BookingRequest:
    """Save the locked request with its next version. details: for the audit trail."""
    stored.version += 1
    stored.save()
    record(AuditEvent.What.CHANGED, by=by, request=stored, **details)
    return stored
