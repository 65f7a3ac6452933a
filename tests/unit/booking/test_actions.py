import datetime as dt
import uuid

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.db.models import F

from tests.unit.conftest import MONDAY_NOON
from triage.booking import actions
from triage.booking.mail import words_for
from triage.booking.models import AuditEvent, BookingRequest, Status
from triage.booking.retention import close_past_visits
from triage.clinical.assessment import RULES_VERSION
from triage.clinical.care_levels import CareLevel

# For each status the moves that lead to it from new.
WAYS = {
    Status.NEW: [],
    Status.CONTACTED: [Status.CONTACTED],
    Status.SCHEDULED: [Status.CONTACTED, Status.SCHEDULED],
    Status.CLOSED: [Status.CLOSED],
    Status.SPAM: [Status.SPAM],
}


def test_a_request_is_stored_as_it_was_asked(send):
    made = send()
    stored = BookingRequest.objects.get(pk=made.pk)
    columns = [field.attname for field in BookingRequest._meta.concrete_fields]
    assert {name: made.__dict__.get(name) for name in columns} == {name: stored.__dict__[name] for name in columns}
    assert (stored.status, stored.name, stored.preferred_days) == (Status.NEW, "Rosa Diaz", ["monday"])
    assert stored.email == "Rosa@example.com"
    assert stored.created_at == stored.consented_at
    assert (stored.shared_answers, stored.shared_level, stored.rules_version) == (None, None, "")


def test_shared_answers_are_judged_here_and_kept_as_the_person_saw_them(send, answers):
    stored = BookingRequest.objects.get(pk=send(shared=answers).pk)
    assert stored.shared_level == CareLevel.DOCTOR
    assert stored.rules_version == RULES_VERSION
    assert stored.shared_answers["codes"]["duration"] == "weeks_2_or_not_sure"
    told = ["How long have you had this bout of pain?", ["2 weeks to 3 months, or I am not sure"]]
    assert told in stored.shared_answers["lines"]
    assert [reason["code"] for reason in stored.shared_answers["reasons"]] == ["A5"]


def test_a_mended_number_updates_a_request_nobody_has_touched(send, answers):
    key = uuid.uuid4()
    first = send(key, answers)
    mended = send(key, None, {"phone": "tel:+1-212-555-0199"})
    stored = BookingRequest.objects.get()
    assert (stored.pk, stored.number) == (first.pk, mended.number)
    assert stored.phone_shown == "(212) 555-0199"
    assert stored.shared_answers is None


ROSA = {"name": "Rosa Diaz", "phone": "tel:+1-212-555-0142", "email": "rosa@example.com"}
ANA = {"name": "Ana Rivera", "phone": "tel:+1-212-555-0187", "email": "ana@example.com"}


@pytest.mark.parametrize(
    ("first", "second", "requests"),
    [
        (ROSA, ANA, 2),
        (ROSA | {"email": ""}, ANA | {"email": ""}, 2),
        (ROSA | {"phone": "", "reach_by": "email"}, ANA | {"phone": "", "reach_by": "email"}, 2),
        (ROSA | {"email": ""}, ANA | {"phone": "", "reach_by": "email"}, 2),
        (ROSA, ANA | {"email": ROSA["email"]}, 2),  # the person had overlooked it
        (ROSA, ROSA | {"phone": ANA["phone"], "email": ANA["email"]}, 1),
        (ROSA, ROSA | {"name": "Rosa Días"}, 1),
        (ROSA | {"email": ""}, ROSA | {"name": "Rosa Días"}, 1),  # adds an email
        (ROSA, ROSA | {"name": "rosa diaz", "phone": ANA["phone"]}, 1),
    ],
)
def test_a_form_that_someone_else_overwrites_is_their_own_request(send, first, second, requests):
    key = uuid.uuid4()
    stored, overwritten = send(key, changed=first), send(key, changed=second)
    assert (overwritten.name, overwritten.phone) == (second["name"], second["phone"])
    assert send(key, changed=second).pk == overwritten.pk, "sent twice, stored once"
    assert BookingRequest.objects.count() == requests
    if requests == 2:
        assert BookingRequest.objects.get(pk=stored.pk).name == first["name"]


