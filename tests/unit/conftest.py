"""A request as the form sends it, and ways to make one."""

import datetime as dt
import unicodedata
import uuid
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import new_key
from tests.typed import PLAIN_REQUEST
from tests.unit.clinical.scenarios import PLAIN_SPASM
from triage.booking.actions import submit_booking_request
from triage.booking.models import BookingRequest
from triage.clinical.answers import SymptomAnswers

NEW_YORK = ZoneInfo("America/New_York")


def clinic_time(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=NEW_YORK)


MONDAY_NOON = clinic_time(11, 16, 12)


@pytest.fixture
def answers() -> SymptomAnswers:
    """Two weeks of spasms: see a doctor."""
    return SymptomAnswers.from_dict(PLAIN_SPASM | {"duration": "weeks_2_or_not_sure"})


@pytest.fixture
def fields() -> dict:
    """The posted fields of a plain, valid request."""
    return PLAIN_REQUEST | {"request_key": new_key()}


@pytest.fixture
def normalized(monkeypatch) -> list[int]:
    """The lengths of the texts given to unicodedata.normalize."""
    lengths, normalize = [], unicodedata.normalize
    monkeypatch.setattr(unicodedata, "normalize", lambda form, text: lengths.append(len(text)) or normalize(form, text))
    return lengths


def make_request(*, now=MONDAY_NOON, shared=None, client=None, **overrides) -> BookingRequest:
    """A stored request. client: the address it came from, for the limits."""
    plain = {
        "request_key": uuid.uuid4(),
        "for_whom": "me",
        "name": "Rosa Diaz",
        "phone": "tel:+1-212-555-0142",
        "email": "Rosa@example.com",
        "reach_by": "call",
        "good_time": "any",
        "preferred_days": ["monday"],
        "part_of_day": "any",
        "location": "one",
        "language": "en",
        "note": "",
    }
    return submit_booking_request(request=BookingRequest(**plain | overrides), shared=shared, now=now, client=client)


@pytest.fixture
def send(db):
    """Store a request. Give `key` to send the same form again, `changed` for other details."""

    def send(key=None, shared=None, changed=None, now=MONDAY_NOON):
        return make_request(request_key=key or uuid.uuid4(), shared=shared, now=now, **(changed or {}))

    return send


@pytest.fixture
def at_noon(monkeypatch):
    """Set the clock to noon of a day, in clinic time."""

    def set_to(year, month, day):
        now = clinic_time(month, day, 12, year=year)
        monkeypatch.setattr("django.utils.timezone.now", lambda: now.astimezone(dt.UTC))
        return now

    return set_to
