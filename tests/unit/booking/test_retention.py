"""What is erased and when. Only counts and numbers are left, no name."""

import datetime as dt
import json
from io import StringIO
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from tests.unit.conftest import MONDAY_NOON
from triage.booking import actions, retention
from triage.booking.models import AuditEvent, BookingRequest, Contact, Notice, RateLimitHit, StaffNote, Status
from triage.management.commands import send_notices

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY_NOON, tick=False) as clock:
        yield clock


def run(command, *arguments) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def erasures() -> list[tuple]:
    return list(AuditEvent.objects.filter(what="erased").values_list("by__username", "number", "details"))


# --- By the clock ----------------------------------------------------------------------------
def test_a_closed_request_is_erased_after_the_clinics_days_with_notes_and_notices(send, staff_user, clock, settings):
    settings.RETENTION_DAYS = 10
    stored = send()
    actions.add_note(request=stored, by=staff_user, text="Her sister answered", contact=Contact.REACHED)
    actions.change_status(request=stored, to=Status.CLOSED, by=staff_user)
    clock.shift(10 * DAY - dt.timedelta(seconds=1))
    run("send_notices", "--once")
    assert erasures() == []
    clock.shift(dt.timedelta(seconds=1))
    run("send_notices", "--once")
    assert not (BookingRequest.objects.exists() or StaffNote.objects.exists() or Notice.objects.exists())
    assert erasures() == [(None, stored.number, {"requests": 1, "notes": 1, "notices": 2})]


def test_spam_goes_sooner_and_what_is_not_closed_stays(send, staff_user, clock):
    spam, closed, scheduled, _new = send(), send(), send(), send()
    actions.change_status(request=spam, to=Status.SPAM, by=staff_user)
    actions.change_status(request=closed, to=Status.CLOSED, by=staff_user)
    actions.change_status(request=scheduled, to=Status.SCHEDULED, by=staff_user)
    clock.shift(30 * DAY)
    run("send_notices", "--once")
    assert set(BookingRequest.objects.values_list("status", flat=True)) == {"closed", "scheduled", "new"}
    clock.shift(209 * DAY)
    run("send_notices", "--once")
    assert set(BookingRequest.objects.values_list("status", flat=True)) == {"scheduled", "new"}
    clock.shift(DAY)
    run("send_notices", "--once")
    assert not BookingRequest.objects.exists(), "240 days are enough even if nobody closes them"


def test_who_is_touched_or_has_a_visit_ahead_is_not_forgotten(send, staff_user, clock, settings):
    settings.IDLE_DAYS, settings.FORGOTTEN_DAYS = 10, 30
    noted, booked, forgotten, reopened = (send() for _ in range(4))
    for each in (booked, reopened):
        visit_at = MONDAY_NOON + 35 * DAY
        actions.change_status(request=each, to=Status.SCHEDULED, by=staff_user, visit_at=visit_at)
    actions.change_status(request=reopened, to=Status.NEW, by=staff_user)
    clock.shift(9 * DAY)
    assert not BookingRequest.objects.filter(retention.untouched_for(10)).exists()
    clock.shift(DAY)
    actions.add_note(request=noted, by=staff_user, text="Still waits for the scan")
    assert set(BookingRequest.objects.filter(retention.untouched_for(10))) == {forgotten, reopened}
    clock.shift(20 * DAY)
    run("send_notices", "--once")
    assert set(BookingRequest.objects.all()) == {noted, booked}
    clock.shift(35 * DAY)
    run("send_notices", "--once")
    assert BookingRequest.objects.get().closing_reason == "visit"


def test_a_visit_that_took_place_closes_its_request_a_day_later(send, staff_user, clock):
    over, ahead, undated, unscheduled = (send(changed={"email": ""}) for _ in range(4))
    for each in (over, ahead, undated):
        actions.change_status(request=each, to=Status.SCHEDULED, by=staff_user)
    hours = {over: 0, ahead: 1, unscheduled: 0}
    for each, hour in hours.items():
        BookingRequest.objects.filter(pk=each.pk).update(visit_at=MONDAY_NOON + dt.timedelta(hours=hour))
    clock.shift(DAY)
    for _twice in range(2):
        run("send_notices", "--once")
    closed = BookingRequest.objects.get(status=Status.CLOSED)
    assert (closed, closed.closing_reason, closed.status_changed_by) == (over, "visit", None)
    event = AuditEvent.objects.filter(number=over.number, what="changed").first()
    assert (event.by, event.details["reason"]) == (None, "visit")
    clock.shift(settings.RETENTION_DAYS * DAY)
    assert closed in retention.old_requests()


def test_the_days_count_from_the_last_closing(send, staff_user, clock):
    stored = send()
    actions.change_status(request=stored, to=Status.CLOSED, by=staff_user)
    clock.shift(179 * DAY)
    actions.change_status(request=stored, to=Status.NEW, by=staff_user)
    actions.change_status(request=stored, to=Status.CLOSED, by=staff_user)
    clock.shift(2 * DAY)
    run("send_notices", "--once")
    assert BookingRequest.objects.exists()


