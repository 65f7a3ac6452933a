"""The demo accounts and their made-up requests, for a machine where someone looks at the site."""

import re
from io import StringIO

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from tests.conftest import PASSWORD, PatientClient, code_for, code_of
from triage.desk.demo_accounts import DEMO_ACCOUNTS

pytestmark = pytest.mark.django_db
PUBLIC = {"HTTP_HOST": "backs.example.org"}


def seed() -> tuple[str, list[str], str]:
    """Runs the command. The password, the recovery codes and the app's key that it prints."""
    out = StringIO()
    call_command("seed_demo", stdout=out)
    said = out.getvalue()
    assert all(name in said for name in DEMO_ACCOUNTS)
    key = re.search(r"key ([A-Z2-7]{32}) ", said)[1]
    return re.search(r"password: +(\S+)", said)[1], re.findall(r"\b\d{8}\b", said), key


@pytest.fixture(autouse=True)
def public_name(settings):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "backs.example.org"]


def sign_in(name, password, code, **how):
    """Both steps. The client, and the answer to the last one it came to."""
    client = PatientClient(**({"HTTP_HOST": "127.0.0.1:8000"} | how))
    answer = client.post("/admin/sign-in/", {"login": name, "password": password})
    if answer.headers.get("Location") == "/admin/sign-in/code/":
        answer = client.post("/admin/sign-in/code/", {"code": code})
    return client, answer


def test_a_second_run_makes_a_new_password_and_new_codes():
    first, first_codes, key = seed()
    second, second_codes, same_key = seed()
    assert first != second
    assert not set(first_codes) & set(second_codes)
    assert key == same_key, "an app that was set up once goes on working"
    for user in get_user_model().objects.filter(username__in=DEMO_ACCOUNTS):
        assert user.check_password(second)
        assert not user.check_password(first)
        assert not user.is_superuser


def test_a_public_site_gets_no_made_up_requests(settings):
    settings.SITE_URL = "https://backs.example.org"
    with pytest.raises(CommandError, match="SITE_URL names a public one"):
        seed()
    assert not get_user_model().objects.exists()


@pytest.mark.parametrize("name", DEMO_ACCOUNTS)
def test_here_the_demo_accounts_work_by_recovery_code_or_app(name):
    password, codes, key = seed()
    for code in (codes[0], codes[9], code_for(key)):
        client, answer = sign_in(name, password, code)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
        assert client.get("/admin/triage/bookingrequest/").status_code == 200
    user = get_user_model().objects.get(username=name)
    assert [group.name for group in user.groups.all()] == [DEMO_ACCOUNTS[name]]


FORWARDED = [{"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, {"HTTP_FORWARDED": "for=127.0.0.1"}]
ELSEWHERE = [PUBLIC, {"REMOTE_ADDR": "203.0.113.9"}, *FORWARDED]


@pytest.mark.parametrize("how", ELSEWHERE)
@pytest.mark.parametrize("name", DEMO_ACCOUNTS)
def test_from_anywhere_else_they_cannot_sign_in_or_go_on(how, name):
    password, codes, _key = seed()
    client, answer = sign_in(name, password, codes[0], **how)
    assert answer.status_code == 200
    assert "The demo accounts work only on the machine that the site runs on." in answer.content.decode()
    assert client.get("/admin/triage/bookingrequest/").status_code == 302
    here, _answer = sign_in(name, password, codes[0])
    assert here.get("/admin/triage/bookingrequest/").status_code == 200
    assert here.get("/admin/triage/bookingrequest/", **how).status_code == 302


def test_a_real_account_works_by_the_public_name(staff_user):
    TOTP.activate(staff_user, generate_totp_secret())
    public = PUBLIC | {"REMOTE_ADDR": "203.0.113.9"}
    _client, answer = sign_in("front-desk", PASSWORD, code_of(staff_user), **public)
    assert answer.headers["Location"] == "/admin/"
