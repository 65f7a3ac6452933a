"""A manager closes a day: the deadlines, the waiting times and what patients read change."""

import datetime as dt
import html
import re
from threading import Event
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.reading import text_of
from tests.unit.conftest import MONDAY_NOON, make_request
from tests.unit.desk.test_requests import post
from triage.booking import actions, closures
from triage.booking.deadlines import due_at, reply_to
from triage.booking.models import AuditEvent, Closure, StaffLocation, Status
from triage.clinic import Holiday
from triage.desk.display import format_waiting

DAYS = "/admin/triage/closure/"
TUESDAY = MONDAY_NOON.date() + dt.timedelta(days=1)


def at(day, hour):
    return dt.datetime.combine(day, dt.time(hour), MONDAY_NOON.tzinfo)


def test_a_manager_closes_a_day_and_opens_it_again(client, manager_user, stored):
    client.force_login(manager_user)
    wednesday = TUESDAY + dt.timedelta(days=1)
    assert due_at(MONDAY_NOON, settings.CLINIC) == at(TUESDAY, 17)

    client.post(f"{DAYS}add/", {"date": str(TUESDAY), "closes_at": "", "reason": "weather"})
    assert due_at(MONDAY_NOON, settings.CLINIC) == at(wednesday, 17)
    assert reply_to(at(TUESDAY, 12), settings.CLINIC).day == "Wednesday, November 18"
    assert format_waiting(stored, at(wednesday, 10)) == "6 h"

    assert "1 in this list" in client.get(DAYS).content.decode()
    change = f"{DAYS}{Closure.objects.get().pk}/"
    client.post(f"{change}change/", {"date": str(TUESDAY), "closes_at": "12:30", "reason": "training"})
    assert due_at(MONDAY_NOON, settings.CLINIC) == at(TUESDAY, 12) + dt.timedelta(minutes=30)

    assert "Tue, Nov 17, 2026 12:30 PM Staff training" in text_of(client.get(DAYS)), "as all pages write it"

    assert client.get(f"{change}delete/").status_code == 200
    client.post(f"{change}delete/", {"post": "yes"})
    assert due_at(MONDAY_NOON, settings.CLINIC) == at(TUESDAY, 17)
    assert "0 in this list" in client.get(DAYS).content.decode()

    trail = [(each.by, each.details) for each in AuditEvent.objects.filter(what="closure").order_by("id")]
    short = f"{TUESDAY}, closes at 12:30, training"
    assert trail == [
        (manager_user, {"was": "open", "now": f"{TUESDAY}, closed, weather"}),
        (manager_user, {"was": f"{TUESDAY}, closed, weather", "now": short}),
        (manager_user, {"was": short, "now": "open"}),
    ]
    assert "closes at 12:30" in client.get(f"{change}history/", follow=True).content.decode()


@pytest.mark.parametrize("date", ["0206-12-24", "20261117", "9999-12-31", "2026-01-05", "2026-11-21", "2026-11-22"])
def test_a_wrong_year_or_a_weekend_closes_no_day(manager_client, at_noon, date):
    at_noon(*MONDAY_NOON.timetuple()[:3])
    page = manager_client.post(f"{DAYS}add/", {"date": date, "closes_at": "", "reason": ""})
    assert (page.status_code, "errorlist" in page.content.decode()) == (200, True)
    assert not Closure.objects.exists()
    old = Closure.objects.create(date=dt.date(2024, 12, 24))
    assert manager_client.post(f"{DAYS}add/", {"date": "2027-12-31", "closes_at": "", "reason": ""}).status_code == 302
    same = {"date": "2024-12-24", "closes_at": "12:00", "reason": ""}
    assert manager_client.post(f"{DAYS}{old.pk}/change/", same).status_code == 302


CLOSED = ["Bad weather: Tuesday, November 17, 2026"]


@pytest.mark.parametrize(
    ("date", "closes_at", "is_taken", "shown"),
    [
        *((TUESDAY, early, False, CLOSED) for early in ("03:00", "09:00", "00:00")),
        *((TUESDAY, late, False, []) for late in ("17:01", "19:00", "23:59")),
        (TUESDAY, "17:00", True, []),  # all day, in spite of a holiday
        (TUESDAY, "09:01", True, [f"{CLOSED[0]}, open until 9:01 AM"]),
        ("2026-11-21", "12:00", False, []),  # a Saturday
    ],
)
def test_a_short_day_ends_within_our_hours(client, manager_client, at_noon, date, closes_at, is_taken, shown):
    at_noon(*MONDAY_NOON.timetuple()[:3])
    page = manager_client.post(f"{DAYS}add/", {"date": date, "closes_at": closes_at, "reason": "weather"})
    assert (page.status_code == 302, Closure.objects.exists()) == (is_taken, is_taken)
    # As if the hours had changed after it was entered: patients read the present ones.
    Closure.objects.update_or_create(date=date, defaults={"closes_at": closes_at, "reason": "weather"})
    assert re.findall("<li>(Bad weather: .*?)</li>", client.get("/locations/").content.decode()) == shown


