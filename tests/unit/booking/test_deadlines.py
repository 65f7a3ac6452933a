"""When we promise an answer. The hours and holidays are those of clinic.toml."""

import datetime as dt

import pytest
from django.conf import settings
from msgspec.structs import replace

from tests.unit.conftest import clinic_time as asked
from triage.booking.deadlines import due_at, reply_to


@pytest.mark.parametrize(
    ("asked_at", "was_open", "due"),
    [
        (asked(11, 16, 12), True, asked(11, 17, 17)),  # while open: by the end of the next work day
        (asked(11, 16, 9), True, asked(11, 17, 17)),
        (asked(11, 16, 17), False, asked(11, 17, 17)),  # while closed: on the next work day
        (asked(11, 16, 7), False, asked(11, 16, 17)),
        (asked(11, 20, 16, 59), True, asked(11, 23, 17)),
        (asked(11, 20, 20), False, asked(11, 23, 17)),
        (asked(11, 21, 12), False, asked(11, 23, 17)),
        # Thanksgiving Day is a Thursday, and it is a holiday of the clinic.
        (asked(11, 25, 12), True, asked(11, 27, 17)),
        (asked(11, 26, 12), False, asked(11, 27, 17)),
        # Martin Luther King Jr. Day is the third Monday of January.
        (asked(1, 15, 18, year=2027), False, asked(1, 19, 17, year=2027)),
        # The night the clocks go back, and over it.
        (asked(11, 1, 1, 30), False, asked(11, 2, 17)),
        (asked(10, 30, 12), True, asked(11, 2, 17)),
        # The server's clock is not the clinic's.
        (dt.datetime(2026, 11, 17, 2, tzinfo=dt.UTC), False, asked(11, 17, 17)),
    ],
)
def test_the_promise_follows_the_opening_hours_and_is_broken_when_its_day_ends(asked_at, was_open, due):
    reply, day = reply_to(asked_at, settings.CLINIC), f"{due:%A, %B} {due.day}"
    assert (reply.was_open, reply.day, reply.time) == (was_open, day, "5\u00a0PM" if was_open else "9\u00a0AM")
    assert reply.zone == "Eastern Time"
    assert due_at(asked_at, settings.CLINIC) == due
    assert asked_at >= settings.CLINIC.last_hours(due - dt.timedelta(seconds=1))[0]
    assert asked_at < settings.CLINIC.last_hours(due)[0]


def test_half_hours_and_other_zones_are_named_too():
    hours = {day: (dt.time(8, 30), dt.time(16)) for day in range(5)}
    clinic = replace(settings.CLINIC, hours=hours, time_zone="America/Anchorage")
    reply = reply_to(asked(11, 16, 23), clinic)
    assert (reply.time, reply.zone) == ("8:30\u00a0AM", "AKST")


@pytest.mark.parametrize(
    "hours",
    [
        settings.CLINIC.hours,
        {0: (dt.time(8), dt.time(12)), 3: (dt.time(13, 30), dt.time(20))},
        {6: (dt.time(1, 30), dt.time(3))},
    ],
    ids=["every work day", "two days", "while the clocks change"],
)
def test_overdue_is_the_promise_the_other_way_round(hours):
    """The database finds the same requests as due_at, called for each."""
    clinic = replace(settings.CLINIC, hours=hours)
    moments = [asked(10, 28, 0).astimezone(dt.UTC) + n * dt.timedelta(minutes=30) for n in range(40 * 48)]
    dues = [due_at(moment, clinic) for moment in moments]
    for now in moments[500::29]:  # each half-hour of a day once
        bound = clinic.last_hours(now)[0]
        assert [moment < bound for moment in moments] == [due <= now for due in dues]
