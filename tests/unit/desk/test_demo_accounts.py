"""The demo accounts and the made-up requests of `seed_demo`."""

import re
from datetime import timedelta
from io import StringIO
from itertools import cycle

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.conftest import PASSWORD, PatientClient, code_for, code_of
from triage.booking import retention
from triage.booking.deadlines import due_now, visits_on
from triage.booking.models import BookingRequest, Language, Notice, ReachBy, StaffNote, Status
from triage.desk.demo_accounts import DEMO_ACCOUNTS

pytestmark = pytest.mark.django_db
PUBLIC = {"HTTP_HOST": "backs.example.org"}


def run_seed_demo(**options) -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def seed() -> tuple[str, list[str], str]:
    """The password, the recovery codes and the app's key that the command prints."""
    said = run_seed_demo()
    assert all(name in said for name in DEMO_ACCOUNTS)
    key = re.search(r"key ([A-Z2-7]{32}) ", said)[1]
    return re.search(r"password: +(\S+)", said)[1], re.findall(r"\b\d{8}\b", said), key


@pytest.fixture(autouse=True)
def public_name(settings):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "backs.example.org"]


def sign_in(name, password, code, **how):
    """Do both steps. Return the client, and the last answer."""
    client = PatientClient(**({"HTTP_HOST": "127.0.0.1:8000"} | how))
    answer = client.post("/admin/sign-in/", {"login": name, "password": password})
    if answer.headers.get("Location") == "/admin/sign-in/code/":
        answer = client.post("/admin/sign-in/code/", {"code": code})
    return client, answer


def test_a_second_run_prints_the_same_password_and_new_codes(settings):
    first, first_codes, key = seed()
    second, second_codes, same_key = seed()
    assert not set("Il1O0") & set(first)
    assert (first, key) == (second, same_key), "what was written down, or set up in an app, goes on working"
    assert not set(first_codes) & set(second_codes)
    settings.SECRET_KEY = "another machine's" * 9
    elsewhere, _, another_key = seed()
    assert elsewhere not in (first, another_key)
    for user in get_user_model().objects.filter(username__in=DEMO_ACCOUNTS):
        assert user.check_password(elsewhere)
        assert not user.check_password(first)
        assert not user.is_superuser


def test_a_public_site_gets_no_made_up_requests(settings):
    settings.SITE_URL = "https://backs.example.org"
    with pytest.raises(CommandError, match="SITE_URL names a public one"):
        seed()
    assert not get_user_model().objects.exists()


def test_a_dozen_requests_of_all_kinds_which_stay_when_made_again():
    assert "12 made-up requests added, 0 were there already." in run_seed_demo()
    made = BookingRequest.objects.all()
    assert set(made.values_list("status", flat=True)) == set(Status.values)
    assert set(made.values_list("reach_by", flat=True)) == set(ReachBy.values)
    assert set(made.values_list("language", flat=True)) == set(Language.values)
    assert set(made.values_list("shared_level", flat=True)) == {None, 0, 1}
    assert StaffNote.objects.exists()
    now = timezone.now()
    assert made.filter(visits_on(timezone.localdate(now))).exists()
    assert made.filter(visit_at__gt=now + timedelta(days=1)).exists()
    assert made.filter(due_now(now), call_at__lte=now).exists()
    assert made.filter(call_at__gt=now).exists()
    before = set(made.values_list("number", "name"))
    assert "0 made-up requests added, 12 were there already." in run_seed_demo()
    assert "8 made-up requests added, 12 were there already." in run_seed_demo(count=20)
    assert before < set(BookingRequest.objects.values_list("number", "name"))


def test_made_up_requests_are_marked_unsent_and_kept():
    run_seed_demo(count=110)
    for request in BookingRequest.objects.all():
        assert "made up" in request.name
        assert request.email.endswith("@example.com")
        assert not request.phone or re.fullmatch(r"tel:\+1-212-555-01\d\d", request.phone)
        assert not request.note or request.note.startswith("Made up")
    assert not Notice.objects.filter(sent_at=None).exists()
    assert not retention.old_requests().exists()


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


@pytest.mark.parametrize(("name", "how"), [*zip(cycle(DEMO_ACCOUNTS), ELSEWHERE)])
def test_from_anywhere_else_they_cannot_sign_in_or_go_on(name, how):
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
