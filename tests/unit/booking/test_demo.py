"""The demo account and its made-up requests, for a machine where someone looks at the site."""

import re
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from tests.conftest import PatientClient
from triage.booking.demo import DEMO_USERNAME, is_loopback
from triage.booking.models import BookingRequest, Status

pytestmark = pytest.mark.django_db
PUBLIC = {"HTTP_HOST": "backs.example.org"}


def seed() -> str:
    """Runs the command. The password it prints."""
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert DEMO_USERNAME in out.getvalue()
    return re.search(r"password: (\S+)", out.getvalue())[1]


@pytest.fixture(autouse=True)
def public_name(settings):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "backs.example.org"]


def sign_in(password, **how):
    client = PatientClient(**({"HTTP_HOST": "127.0.0.1:8000"} | how))
    return client, client.post("/admin/login/?next=/admin/", {"username": DEMO_USERNAME, "password": password})


def test_it_makes_a_dozen_requests_of_all_kinds_that_nobody_takes_for_real():
    seed()
    made = BookingRequest.objects.all()
    assert len(made) == 12
    assert {request.status for request in made} == set(Status.values)
    assert {request.reach_by for request in made} == {"call", "text", "email"}
    assert {request.shared_level for request in made} == {None, 0, 1}
    assert any(request.notes.exists() for request in made)
    for request in made:
        assert "made up" in request.name
        assert request.email.endswith("@example.com")
        assert not request.phone or re.fullmatch(r"tel:\+1-212-555-01\d\d", request.phone.as_rfc3966)


def test_a_second_run_doubles_nothing_and_makes_a_new_password():
    first = seed()
    numbers = set(BookingRequest.objects.values_list("number", "status"))
    second = seed()
    assert set(BookingRequest.objects.values_list("number", "status")) == numbers
    assert first != second
    user = get_user_model().objects.get(username=DEMO_USERNAME)
    assert user.check_password(second)
    assert not user.check_password(first)
    assert not user.is_superuser


def test_a_public_site_gets_no_made_up_requests(settings):
    settings.SITE_URL = "https://backs.example.org"
    with pytest.raises(CommandError, match="SITE_URL names a public one"):
        seed()
    assert not get_user_model().objects.exists()


def test_here_the_demo_account_works():
    client, answer = sign_in(seed())
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert client.get("/admin/triage/bookingrequest/").status_code == 200


@pytest.mark.parametrize(
    "how",
    [
        PUBLIC,
        {"REMOTE_ADDR": "203.0.113.9"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
    ],
)
def test_from_anywhere_else_it_cannot_sign_in(how):
    client, answer = sign_in(seed(), **how)
    assert answer.status_code == 200
    assert "The demo account works only on the machine that the site runs on." in answer.content.decode()
    assert client.get("/admin/triage/bookingrequest/").status_code == 302


def test_a_session_made_here_is_worth_nothing_elsewhere():
    client, _answer = sign_in(seed())
    assert client.get("/admin/triage/bookingrequest/").status_code == 200
    assert client.get("/admin/triage/bookingrequest/", **PUBLIC).status_code == 302
    assert client.get("/admin/triage/bookingrequest/", HTTP_X_FORWARDED_FOR="10.0.0.1").status_code == 302


def test_a_real_account_works_by_the_public_name(staff_user):
    client = PatientClient(**PUBLIC, REMOTE_ADDR="203.0.113.9")
    data = {"username": "front-desk", "password": "a long test password"}
    assert client.post("/admin/login/?next=/admin/", data).status_code == 302


@pytest.mark.parametrize(
    ("host", "address", "expected"),
    [
        ("127.0.0.1:8000", "127.0.0.1", True),
        ("localhost", "::1", True),
        ("[::1]:8000", "::ffff:127.0.0.1", True),
        ("127.0.0.1", "10.0.0.1", False),
        ("127.0.0.1", "", False),
        ("backs.example.org", "127.0.0.1", False),
    ],
)
def test_loopback_is_both_the_name_and_the_address(host, address, expected):
    assert is_loopback(RequestFactory().get("/", HTTP_HOST=host, REMOTE_ADDR=address)) is expected