@pytest.mark.parametrize("touch", ["status", "note", "facts", "reopened"])
def test_once_touched_a_changed_sending_makes_one_new_request(send, staff_user, touch):
    key = uuid.uuid4()
    first = send(key)
    if touch == "note":
        actions.add_note(request=first, by=staff_user, text="No answer")
    elif touch == "facts":
        actions.note_facts(request=first, by=staff_user, seen=first.version, facts={"insurance": "Acme"})
    else:
        actions.change_status(request=first, to=Status.CONTACTED, by=staff_user)
    if touch == "reopened":
        actions.change_status(request=first, to=Status.NEW, by=staff_user)

    assert send(key).pk == first.pk, "the same sending again is still the same request"
    changed = {"phone": "tel:+1-212-555-0199"}
    second, again = send(key, changed=changed), send(key, changed=changed)
    assert second.pk == again.pk != first.pk
    assert second.number != first.number
    third = send(key, changed={"phone": "tel:+1-212-555-0111"})
    assert third.pk == second.pk, "the new one is untouched, so it is mended"
    assert BookingRequest.objects.count() == 2
    assert BookingRequest.objects.get(pk=first.pk).phone_shown == "(212) 555-0142"


def test_a_taken_number_is_not_given_twice(send, monkeypatch):
    numbers = iter(["CCCCCC", "CCCCCC", "DDDDDD"])
    monkeypatch.setattr(actions, "get_random_string", lambda length, alphabet: next(numbers))
    assert send().number == "CCCCCC"
    assert send().number == "DDDDDD"


def test_storing_a_request_takes_few_round_trips(db, client, fields, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):  # two of them are the savepoint
        client.post("/book/", fields | {"email": "rosa@example.com"})


def test_what_the_database_refuses_is_an_error(send):
    """SQLite's INSERT OR IGNORE would silently skip it."""
    with pytest.raises(IntegrityError):
        send(changed={"phone": "", "email": ""})


@pytest.mark.parametrize("start", list(Status))
@pytest.mark.parametrize("to", list(Status))
def test_a_request_moves_only_along_the_allowed_ways(send, staff_user, start, to):
    stored = send()
    for step in WAYS[start]:
        stored = actions.change_status(request=stored, to=step, by=staff_user)
    before = stored.status_changed_at
    if to in actions.ALLOWED_MOVES[start]:
        moved = actions.change_status(request=stored, to=to, by=staff_user)
        before_it = Status.CONTACTED if start == Status.SCHEDULED else Status.NEW
        assert moved.status == BookingRequest.objects.get().status == (before_it if to == Status.NEW else to)
        assert moved.status_changed_by == staff_user
        assert moved.status_changed_at is not None
    else:
        with pytest.raises(actions.ChangeError, match=str(stored)):
            actions.change_status(request=stored, to=to, by=staff_user)
        assert BookingRequest.objects.get().status == start
        assert BookingRequest.objects.get().status_changed_at == before


ENDS = [("new", "closed"), ("new", "spam"), ("contacted", "closed"), ("contacted", "spam"), ("scheduled", "closed")]


@pytest.mark.parametrize(("start", "end"), ENDS)
def test_reopening_leads_back_and_forgets_no_contact(send, staff_user, start, end):
    stored = send()
    for step in WAYS[Status(start)]:
        stored = actions.change_status(request=stored, to=step, by=staff_user)
    before = (stored.status, stored.first_contact_at)
    for _ in range(2):  # reopened twice, it still gets the status before
        ended = actions.change_status(request=stored, to=Status(end), by=staff_user)
        actions.change_status(request=send(), to=Status(end), by=staff_user)  # another one, from new
        stored = actions.change_status(request=ended, to=Status.NEW, by=staff_user)
        assert (stored.status, stored.first_contact_at) == before


def test_undo_takes_back_one_change_and_no_colleagues(send, staff_user, manager_user):
    stored = actions.assign(request=send(), to=staff_user, by=staff_user)
    given = actions.assign(request=stored, to=manager_user, by=staff_user)
    assert actions.undo(request=given, by=staff_user, seen=given.version).assigned_to == staff_user
    taken = actions.assign(request=stored, to=manager_user, by=staff_user)
    User.objects.filter(pk=staff_user.pk).update(username="renamed")
    with pytest.raises(actions.ChangeError, match="front-desk has another name by now"):
        actions.undo(request=taken, by=staff_user, seen=taken.version)
    moved = actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user)
    reopened = actions.change_status(request=moved, to=Status.NEW, by=staff_user)
    back = actions.undo(request=reopened, by=staff_user, seen=reopened.version)
    assert back.status == Status.SCHEDULED
    actions.add_note(request=back, by=manager_user, contact="reached", call_at=back.created_at)
    with pytest.raises(actions.ChangeError, match="Nothing was overwritten"):
        actions.undo(request=back, by=staff_user, seen=back.version)
    with pytest.raises(actions.ChangeError, match="nothing to undo"):
        actions.undo(request=(untouched := send()), by=staff_user, seen=untouched.version)


