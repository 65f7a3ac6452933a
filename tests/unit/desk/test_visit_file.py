"""A visit as a file for the clinic's calendar: valid for any name, recorded, and not cached."""

import datetime as dt
import html
import re

import pytest

from tests.unit.conftest import make_request
from tests.unit.desk.test_replies import HEALTH
from tests.unit.desk.test_requests import LIST, page_of
from triage.booking import actions
from triage.booking.models import AuditEvent, BookingRequest, Status

pytestmark = pytest.mark.django_db
VISIT = dt.datetime(2027, 1, 12, 19, 30, tzinfo=dt.UTC)
NAMES = ["Rosa Diaz", r"O'Neil, Ann; \n \, Jr.", "王" * 40, "👩‍👧 " * 12, "a" * 74 + "é" * 25, "X\nEND:VEVENT"]


def schedule(by, visit_at=VISIT, **differs) -> BookingRequest:
    visit = {"visit_at": visit_at, "visit_location": "two"}
    return actions.change_status(request=make_request(**differs), to=Status.SCHEDULED, by=by, **visit)


def fetch(client, stored):
    return client.post(f"{LIST}{stored.pk}/calendar/")


def read(response) -> dict[str, str]:
    """The properties of the file, those of its event last."""
    lines = response.content.decode().replace("\r\n ", "").split("\r\n")
    entries = dict(line.split(":", 1) for line in lines if line)
    real = {r"\n": "\n", r"\,": ",", r"\;": ";", r"\\": "\\"}
    return {name: re.sub(r"\\.", lambda found: real[found[0]], value) for name, value in entries.items()}


@pytest.mark.parametrize("name", NAMES)
def test_it_says_when_where_and_who_whatever_the_name(staff_client, staff_user, settings, name):
    stored = schedule(staff_user, name=name, note="The pain is bad")
    response = fetch(staff_client, stored)
    for line in response.content.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        line.decode()  # no character is cut in two
    entries, place = read(response), settings.CLINIC.locations[1].name
    assert (entries["VERSION"], entries["BEGIN"], entries["END"]) == ("2.0", "VEVENT", "VCALENDAR")
    assert entries["SUMMARY"] == f"{name}, request {stored}"
    assert entries["LOCATION"] == place
    when = "Tuesday, January 12, 2027, 2:30 PM (America/New_York)"
    assert entries["DESCRIPTION"] == f"{when}\n{place}\nRequest {stored}\n{name}\n(212) 555-0142"
    text = html.escape(entries["DESCRIPTION"])
    assert text in staff_client.get(page_of(stored)).content.decode(), "to copy"
    assert not HEALTH.search(response.content.decode().replace("\r\n ", ""))


@pytest.mark.parametrize(("month", "told"), [(1, "January 12, 2027, 2:30 PM"), (7, "July 12, 2027, 3:30 PM")])
def test_its_time_is_in_utc_and_its_text_in_clinic_time(staff_client, staff_user, month, told):
    entries = read(fetch(staff_client, schedule(staff_user, VISIT.replace(month=month))))
    assert entries["DTSTART"] == f"2027{month:02}12T193000Z"
    assert told in entries["DESCRIPTION"]


def test_another_time_takes_the_place_of_the_first(staff_client, staff_user):
    stored = schedule(staff_user)
    first = read(fetch(staff_client, stored))
    later = VISIT + dt.timedelta(days=1)
    actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user, visit_at=later)
    second = read(fetch(staff_client, stored))
    assert first["UID"] == second["UID"]
    assert int(first["SEQUENCE"]) < int(second["SEQUENCE"])


def test_it_is_recorded_and_in_no_address_or_cache(staff_client, staff_user):
    stored = schedule(staff_user)
    page = staff_client.get(page_of(stored)).content.decode()
    (address,) = re.findall(r'action="([^"]+/calendar/)"', page)
    assert address == f"{LIST}{stored.pk}/calendar/"
    response = staff_client.post(address)
    assert response.headers["Content-Disposition"] == f'attachment; filename="visit-{stored.number}.ics"'
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in response.headers["Cache-Control"]
    (event,) = AuditEvent.objects.filter(what="exported")
    assert (event.by, event.number, event.details) == (staff_user, stored.number, {"file": "calendar"})


def test_without_a_visit_or_the_right_there_is_none(staff_client, staff_user, client, django_user_model):
    contacted = actions.change_status(request=make_request(), to=Status.CONTACTED, by=staff_user)
    for stored in (make_request(), contacted, schedule(staff_user, visit_at=None)):
        assert fetch(staff_client, stored).headers["Location"] == page_of(stored)
        assert "The visit for our calendar" not in staff_client.get(page_of(stored)).content.decode()
    assert fetch(staff_client, BookingRequest(pk=10**9)).headers["Location"] == LIST
    assert staff_client.get(f"{LIST}{schedule(staff_user).pk}/calendar/").status_code == 405
    client.force_login(django_user_model.objects.create_user("colleague", is_staff=True))
    assert fetch(client, schedule(staff_user)).status_code == 403
    assert not AuditEvent.objects.filter(what="exported").exists()
