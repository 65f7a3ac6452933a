"""Rows by a statement of our own are what Django's would be."""

import datetime as dt
import uuid

import pytest

from triage.booking.models import AuditEvent, BookingRequest, Notice, Sending
from triage.booking.rows import insert

NOW = dt.datetime(2026, 3, 2, 14, 30, 0, 123456, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def request(**changed: object) -> BookingRequest:
    given = {
        "request_key": uuid.uuid4(), "number": "K7M4RX", "created_at": NOW, "consented_at": NOW, "for_whom": "me",
        "name": "Zoë 'Q\"; --", "phone": "tel:+1-212-555-0142;ext=7", "email": "a%s@example.com", "reach_by": "call",
        "good_time": "any", "preferred_days": ["monday", "friday"], "part_of_day": "any", "location": "one",
        "language": "es", "note": "line\r\nline", "shared_answers": {"codes": {"age": 36}}, "shared_level": 1,
        "rules_version": "7",
    }  # fmt: skip
    return BookingRequest(**given | changed)


def stored(row, *but: str) -> dict[str, object]:
    return {name: value for name, value in type(row).objects.values().get(pk=row.pk).items() if name not in but}


def test_a_request_is_stored_as_django_would():
    ours, theirs = request(), request(number="K7M4RY")
    assert insert([ours])
    theirs.save()
    apart = ("id", "number", "request_key", "updated_at")
    assert stored(ours, *apart) == stored(theirs, *apart)
    assert stored(ours)["request_key"] == ours.request_key
    assert stored(ours)["updated_at"] == ours.updated_at
    assert ours.bare_phone == "tel:+1-212-555-0142"


def test_several_rows_and_all_their_keys():
    about = request()
    insert([about])
    for rows in (
        [Notice(request=about, kind=kind) for kind in ("desk", "patient")],
        [AuditEvent(what="sent", number="K7M4RX", details={"fields": ["name"]})],
        [Sending(mark=mark, at=NOW) for mark in "abc"],
    ):
        assert insert(rows)
        theirs = [type(row).objects.create(**stored(row, "id")) for row in rows]
        apart = ("id", "created_at")
        assert [stored(row, *apart) for row in rows] == [stored(row, *apart) for row in theirs]


def test_what_is_there_already_is_left_out_and_that_is_told():
    first = request()
    assert insert([first], or_ignore=True)
    for second in (request(request_key=first.request_key, number="K7M4RY"), request(name="Other")):
        assert not insert([second], or_ignore=True)
        assert second.pk is None
    assert BookingRequest.objects.get().name == first.name
    with pytest.raises(ValueError, match="not which"):
        insert([request(), request()], or_ignore=True)
