"""Only some threads may wait for the database, and only so long."""

import threading
import time

import pytest
from django.db import DatabaseError

from triage import slots
from triage.booking import views
from triage.desk import middleware
from triage.slots import NoSlotError, Slots, seconds_left


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(slots, "SECONDS_TO_A_SLOT", 0.05)


def take_all(taken: Slots):
    """Holds every slot from another thread. Gives the way to let go."""
    let_go, holds = threading.Event(), threading.Semaphore(0)

    def hold():
        with taken.hold(5):
            holds.release()
            let_go.wait(5)

    for _ in range(taken.at_work):
        threading.Thread(target=hold).start()
        assert holds.acquire(timeout=5)
    return let_go.set


def test_a_slot_is_given_back():
    one = Slots(1, 1)
    for _ in range(3):
        with one.hold(1):
            pass
        with pytest.raises(KeyError), one.hold(1):
            raise KeyError


def test_without_a_slot_the_wait_is_short():
    full = Slots(1, 2)
    let_go = take_all(full)
    start = time.monotonic()
    with pytest.raises(NoSlotError), full.hold(5):
        raise AssertionError("there was none")
    assert 0.04 < time.monotonic() - start < 1
    let_go()


def test_few_may_wait_while_nothing_goes_on(monkeypatch):
    monkeypatch.setattr(slots, "SECONDS_TO_A_SLOT", 5)
    monkeypatch.setattr(slots, "SECONDS_UNTIL_STUCK", 0)
    full = Slots(1, 1)
    let_go = take_all(full)
    start = time.monotonic()
    with pytest.raises(NoSlotError), full.hold(5):
        raise AssertionError("there was none")
    assert time.monotonic() - start < 1
    let_go()


def test_a_crowd_is_no_outage(monkeypatch):
    """As long as the work goes on, many more than may wait in an outage have their turn."""
    monkeypatch.setattr(slots, "SECONDS_TO_A_SLOT", 5)
    few, done = Slots(2, 3), []

    def work():
        with few.hold(5):
            time.sleep(0.02)
            done.append(few.working)

    crowd = [threading.Thread(target=work) for _ in range(40)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert len(done) == 40
    assert max(done) == 2


def test_what_fails_is_no_sign_of_life(monkeypatch):
    monkeypatch.setattr(slots, "SECONDS_UNTIL_STUCK", 0.05)
    failing = Slots(2, 2)
    with failing.hold(5):
        time.sleep(0.1)
        with pytest.raises(KeyError), failing.hold(5):
            raise KeyError
        with failing.hold(5), pytest.raises(NoSlotError), failing.hold(5):
            raise AssertionError("two are inside, and nothing went on")


def test_no_slot_is_as_good_as_no_database():
    assert issubclass(NoSlotError, DatabaseError)


def test_inside_there_is_an_end_to_waiting_and_outside_none():
    assert seconds_left() is None
    with Slots(1, 1).hold(3):
        assert 2.5 < seconds_left() <= 3
    assert seconds_left() is None


def test_a_part_of_the_threads_is_always_left_for_advice(settings):
    inside = sum(each.inside for each in (slots.REQUESTS, slots.STAFF))
    assert inside <= settings.THREADS * 3 / 4
    assert slots.REQUESTS.at_work == 6


def test_with_all_slots_taken_a_request_is_told_and_kept(client, monkeypatch, fields):
    full = Slots(1, 1)
    monkeypatch.setattr(views, "REQUESTS", full)
    let_go = take_all(full)
    page = client.post("/book/", fields | {"note": "Step-free"})
    let_go()
    assert page.status_code == 503
    assert "Step-free" in page.content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/sign-in/"])
def test_with_all_slots_taken_the_staff_are_told(client, monkeypatch, path):
    full = Slots(1, 1)
    monkeypatch.setattr(middleware, "STAFF", full)
    let_go = take_all(full)
    page = client.get(path)
    advice = client.get("/")
    let_go()
    assert (page.status_code, advice.status_code) == (503, 200)
    assert "Something broke on our side" in page.content.decode()
