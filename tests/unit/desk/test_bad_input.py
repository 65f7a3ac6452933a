"""Bad addresses and forms at the desk get a page that says what is wrong, never a 500."""

import itertools

import pytest

from tests.conftest import PatientClient
from tests.unit.conftest import make_request
from tests.unit.desk.test_requests import LIST, text_of
from triage.booking.models import BookingRequest, Status

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# Each list, its filters, and one of its actions.
LISTS = {
    LIST: (("number", "status", "due", "assigned", "level", "location", "language"), "mark_spam"),
    "/admin/triage/auditevent/": (("number", "what", "who", "at__year", "at__month"), "send_again"),
    "/admin/triage/notice/": (("state",), "send_again"),
    "/admin/triage/staffaccount/": (("is_active__exact", "number"), "no_action"),
}
NAMES = ("p", "o", "_changelist_filters")  # of every list; test_requests.py has more
PAIRS = [*itertools.combinations(("p=-1", "p=99999", "o=x", "e=1", "_popup=1", "_to_field=id", "all="), 2)]
BAD = ("abc", "-1", "9" * 30, "%00")


@pytest.mark.parametrize("where", LISTS)
def test_in_the_address_of_a_list(manager_client, where):
    make_request()
    names = LISTS[where][0] + (NAMES if where == LIST else ())
    queries = [f"{name}={value}" for name, value in itertools.product(names, BAD)]
    for query in queries + (["&".join(pair) for pair in PAIRS] if where == LIST else []):
        assert manager_client.get(f"{where}?{query}").status_code < 500


def test_no_list_asks_the_database_for_nul_which_postgresql_refuses(manager_client):
    for where, query in itertools.product(LISTS, ("number=%00", "number=a%00b", "status=all&number=%00")):
        assert manager_client.get(f"{where}?{query}").status_code in (302, 400)


@pytest.mark.parametrize("back", ["null", "-1", "[]", "%", "admin:index", "a\0b", "//evil.example", "https:evil", ""])
def test_a_button_that_names_no_page_to_go_back_to_leads_to_the_list(manager_client, back):
    for page in ("/admin/keys/", f"{LIST}undo/"):
        assert manager_client.post(page, {"back": back}).headers["Location"] == LIST


def test_an_address_that_makes_no_sense_twice_blames_no_database(manager_client):
    text = text_of(manager_client.get("/admin/triage/staffaccount/?number=x&e=1"))
    assert "We cannot read this address See the whole list" in text
    assert "database" not in text.lower()


ROWS = ("abc", "9" * 19, "%00", "\u0663", "")


@pytest.mark.parametrize("where", LISTS)
def test_in_the_checked_rows_and_the_button_of_a_list(manager_client, where):
    stored, button = make_request(), LISTS[where][1]
    bodies = [f"action={each}&index=0&_selected_action={row}" for each in (button, "abc") for row in ROWS]
    bodies += [f"action={button}&index=abc&_selected_action=999", "action=delete_selected&index=0&_selected_action=abc"]
    for body in (*bodies, f"_selected_action=abc&action=mark_spam&x={stored.pk}"):
        assert manager_client.post(where, body.encode()).status_code < 500
    if where == LIST:
        body = f"action=mark_spam&index=0&_selected_action={stored.pk}&_selected_action=abc".encode()
        assert manager_client.post(where, body).headers["Location"] == where
        assert "Check the rows to change, then press the button again." in text_of(manager_client.get(where))
    assert BookingRequest.objects.get().status == Status.NEW


def test_in_the_place_of_a_row(manager_client):
    for where, row, page in itertools.product(LISTS, (*BAD, "_5F", "1.5"), ("change", "history", "delete", "erase")):
        address = f"{where}{row}/{page}/"
        opened, posted = manager_client.get(address), manager_client.post(address)
        assert max(opened.status_code, posted.status_code) < 500
        if where == LIST and page != "delete":
            assert opened.status_code == 302, "it leads away"


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
