"""Whatever is in the address or the body of a request to the desk, the answer is a page with words, never a 500."""

import itertools

import pytest

from tests.conftest import PatientClient
from tests.unit.conftest import make_request
from tests.unit.desk.test_requests import LIST, text_of
from triage.booking.models import BookingRequest, Status

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LISTS = [f"/admin/triage/{name}/" for name in ("bookingrequest", "auditevent", "notice", "staffaccount")]
BAD = ("abc", "-1", "9" * 30, "%00")
NAMES = [
    *("p", "o", "e", "all", "_popup", "_to_field", "_facets", "_changelist_filters", "number", "status", "who"),
    *("what", "assigned", "level", "overdue", "state", "is_active__exact", "id__in"),
]


@pytest.mark.parametrize("where", LISTS)
def test_in_the_address_of_a_list(manager_client, where):
    make_request()
    for name, value in itertools.product(NAMES, BAD):
        assert manager_client.get(f"{where}?{name}={value}").status_code < 500
    for pair in itertools.combinations(("p=-1", "p=99999", "o=x", "e=1", "_popup=1", "_to_field=id", "all="), 2):
        assert manager_client.get(f"{where}?{'&'.join(pair)}").status_code < 500


def test_an_address_that_makes_no_sense_twice_blames_no_database(manager_client):
    text = text_of(manager_client.get(f"{LISTS[3]}?number=x&e=1"))
    assert "We cannot read this address See the whole list" in text
    assert "database" not in text.lower()


ROWS = ("abc", "9" * 19, "9" * 30, "%00", "\u0663", "")
ACTIONS = ("mark_spam", "send_again", "delete_selected", "abc")


@pytest.mark.parametrize("where", LISTS)
def test_in_the_checked_rows_and_the_button_of_a_list(manager_client, where):
    stored = make_request()
    for action, row, index in itertools.product(ACTIONS, ROWS, ("0", "abc")):
        body = f"action={action}&index={index}&_selected_action={row}".encode()
        assert manager_client.post(where, body).status_code < 500
    assert manager_client.post(where, f"_selected_action=abc&action=mark_spam&x={stored.pk}".encode()).status_code < 500
    if where == LIST:
        body = f"action=mark_spam&index=0&_selected_action={stored.pk}&_selected_action=abc".encode()
        assert manager_client.post(where, body).headers["Location"] == where
        assert "Check rows of this list, and press the button again." in text_of(manager_client.get(where))
    assert BookingRequest.objects.get().status == Status.NEW


def test_in_the_place_of_a_row(manager_client):
    for where, row, page in itertools.product(LISTS, (*BAD, "_5F", "1.5"), ("change", "history", "delete", "erase")):
        for method in ("get", "post"):
            assert getattr(manager_client, method)(f"{where}{row}/{page}/").status_code < 500


FIELDS = [
    *("seen", "contact", "assigned_to", "_assign", "_move_x", "erase", "role", "_popup", "_to_field", "login", "code"),
    *("credential", "old_password", "next"),
]
PAGES = ["bookingrequest/{}/change/", "bookingrequest/{}/erase/", "bookingrequest/export/", "staffaccount/add/"]
OTHERS = ["sign-in/", "sign-in/code/", "password_change/", "jsi18n/", "autocomplete/", "triage/"]
FACTORS = ["", "password/", "app/add/", "app/remove/", "passkey/add/", "passkey/1/remove/", "recovery-codes/"]
WAYS = [*(f"triage/{page}" for page in PAGES), *OTHERS, *(f"second-factor/{page}" for page in FACTORS)]


@pytest.mark.parametrize("way", WAYS)
def test_in_a_form(manager_client, way):
    stored, stranger = make_request(), PatientClient()
    address = f"/admin/{way.format(stored.pk)}"
    for value in ("%00", "9" * 30, '{"id": "x"}', "abc"):
        body = "&".join(f"{field}={value}" for field in FIELDS).encode()
        for client in (manager_client, stranger):
            assert client.post(address, body).status_code < 500
            assert client.get(f"{address}?{body.decode()}").status_code < 500