@pytest.mark.parametrize(
    ("closes_at", "hour", "is_told"), [("", 0, True), ("", 23, True), ("13:00", 12, False), ("13:00", 13, True)]
)
def test_visits_on_a_closed_day_are_named(manager_client, manager_user, at_noon, closes_at, hour, is_told):
    at_noon(*MONDAY_NOON.timetuple()[:3])
    act = {"by": manager_user, "visit_at": at(TUESDAY, hour), "visit_location": "two"}
    visit = actions.change_status(request=make_request(), to=Status.SCHEDULED, **act)
    StaffLocation.objects.create(user=manager_user, location="one")
    day = {"date": str(TUESDAY), "closes_at": closes_at, "reason": "weather"}
    page = manager_client.get(manager_client.post(f"{DAYS}add/", day).headers["Location"]).content.decode()
    assert ("Visits set for when we are closed: 1." in page) is is_told
    for address in re.findall(r'<a href="([^"]+)">See all visits', page):
        assert str(visit).replace(" ", "\xa0") in manager_client.get(html.unescape(address)).content.decode()
    post(manager_client, make_request(), visit_at=f"{TUESDAY}T{hour:02}:00", _move_scheduled="x")
    assert ("We are closed at the time of this visit" in manager_client.get("/admin/").content.decode()) is is_told


@pytest.mark.parametrize(
    ("path", "name", "hours"),
    [("/locations/", "Bad weather: ", ", open until 11 AM"), ("/es/locations/", "Mal tiempo: ", ", cerramos a las 11")],
)
def test_patients_read_it_in_their_language(client, db, path, name, hours):
    days = [timezone.localdate() + dt.timedelta(n) for n in range(1, 9)]
    day = next(day for day in days if day.weekday() < 5 and day not in settings.CLINIC.holidays_by_day)
    Closure.objects.create(date=day, closes_at=dt.time(11), reason=Closure.Reason.WEATHER)
    line = next(line for line in client.get(path).content.decode().splitlines() if name in line)
    assert hours in line


def test_a_managers_word_stands_in_place_of_the_holiday(db):
    day = settings.CLINIC.holidays_ahead[0][0]
    assert settings.CLINIC.hours_on(day) is None
    Closure.objects.create(date=day, closes_at=dt.time(12))
    assert settings.CLINIC.hours_on(day) == (at(day, 9), at(day, 12))


def test_another_process_follows_within_half_a_minute_and_asks_no_more_often(db, monkeypatch):
    """`bulk_create` sends no signal, like a closure that another process saved."""
    now = 1000.0
    monkeypatch.setattr(closures.time, "monotonic", lambda: now)
    closures._read.until = 0.0
    assert closures.closed_days() == {}
    Closure.objects.bulk_create([Closure(date=TUESDAY)])
    now += 29
    with CaptureQueriesContext(connection) as queries:
        assert closures.closed_days() == {}
    assert not queries.captured_queries
    now += 2
    with CaptureQueriesContext(connection) as queries:
        requests = [make_request() for _ in range(3)]
        wednesday = TUESDAY + dt.timedelta(days=1)
        assert {due_at(each.created_at, settings.CLINIC) for each in requests} == {at(wednesday, 17)}
    assert sum("closure" in each["sql"] for each in queries.captured_queries) == 1


def test_no_page_waits_for_a_database_that_hangs(monkeypatch):
    answers = Event()
    monkeypatch.undo()
    monkeypatch.setattr(closures, "PATIENCE", 0.01)
    monkeypatch.setattr(closures, "_read", SimpleNamespace(days={TUESDAY: Holiday("", TUESDAY)}, until=0.0))
    monkeypatch.setattr(closures, "_read_days", answers.wait)
    assert list(closures.closed_days()) == [TUESDAY]
    answers.set()


def test_without_a_database_the_last_known_days_count(db, monkeypatch):
    Closure.objects.create(date=TUESDAY)
    known = closures.closed_days()
    closures._read.until = 0.0
    ask = Mock(side_effect=OperationalError)
    monkeypatch.setattr(Closure.objects, "all", ask)
    for _page in range(3):
        assert closures.closed_days() == known
    assert known
    assert ask.call_count == 1
