"""The desk shows who has a request open, from the recorded views, so that two people do not call one patient."""

import datetime as dt

import pytest
import time_machine

from tests.reading import text_of
from tests.unit.conftest import make_request
from tests.unit.desk.test_requests import LIST, page_of, post, post_action
from triage.booking.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-18 17:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def other(clock):
    return make_request(phone="tel:+1-212-555-0143", email="other@example.com")


def test_colleagues_see_who_opened_it_and_when(staff_client, manager_client, stored, other, clock):
    manager_client.get(page_of(stored))
    for minutes, told in ((0, "just now"), (2, "2 min ago"), (15, "15 min ago")):
        clock.move_to(dt.datetime(2026, 11, 18, 17, minutes, tzinfo=dt.UTC))
        assert text_of(staff_client.get(LIST)).count(f" New – – manager opened this {told}") == 1, "nobody's still"
        assert f"manager opened this {told}" in text_of(staff_client.get(page_of(stored)))
    assert "opened this" not in text_of(staff_client.get(page_of(other)))
    clock.shift(1)
    staff_client.get(page_of(stored))
    assert "manager opened" not in text_of(staff_client.get(page_of(stored))), "nobody sits there so long"


def test_nobody_is_told_of_their_own_view(staff_client, manager_client, stored):
    for _ in range(2):
        text = text_of(staff_client.get(page_of(stored)))
        assert "opened this" not in text
    manager_client.get(page_of(stored))
    assert "front-desk opened" not in text_of(staff_client.get(LIST))
    assert "front-desk opened" in text_of(manager_client.get(page_of(stored)))


def test_it_is_gone_when_they_work_on_another(staff_client, manager_client, stored, other, clock):
    family = make_request(name="Ana Diaz")  # with the same phone
    for act, is_there in (
        (lambda: manager_client.get(LIST), True),
        (lambda: manager_client.get(f"{LIST}{other.pk}/history/"), True),
        (lambda: post(manager_client, stored, text="Here still"), True),
        (lambda: manager_client.get(f"{LIST}{stored.pk}/erase/"), True),
        (lambda: manager_client.get(page_of(other)), False),
        (lambda: post_action(manager_client, "no_answer", other), False),
        (lambda: post_action(manager_client, "assign_to_me", other), False),
        (lambda: manager_client.get(f"{LIST}{other.pk}/erase/"), False),
    ):
        manager_client.get(page_of(stored))
        clock.shift(60)
        act()
        clock.shift(1)
        assert ("manager opened this" in text_of(staff_client.get(page_of(stored)))) == is_there
    assert "manager opened" not in text_of(staff_client.get(page_of(family)))


def test_one_who_left_and_the_worker_have_nothing_open(staff_client, manager_client, manager_user, stored):
    manager_client.get(page_of(stored))
    AuditEvent.objects.create(what=AuditEvent.What.VIEWED, number=stored.number)
    manager_user.is_active = False
    manager_user.save()
    assert "opened this" not in text_of(staff_client.get(LIST))
