"""A receptionist works the queue. Told through the pages they see."""

import datetime as dt
import html
import re
import uuid

import pytest
from django.utils import timezone

from tests.conftest import PatientClient
from triage.booking.actions import RequestDetails, submit_booking_request
from triage.booking.models import BookingRequest

QUEUE = "/admin/triage/bookingrequest/"

pytestmark = pytest.mark.django_db


def text_of(page) -> str:
    body = page.content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body[body.index("<body") :])).split())


def ask(name: str, phone: str, hours_ago: float) -> BookingRequest:
    details = RequestDetails(
        for_whom="me",
        name=name,
        phone=phone,
        email="",
        reach_by="call",
        good_time="any",
        preferred_days=[],
        part_of_day="any",
        location="",
        language="en",
        note="",
    )
    asked_at = timezone.now() - dt.timedelta(hours=hours_ago)
    return submit_booking_request(request_key=uuid.uuid4(), details=details, shared=None, now=asked_at)


def test_from_sign_in_to_a_scheduled_visit(staff_user):
    rosa = ask("Rosa Diaz", "tel:+1-212-555-0142", 30)
    ask("Omar Haddad", "tel:+1-212-555-0143", 2)
    desk = PatientClient()

    sign_in = desk.get(QUEUE)
    assert sign_in.status_code == 302
    page = desk.get(sign_in.headers["Location"])
    assert "Back spasm guide: staff" in text_of(page)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]
    answer = desk.post(
        sign_in.headers["Location"],
        {"username": "front-desk", "password": "a long test password", "next": QUEUE, "csrfmiddlewaretoken": token},
    )
    assert answer.headers["Location"] == QUEUE

    queue = text_of(desk.get(QUEUE))
    assert queue.index("Rosa Diaz") < queue.index("Omar Haddad"), "who waits longest comes first"
    assert "30 h not shared New Rosa Diaz (212) 555-0142" in queue

    found = desk.get(QUEUE, {"q": str(rosa).lower()})
    assert "Rosa Diaz" in text_of(found)
    assert "Omar Haddad" not in text_of(found)
    (link,) = set(re.findall(rf'href="({QUEUE}{rosa.pk}/change/[^"]*)"', found.content.decode()))
    address = html.unescape(link)
    assert "Mark contacted" in desk.get(address).content.decode()

    desk.post(address, {"new_note": "No answer, left a message"})
    page = text_of(desk.get(address))
    assert "front-desk , " in page
    assert "No answer, left a message" in page

    answer = desk.post(address, {"new_note": "", "_move_contacted": "Mark contacted"})
    assert f"{rosa} is now contacted." in text_of(desk.get(answer.headers["Location"]))
    assert "Contacted Rosa Diaz" in text_of(desk.get(QUEUE)), "it still waits for a visit"

    desk.post(address, {"new_note": "Tuesday, 10 AM", "_move_scheduled": "Mark scheduled"})
    assert "Omar Haddad" in text_of(desk.get(QUEUE))
    assert "Rosa Diaz" not in text_of(desk.get(QUEUE))
    assert "Scheduled Rosa Diaz" in text_of(desk.get(QUEUE + "?status=scheduled"))


def test_a_wrong_click_is_undone(staff_client):
    rosa = ask("Rosa Diaz", "tel:+1-212-555-0142", 1)
    staff_client.post(QUEUE, {"action": "mark_spam", "_selected_action": [rosa.pk], "index": "0"})
    assert "Rosa Diaz" not in text_of(staff_client.get(QUEUE))
    staff_client.post(f"{QUEUE}{rosa.pk}/change/", {"new_note": "", "_move_new": "Reopen"})
    page = text_of(staff_client.get(QUEUE))
    assert f"{rosa} is now new." in page
    assert "New Rosa Diaz" in page
