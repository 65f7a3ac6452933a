"""A patient asks for a visit, on the pages that the patient sees."""

import datetime as dt
import re

import pytest
import time_machine

from tests.reading import text_of
from tests.typed import PLAIN_REQUEST
from tests.unit.conftest import MONDAY_NOON
from triage.booking.models import BookingRequest

FRIDAY_NIGHT = MONDAY_NOON + dt.timedelta(days=4, hours=10)

pytestmark = pytest.mark.django_db


def send(client, page, to="/book/", **typed):
    """Fill in the form on `page` and send it, as a browser does. Return the page that follows."""
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode()))
    answer = client.post(to, hidden | PLAIN_REQUEST | typed)
    return client.get(answer.headers["Location"]) if answer.status_code == 302 else answer


def test_the_form_is_a_request_and_not_for_emergencies(client):
    text = text_of(client.get("/book/"))
    assert "This form is not for emergencies. Call 911 now if you have one of these" in text
    assert "loss of bladder or bowel control" in text
    for asked in ("I am asking for", "Full name", "Phone number", "Email address", "How should we reach you?"):
        assert asked in text
    assert "Send my request" in text
    assert not re.search(r"date of birth|insurance|\bbooking\b|book an appointment", text, re.I)


FOLD = re.compile(r'<details class="fold"( open)?>(.*)</details>', re.DOTALL)


def test_fields_with_a_default_are_folded_after_the_five_required_ones(client):
    before, is_open, folded, after = FOLD.split(client.get("/book/").content.decode())
    asked = re.compile(r'name="(\w+)"')
    needed = ["for_whom", "name", "phone", "email", "reach_by", "consent"]
    assert [name for name in dict.fromkeys(asked.findall(before)) if name in PLAIN_REQUEST] == needed
    more = ["good_time", "preferred_days", "part_of_day", "location", "language", "note"]
    assert (is_open, list(dict.fromkeys(asked.findall(folded)))) == (None, more)
    assert "Send my request" in after


@pytest.mark.parametrize(
    ("typed", "is_open"),
    [
        ({"name": ""}, False),
        ({"name": "", "note": "Step-free"}, True),
        ({"name": "", "preferred_days": ["monday"]}, True),
        ({"name": "", "good_time": "morning"}, True),
        ({"name": "", "language": "es"}, True),
        ({"location": "nowhere"}, True),
        ({"part_of_day": ""}, True),
    ],
)
def test_it_opens_where_something_in_it_is_filled_in_or_wrong(client, typed, is_open):
    page = send(client, client.get("/book/"), **typed)
    assert page.status_code == 422
    assert bool(FOLD.search(page.content.decode())[1]) is is_open


def test_asked_while_open_it_says_by_when_we_call(client):
    with time_machine.travel(MONDAY_NOON, tick=False):
        text = text_of(send(client, client.get("/book/")))
    stored = BookingRequest.objects.get()
    assert "We got your request" in text
    assert f"Your request number is {stored.number[:3]} {stored.number[3:]}" in text
    assert "We will call (212) 555-0142 by 5 PM Eastern Time on Tuesday, November 17." in text
    assert "If you miss our call, we will leave a message. It will not say why we called." in text
    assert "Wrong number? Call us at" in text
    assert "Call 911 or go to the emergency room now if you have any of these:" in text


def test_asked_while_closed_it_says_after_when_we_call(client):
    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        text = text_of(send(client, client.get("/book/"), good_time="morning", email="rosa@example.com"))
    assert "If you do not see our email, look in your spam folder." in text
    assert "We are closed now. We will call (212) 555-0142 on Monday, November 23, after 9 AM Eastern Time." in text
    assert "We will try to reach you in the morning." in text


@pytest.mark.parametrize(
    ("sent", "seen", "is_closed"),
    [
        ("2026-11-16T08:50", "2026-11-16T09:10", False),
        ("2026-11-16T16:50", "2026-11-16T17:10", True),
        ("2026-11-26T08:50", "2026-11-26T09:10", True),  # Thanksgiving
    ],
)
def test_it_says_whether_we_are_closed_when_it_is_read(client, sent, seen, is_closed):
    with time_machine.travel(f"{sent}-05:00"):
        promised = text_of(send(client, client.get("/book/")))
    with time_machine.travel(f"{seen}-05:00"):
        text = text_of(client.get("/book/sent/"))
    assert ("We are closed now." in text) == is_closed
    assert re.search("We will call .*?[.]", promised)[0] in text, "the promise stays"


@pytest.mark.parametrize(
    ("typed", "promise"),
    [
        ({"reach_by": "text"}, "We will text (212) 555-0142 by 5 PM"),
        ({"reach_by": "email", "email": "rosa@example.com"}, "We will email rosa@example.com by 5 PM"),
        ({"phone": "(212) 555-0142 ext 7"}, "We will call (212) 555-0142 ext. 7 by 5 PM"),
    ],
)
def test_it_says_how_and_where_we_answer(client, typed, promise):
    with time_machine.travel(MONDAY_NOON, tick=False):
        assert promise in text_of(send(client, client.get("/book/"), **typed))