def test_it_works_in_batches_may_be_stopped_and_run_again(send, staff_user, clock, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        actions.change_status(request=send(), to=Status.CLOSED, by=staff_user)
    clock.shift(settings.RETENTION_DAYS * DAY)
    retention.erase_requests(retention.old_requests())  # … and stopped
    assert BookingRequest.objects.count() == 3
    run("send_notices", "--once")
    assert sum(details["requests"] for _by, _number, details in erasures()) == 5


def test_one_that_was_reopened_at_the_last_moment_stays(send, staff_user, clock, monkeypatch):
    stored = send()
    actions.change_status(request=stored, to=Status.CLOSED, by=staff_user)
    clock.shift(settings.RETENTION_DAYS * DAY)
    chosen = retention.old_requests()

    def reopened_first():
        actions.change_status(request=stored, to=Status.NEW, by=staff_user)
        return transaction.atomic()

    monkeypatch.setattr(retention, "transaction", SimpleNamespace(atomic=reopened_first))
    assert not retention.erase_requests(chosen)
    assert BookingRequest.objects.get().status == "new"


def test_the_worker_does_it_once_a_day_after_the_notices(send, staff_user, clock, monkeypatch, settings):
    settings.DESK_EMAIL = "desk@example.org"
    seconds = [0.0]
    monkeypatch.setattr(send_notices.time, "monotonic", lambda: seconds[0])
    worker = send_notices.Command()
    worker.is_away, worker.erase_at = False, 0.0
    Session.objects.create(session_key="ended", session_data="", expire_date=timezone.now() - DAY)
    RateLimitHit.objects.create(key="old", counts_until=timezone.now())
    RateLimitHit.objects.create(key="new", counts_until=timezone.now() + DAY)

    def work_until_idle():
        return sum(iter(worker.work, False))

    actions.change_status(request=send(changed={"email": ""}), to=Status.CLOSED, by=staff_user)
    assert work_until_idle() == 1, "a notice, and nothing to erase yet"
    assert not Session.objects.exists()
    assert [each.key for each in RateLimitHit.objects.all()] == ["new"]
    clock.shift(settings.RETENTION_DAYS * DAY)
    came, visit_at = send(changed={"email": ""}), timezone.now() - 2 * DAY
    actions.change_status(request=came, to=Status.SCHEDULED, by=staff_user, visit_at=visit_at)
    assert work_until_idle() == 1, "a notice: it has looked today"
    seconds[0] += 24 * 60 * 60
    assert work_until_idle() == 1
    assert BookingRequest.objects.get().closing_reason == "visit"


# --- What is left ----------------------------------------------------------------------------
def test_an_erasure_is_recorded_with_its_counts(send, staff_user):
    first = send()
    send(), send()
    assert retention.erase_requests(BookingRequest.objects.filter(pk=first.pk), by=staff_user)["requests"] == 1
    assert retention.erase_requests(BookingRequest.objects.order_by("name"), by=staff_user)["requests"] == 2
    both, one = {"requests": 2, "notices": 4}, {"requests": 1, "notices": 2}
    assert erasures() == [("front-desk", "", both), ("front-desk", first.number, one)]


def test_no_name_is_left_in_any_table(send, staff_user, answers):
    stored = send(shared=answers, changed={"note": "I use a wheelchair"})
    actions.add_note(request=stored, by=staff_user, text="Her sister answered")
    facts = {"insurance": "Acme Gold", "heard_of_us": "Dr. Acme", "born": "1980-05-04"}
    actions.note_facts(request=stored, by=staff_user, seen=stored.version, facts=facts)
    actions.assign(request=stored, to=staff_user, by=staff_user)
    actions.change_status(request=stored, to=Status.CLOSED, by=staff_user)
    retention.erase_requests(BookingRequest.objects.all())
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a name from the database itself
            rows = json.dumps(cursor.fetchall(), default=str).lower()
        for typed in ("rosa", "diaz", "555-0142", "wheelchair", "her sister", "weeks_2_or_not_sure", "acme", "1980-"):
            assert typed not in rows, table
    assert AuditEvent.objects.filter(number=stored.number).count() >= 5, "what was done stays"


def test_the_privacy_page_says_what_the_code_does(client, settings):
    settings.RETENTION_DAYS, settings.SPAM_RETENTION_DAYS, settings.FORGOTTEN_DAYS = 77, 11, 99
    english, spanish = (client.get(path).content.decode() for path in ("/privacy/", "/es/privacy/"))
    assert "We erase it 77 days after that." in english
    assert "If it is spam, we erase it after 11 days." in english
    assert "If no one works on it and no one closes it, we erase it after 99 days." in english
    assert "Si nadie trabaja en ella ni la cierra, la borramos a los 99 días." in spanish
    assert "La borramos 77 días después." in spanish
    assert "Si es spam, la borramos a los 11 días." in spanish
