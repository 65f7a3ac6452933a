"""A receptionist works the queue. Told through the pages they see."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from tests.conftest import PatientClient
from tests.unit.conftest import make_request
from tests.unit.desk.test_requests import text_of
from triage.booking.models import BookingRequest

QUEUE = "/admin/triage/bookingrequest/"

pytestmark = pytest.mark.django_db


def ask(name: str, phone: str, hours_ago: float) -> BookingRequest:
    asked_at = timezone.now() - dt.timedelta(hours=hours_ago)
    return make_request(name=name, phone=phone, email="", location="", now=asked_at)


def press(client, address: str, button: str = "", **typed) -> str:
    """Opens a request's page, presses a button there, and returns what the page that follows says."""
    page = client.get(address).content.decode()
    if button:
        (name,) = set(re.findall(rf'name="(\w+)" value="{button}"', page))
        typed[name] = button
    (seen,) = re.findall(r'name="seen" value="(\d+)"', page)
    answer = client.post(address, {"seen": seen, "contact": "", "text": "", "assigned_to": ""} | typed)
    return text_of(client.get(answer.headers["Location"]))


def test_the_whole_life_of_a_request(staff_user):
    rosa = ask("Rosa Diaz", "tel:+1-212-555-0142", 24 * 7)
    ask("Omar Haddad", "tel:+1-212-555-0143", 0.1)
    desk = PatientClient()
    assert desk.get("/admin/").status_code == 302, "signed in by nobody"
    desk.force_login(staff_user)

    front = desk.get("/admin/")
    text = text_of(front)
    assert "New, waiting 2 Overdue 1" in text
    assert text.index("Rosa Diaz") < text.index("Omar Haddad"), "who waits longest comes first"
    (address,) = re.findall(rf'href="({QUEUE}{rosa.pk}/change/)"', front.content.decode())
    assert "Next: Call (212) 555-0142 in English." in text_of(desk.get(address))

    assert f"{rosa} is assigned to front-desk." in press(desk, address, "Assign to me")
    assert "No answer calls back at noon" in press(desk, address, contact="no_answer", text="calls back at noon")
    assert f"{rosa} is now contacted." in press(desk, address, contact="reached")
    assert "Contacted front-desk" in text_of(desk.get(QUEUE)), "it still waits for a visit"
    assert "Overdue 0" in text_of(desk.get("/admin/"))

    press(desk, address, "Mark scheduled", text="Tuesday, 10 AM")
    assert "Rosa Diaz" not in text_of(desk.get(QUEUE))
    assert "Scheduled front-desk" in text_of(desk.get(QUEUE + "?status=scheduled"))
    press(desk, address, "Close")
    assert "Closed front-desk" in text_of(desk.get(QUEUE, {"q": "rosa"}))

    page = text_of(desk.get(address))
    for note in ("No answer calls back at noon", "Reached", "Tuesday, 10 AM"):
        assert note in page
    history = text_of(desk.get(address.replace("change", "history")))
    assert history.count("Changed: status") == 3
    assert history.count("Changed: assigned to") == 1
    assert "– Sent by the patient" in history


def test_a_wrong_click_is_undone(staff_client):
    rosa = ask("Rosa Diaz", "tel:+1-212-555-0142", 1)
    staff_client.post(QUEUE, {"action": "mark_spam", "_selected_action": [rosa.pk], "index": "0"})
    assert "Rosa Diaz" not in text_of(staff_client.get(QUEUE))
    assert f"{rosa} is now new." in press(staff_client, f"{QUEUE}{rosa.pk}/change/", "Reopen")
    assert "Rosa Diaz – New" in text_of(staff_client.get(QUEUE))