@pytest.mark.parametrize(
    "way", [["contacted"], ["scheduled"], ["contacted", "scheduled"], ["closed"], ["contacted", "closed"], ["spam"]]
)
def test_undo_of_a_reopening_brings_back_all_that_it_took(send, staff_user, way):
    visit = {"visit_at": dt.datetime(2027, 1, 4, 15, tzinfo=dt.UTC), "visit_location": "one"}
    stored = send()
    for step in way:
        more = {"scheduled": visit, "closed": {"reason": "elsewhere"}}.get(step, {})
        stored = actions.change_status(request=stored, to=Status(step), by=staff_user, **more)
    days_ago = dt.timedelta(days=3)
    BookingRequest.objects.update(first_contact_at=F("first_contact_at") - days_ago)
    AuditEvent.objects.update(at=F("at") - days_ago)
    names = ("status", "first_contact_at", "closing_reason", *visit)
    before = BookingRequest.objects.values(*names).get()
    reopened = actions.change_status(request=stored, to=Status.NEW, by=staff_user)
    actions.undo(request=reopened, by=staff_user, seen=reopened.version)
    after = BookingRequest.objects.values(*names).get()
    first, again = (each.pop("first_contact_at") for each in (before, after))
    assert before == after
    assert first == again or again - first < dt.timedelta(seconds=9), "by the time of the move in the audit trail"


def test_an_old_visit_is_no_new_one(send, staff_user):
    stored, over = actions.change_status(request=send(), to=Status.CONTACTED, by=staff_user), MONDAY_NOON
    actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user, visit_at=over, visit_location="one")
    reopened = actions.change_status(request=stored, to=Status.NEW, by=staff_user)
    assert "Your visit is set." in words_for(reopened, "visit")[1]
    again = actions.change_status(request=reopened, to=Status.SCHEDULED, by=staff_user)
    assert (again.visit_at, again.visit_location) == (None, "")
    close_past_visits()
    assert BookingRequest.objects.get().status == Status.SCHEDULED


def test_a_visit_has_a_time_that_can_change_and_be_missed(send, staff_user):
    first, later = (dt.datetime(2027, 1, day, 15, tzinfo=dt.UTC) for day in (4, 5))
    set_visit = {"to": Status.SCHEDULED, "by": staff_user}
    stored = actions.change_status(request=send(), visit_at=first, visit_location="one", **set_visit)
    with pytest.raises(actions.ChangeError, match="already scheduled"):
        actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user)
    moved = actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user, visit_at=later)
    assert (moved.visit_at, moved.status) == (later, Status.SCHEDULED)
    actions.change_status(request=stored, visit_at=later, visit_location="elsewhere", **set_visit)
    with pytest.raises(actions.ChangeError, match="already scheduled"):  # a button pressed twice
        actions.change_status(request=stored, visit_at=later, visit_location="elsewhere", **set_visit)
    place = settings.CLINIC.locations[0].name
    assert [note.text for note in stored.notes.all()] == [
        f"Visit moved from Mon, Jan 4, 2027, 10 AM, {place} to Tue, Jan 5, 2027, 10 AM",
        "Visit moved from Tue, Jan 5, 2027, 10 AM to Tue, Jan 5, 2027, 10 AM, elsewhere",
    ]
    actions.add_note(request=moved, by=staff_user, contact="did_not_come", text="Bus strike")
    missed = BookingRequest.objects.get()
    assert (missed.status, missed.visit_at, missed.call_at is None) == (Status.CONTACTED, None, False)
    assert missed.notes.last().text == "Bus strike\nVisit: Tue, Jan 5, 2027, 10 AM, elsewhere"


def test_a_corrected_contact_stands_beside_the_patients_own(send, staff_user):
    stored = send()
    fixed = actions.correct_contact(request=stored, by=staff_user, seen=stored.version, phone="tel:+1-212-555-0199")
    again = actions.correct_contact(request=fixed, by=staff_user, seen=fixed.version, phone="tel:+1-212-555-0111")
    again.refresh_from_db()
    assert (again.phone_shown, again.bare_phone, again.phone_end) == ("(212) 555-0111", "tel:+1-212-555-0111", "0111")
    assert again.as_sent == {"phone": "tel:+1-212-555-0142"}
    line = AuditEvent.objects.filter(what="changed").first()
    assert (line.details, line.by) == ({"fields": ["phone"]}, staff_user)
    with pytest.raises(actions.ChangeError, match="already"):
        actions.correct_contact(request=again, by=staff_user, seen=again.version, phone="tel:+1-212-555-0111")
    assert send(stored.request_key, changed={"phone": "tel:+1-212-555-0177"}).pk != stored.pk, "touched: a new request"
