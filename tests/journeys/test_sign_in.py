"""How staff sign in, and how others are kept out, on the pages that they see."""

import re
import time
from urllib.parse import urlencode

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction

from tests.conftest import PASSWORD, PatientClient, code_for, code_of
from tests.reading import text_of
from tests.unit.booking.test_get_changes_nothing import ADDRESSES, fill_in
from triage.booking.models import AuditEvent
from triage.desk import accounts as staff

SIGN_IN, CODE, FACTOR = "/admin/sign-in/", "/admin/sign-in/code/", "/admin/second-factor/"
ADD_APP, CODES = f"{FACTOR}app/add/", f"{FACTOR}recovery-codes/"
QUEUE = "/admin/triage/bookingrequest/"
What = AuditEvent.What

pytestmark = pytest.mark.django_db
whole = pytest.mark.django_db(transaction=True)  # on_commit handlers run


def type_password(client, password=PASSWORD, name="front-desk", **more):
    return client.post(SIGN_IN, {"login": name, "password": password} | more)


def events(*what) -> list[tuple[str, str, dict]]:
    found = AuditEvent.objects.filter(what__in=what).order_by("id").select_related("by")
    return [(each.what, str(each.by), {k: v for k, v in each.details.items() if k != "account"}) for each in found]


@pytest.fixture(autouse=True)
def nothing_counted(db):
    """A test that empties the database does not clear the counts of wrong tries."""
    cache.clear()


@pytest.fixture
def enrolled(staff_user):
    """A receptionist who has an app and recovery codes."""
    TOTP.activate(staff_user, generate_totp_secret())
    staff_user.authenticator_set.create(type="recovery_codes", data={"migrated_codes": []})
    return staff_user


def sign_in(client, user, **how):
    assert client.post(SIGN_IN, {"login": user.username, "password": PASSWORD}, **how).headers["Location"] == CODE
    return client.post(CODE, {"code": code_of(user)}, **how)


# --- The first time --------------------------------------------------------------------------
def enrol(client, next_page=QUEUE) -> str:
    """From the sign-in to the desk, with an app. Return the app's key."""
    assert client.get(next_page).headers["Location"] == f"/admin/login/?next={next_page}"
    page = client.get(f"{SIGN_IN}?next={next_page}")
    assert f'name="next" value="{next_page}"' in page.content.decode()
    assert type_password(client, next=next_page).headers["Location"] == next_page
    assert client.get(next_page).headers["Location"] == FACTOR
    assert "Set up an app or a passkey" in text_of(client.get(FACTOR))
    page = client.get(ADD_APP).content.decode()  # in two tabs, or loaded again
    assert 'src="data:image/svg+xml;base64,' in page
    key = add_app(client)
    assert f"<code>{key}</code>" in page, "an app may have the first one"
    return key


def add_app(client) -> str:
    """Set up an app. Return its key."""
    key = re.search(r"<code>([A-Z2-7]{32})</code>", client.get(ADD_APP).content.decode())[1]
    assert client.post(ADD_APP, {"code": code_for(key)}).headers["Location"] == CODES
    return key


@whole
def test_a_new_account_sets_up_its_second_factor_and_then_needs_it(client, staff_user):
    key = enrol(client)
    assert client.post(ADD_APP, {"code": code_for(key)}).headers["Location"] == FACTOR, "pressed twice"
    assert "You have 10." in text_of(client.get(CODES))
    codes = re.findall(r"<code>(\d{8})</code>", client.post(CODES).content.decode())
    assert len(set(codes)) == 10
    assert client.get(QUEUE).status_code == 200

    later = PatientClient()
    assert type_password(later, next=QUEUE).headers["Location"] == CODE
    assert later.get(QUEUE).status_code == 302, "the password alone opens nothing"
    assert later.post(CODE, {"code": code_for(key)}).headers["Location"] == QUEUE
    assert later.get(QUEUE).status_code == 200

    phone_lost = PatientClient()
    type_password(phone_lost)
    assert phone_lost.post(CODE, {"code": codes[3]}).headers["Location"] == "/admin/"
    assert phone_lost.get(QUEUE).status_code == 200
    once_more = PatientClient()
    type_password(once_more)
    assert "This code is not right, or was used before." in text_of(once_more.post(CODE, {"code": codes[3]}))
    assert once_more.get(QUEUE).status_code == 302

    assert events(What.SIGNED_IN, What.SECOND_FACTOR, What.SIGN_IN_FAILED) == [
        ("signed_in", "front-desk", {}),
        ("second_factor", "front-desk", {"added": "totp"}),
        ("second_factor", "front-desk", {"added": "recovery_codes"}),
        ("signed_in", "front-desk", {}),
        ("signed_in", "front-desk", {}),
        ("sign_in_failed", "front-desk", {"step": "second factor"}),
    ]


NEW_PASSWORD = "another long test password"
CHANGE = "/admin/password_change/"
# The fields of the receptionist's account, as a manager sends them.
FRONT_DESK = {"username": "front-desk", "first_name": "A", "last_name": "B", "email": "a@example.org"}
FRONT_DESK |= {"role": staff.FRONT_DESK, "is_active": "on"}


def change_password(client, new, old=PASSWORD):
    return client.post(CHANGE, {"old_password": old, "new_password1": new, "new_password2": new})


@whole
@pytest.mark.parametrize("way", ["made on the server", "made by a manager", "new password", "let in again"])
def test_a_password_that_somebody_else_gave_is_changed_before_the_desk_opens(manager_client, client, staff_user, way):
    account, enrolled = staff_user, way == "new password"
    page = f"/admin/triage/staffaccount/{staff_user.pk}/change/"
    fields = FRONT_DESK
    password = PASSWORD
    if way in ("made on the server", "let in again"):
        name = "ben" if way == "made on the server" else "front-desk"
        account = staff.make_account(username=name, role=staff.FRONT_DESK, password=PASSWORD)
    else:
        if enrolled:
            TOTP.activate(staff_user, generate_totp_secret())
        else:
            page, fields = "/admin/triage/staffaccount/add/", fields | {"username": "ben"}
        answer = manager_client.post(page, fields | {"new_password": "on"})
        password = re.search(r"<code [^>]*>(.+?)</code>", answer.content.decode())[1]
        account = type(staff_user).objects.get(username=fields["username"])
    type_password(client, password, account.username)
    if not enrolled:
        add_app(client)
        assert "You have 10." in text_of(client.get(CODES)), "the codes are shown first"
    else:
        client.post(CODE, {"code": code_of(account)})
    for address in ("/admin/", QUEUE, "/admin/stay/", f"{QUEUE}1/change/", f"{CHANGE}done/", f"{QUEUE}new/"):
        for ask in (client.get, client.post):
            assert ask(address).headers["Location"] == CHANGE, address
    assert "Choose one that only you know" in text_of(client.get(CHANGE))
    assert change_password(client, password, password).headers["Location"] == CHANGE
    assert "This is the password you have." in text_of(client.get(CHANGE))
    assert client.get(QUEUE).status_code == 302
    assert change_password(client, NEW_PASSWORD, password).headers["Location"] == f"{CHANGE}done/"
    assert client.get(QUEUE).status_code == 200

    cache.clear()
    later = PatientClient()
    type_password(later, NEW_PASSWORD, account.username)
    later.post(CODE, {"code": code_of(account)})
    assert later.get(QUEUE).status_code == 200, "and once is enough"


@whole
def test_recovery_codes_are_shown_once_and_a_get_does_not_use_that_up(client, staff_user):
    enrol(client)
    for _ in range(3):
        assert not re.search(r"\d{8}", text_of(client.get(CODES)))
    first = re.findall(r"\b\d{8}\b", text_of(client.post(CODES)))
    assert len(first) == 10
    for page in (client.get(CODES), client.post(CODES)):
        assert "Your codes were shown before, and 10 are left." in text_of(page)

    new = f"{CODES}new/"
    assert client.get(new).headers["Location"] == f"{FACTOR}password/?{urlencode({'next': new})}"
    client.post(f"{FACTOR}password/", {"password": PASSWORD, "next": new})
    assert client.post(new).headers["Location"] == CODES
    second = re.findall(r"\b\d{8}\b", text_of(client.post(CODES)))
    assert len(second) == 10
    assert not set(first) & set(second)
    assert events(What.SECOND_FACTOR)[-1] == ("second_factor", "front-desk", {"replaced": "recovery_codes"})


@whole
def test_a_new_phone_can_be_set_up_at_once(client, staff_user):
    enrol(client)
    remove = f"{FACTOR}app/remove/"
    assert client.get(remove).status_code == 302, "the password first"
    client.post(f"{FACTOR}password/", {"password": PASSWORD, "next": remove})
    assert client.post(remove).headers["Location"] == FACTOR
    assert client.get(QUEUE).headers["Location"] == FACTOR, "nothing opens until the new one stands"
    assert not Authenticator.objects.exists(), "the old recovery codes went with it"
    add_app(client)
    assert client.get(QUEUE).status_code == 200


# --- Pages that need a sign-in ---------------------------------------------------------------
STAFF_PATHS = sorted({fill_in(address, app_label="triage", url="no-such-page") for address, _name in ADDRESSES})
WAYS_IN = ("/admin/login/", SIGN_IN)
TO_ENROL = {FACTOR, ADD_APP, f"{FACTOR}passkey/add/", "/admin/sign-out/"}


def test_the_addresses_include_the_main_pages():
    known = {"/admin/", "/admin/r/1/1/", "/admin/triage/", f"{QUEUE}1/change/", f"{QUEUE}export/", CODES}
    assert known | {"/admin/no-such-page", "/admin/triage/staffaccount/add/"} <= set(STAFF_PATHS)


class TestNoPageOpens:
    def check(self, client, leads_to, but=()):
        """Each address redirects, by GET and by POST, each in the same session."""
        cookies = client.cookies.copy()
        for path in STAFF_PATHS:
            if path in but or path in WAYS_IN:
                continue
            for method in (client.get, client.post):
                with transaction.atomic():
                    answer = method(path)
                    transaction.set_rollback(True)
                client.cookies = cookies.copy()
                if answer.status_code != 405:
                    assert (answer.status_code, answer.content) == (302, b""), path
                    assert answer.headers["Location"].startswith(leads_to), path
                assert "no-store" in answer.headers["Cache-Control"], path

    def test_to_a_stranger(self, client):
        self.check(client, (*WAYS_IN, "/admin/"))

    def test_to_who_has_no_second_factor(self, client, manager_user):
        assert type_password(client, name="manager").headers["Location"] == "/admin/"
        self.check(client, FACTOR, but=TO_ENROL)

    def test_to_who_has_not_shown_it_yet(self, client, enrolled):
        assert type_password(client).headers["Location"] == CODE
        self.check(client, (*WAYS_IN, CODE, "/admin/"), but={CODE})

    def test_to_a_session_older_than_the_second_factor(self, client, staff_user):
        type_password(client)
        TOTP.activate(staff_user, generate_totp_secret())
        self.check(client, (*WAYS_IN, "/admin/"))


def test_the_admin_site_checks_access_without_the_middleware(client, staff_user, settings):
    """The admin site checks access by itself, too."""
    guard = "triage.desk.middleware.GuardStaffPages"
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if each != guard]
    type_password(client)
    for path in ("/admin/", QUEUE, f"{QUEUE}1/change/", "/admin/password_change/", "/admin/jsi18n/"):
        assert client.get(path).headers["Location"].startswith("/admin/login/")


def test_who_has_recovery_codes_alone_must_set_up_a_second_factor(client, staff_user):
    staff_user.authenticator_set.create(type="recovery_codes", data={"migrated_codes": ["12345678"]})
    type_password(client)
    client.post(CODE, {"code": "12345678"})
    assert client.get(QUEUE).headers["Location"] == FACTOR


@pytest.mark.parametrize("state", ["is_staff", "is_active"])
def test_closed_and_other_accounts_get_the_wrong_password_message(client, staff_user, state):
    setattr(staff_user, state, False)
    staff_user.save()
    assert "This name and password do not go together." in text_of(type_password(client))
    assert client.get("/admin/").status_code == 302


def test_an_account_closed_between_password_and_code_does_not_get_in(client, enrolled):
    type_password(client)
    enrolled.is_active = False
    enrolled.save()
    assert client.post(CODE, {"code": code_of(enrolled)}).headers["Location"] == SIGN_IN
    assert client.get(QUEUE).status_code == 302


def test_a_sign_in_that_another_site_posts_is_refused_in_words(staff_user):
    page = type_password(PatientClient(enforce_csrf_checks=True))
    assert (page.status_code, 'href="tel:' in page.content.decode()) == (403, True)


@pytest.mark.parametrize("path", ["/admin/sign-up/", "/admin/sign-in/signup/", f"{FACTOR}trust/", "/accounts/login/"])
def test_djangos_own_sign_in_pages_are_closed(client, path):
    assert client.get(path).status_code in (302, 404)
    assert client.get(path).headers.get("Location", "/admin/login/").startswith("/admin/login/")


@pytest.mark.parametrize(
    "next_page",
    [
        *("https://evil.example/", "//evil.example/", "/\\evil.example", "http://localhost/"),
        "javascript:alert(1)",
        "http:///x",
    ],
)
def test_the_sign_in_redirects_to_no_other_site(client, enrolled, next_page):
    assert client.get("/admin/login/", {"next": next_page}).headers["Location"].startswith(SIGN_IN)
    type_password(client, next=next_page)
    assert client.post(CODE, {"code": code_of(enrolled)}).headers["Location"] == "/admin/"


# --- Wrong tries -----------------------------------------------------------------------------
TOO_MANY = "Too many wrong tries. Wait 15 minutes"


def tries_until_stopped(post, most=30) -> int:
    """The number of tries that are checked before a page says to wait."""
    for count in range(most):
        if TOO_MANY in text_of(post(count)):
            return count
    raise AssertionError(f"not stopped after {most}")


def test_wrong_tries_of_one_name_are_limited_over_all_addresses(client, staff_user):
    def guess(count, name="front-desk"):
        how = {"REMOTE_ADDR": f"203.0.113.{count}", "HTTP_HOST": f"127.0.0.1:{8000 + count}"}
        return client.post(SIGN_IN, {"login": name, "password": f"wrong {count}"}, **how)

    assert tries_until_stopped(guess) == 5
    assert TOO_MANY in text_of(guess(77, " FRONT-desk ")), "nor by writing it another way"
    assert events(What.SIGN_IN_FAILED) == [("sign_in_failed", "front-desk", {"step": "password"})] * 5


def test_wrong_tries_of_many_names_are_limited_by_address(client, staff_user):
    assert tries_until_stopped(lambda count: type_password(client, "wrong", f"name-{count}")) == 10
    assert events(What.SIGN_IN_FAILED) == [("sign_in_failed", "None", {"step": "password"})] * 10
    assert TOO_MANY in text_of(type_password(client)), "the right one too, from there"
    assert not any("name-" in str(event.details) for event in AuditEvent.objects.all()), "it may be a password"


@pytest.mark.parametrize(
    ("proxies", "forwarded"),
    [(0, "198.51.100.{}"), (1, "198.51.100.{}, 203.0.113.9")],
    ids=["nobody of ours wrote it", "our proxy saw the last; the client made up the first"],
)
def test_a_forged_address_does_not_evade_the_limits(client, staff_user, settings, proxies, forwarded):
    """test_abuse.py has other forms of forged headers."""
    settings.TRUSTED_PROXIES = proxies

    def guess(count, forwarded=forwarded):
        how = {"HTTP_X_FORWARDED_FOR": forwarded.format(count)}
        return client.post(SIGN_IN, {"login": f"name-{count}", "password": "wrong"}, **how)

    assert tries_until_stopped(guess) == 10
    if proxies:
        assert TOO_MANY not in text_of(guess(11, "203.0.113.8")), "another one is not stopped"


def test_the_real_person_is_not_locked_out(client, enrolled):
    """A stranger keeps trying the name. Its owner can still sign in from a known address."""
    clinic = {"REMOTE_ADDR": "192.0.2.10"}
    assert sign_in(client, enrolled, **clinic).headers["Location"] == "/admin/"
    stranger = PatientClient(REMOTE_ADDR="203.0.113.9")
    assert tries_until_stopped(lambda count: type_password(stranger, "wrong")) == 5
    owner = PatientClient(**clinic)
    assert type_password(owner).headers["Location"] == CODE
    assert tries_until_stopped(lambda count: type_password(PatientClient(**clinic), "wrong")) == 5, "there, too"


def test_elsewhere_they_wait_a_quarter_of_an_hour(client, enrolled):
    with time_machine.travel("2027-03-01 15:00Z", tick=False) as clock:
        tries_until_stopped(lambda count: type_password(client, "wrong"))
        assert TOO_MANY in text_of(type_password(client))
        clock.shift(15 * 60 + 1)
        assert type_password(client).headers["Location"] == CODE


def test_right_sign_ins_are_not_counted(enrolled):
    for _ in range(12):
        assert type_password(PatientClient()).headers["Location"] == CODE


def test_wrong_codes_are_limited(client, enrolled):
    type_password(client)
    assert tries_until_stopped(lambda count: client.post(CODE, {"code": f"00000{count}"})) == 5
    assert TOO_MANY in text_of(client.post(CODE, {"code": code_of(enrolled)}))
    elsewhere = PatientClient(REMOTE_ADDR="203.0.113.9")
    type_password(elsewhere)
    assert TOO_MANY in text_of(elsewhere.post(CODE, {"code": code_of(enrolled)}))
    assert events(What.SIGN_IN_FAILED) == [("sign_in_failed", "front-desk", {"step": "second factor"})] * 5


def test_the_owner_is_not_locked_out_by_wrong_codes_from_elsewhere(client, enrolled):
    clinic = {"REMOTE_ADDR": "192.0.2.10"}
    sign_in(client, enrolled, **clinic)
    stranger = PatientClient(REMOTE_ADDR="203.0.113.9")
    type_password(stranger)
    passkey = '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {}}'
    for credential in ('{"id": "x"}', "[1]", '"x"', passkey):
        assert stranger.post(CODE, {"credential": credential}).status_code == 200
    assert tries_until_stopped(lambda count: stranger.post(CODE, {"code": "000000"})) == 1
    owner = PatientClient(**clinic)
    type_password(owner)
    assert tries_until_stopped(lambda count: owner.post(CODE, {"code": "000000"})) == 5, "there, too"
    cache.clear()
    sign_in(PatientClient(**clinic), enrolled)


@whole
def test_a_right_sign_in_clears_nothing_that_is_counted_for_the_address(client, staff_user, manager_user):
    """Neither with an app, a recovery code or the old password, nor by setting up an app."""
    for count in range(6):
        type_password(client, "wrong", f"name-{count}")
    enrol(client)
    codes = re.findall(r"<code>(\d{8})</code>", client.post(CODES).content.decode())
    for code in (codes[0], code_of(staff_user)):
        mine = PatientClient()
        type_password(mine)
        assert mine.post(CODE, {"code": code}).headers["Location"] == "/admin/"
    mine.post(f"{FACTOR}password/", {"password": PASSWORD})
    assert tries_until_stopped(lambda count: type_password(PatientClient(), "wrong", f"name-{count}")) == 4


@pytest.mark.parametrize("way", ["made", "reset", "removed"])
def test_a_password_alone_sets_up_a_factor_for_72_hours(client, staff_user, manager_user, settings, way):
    with time_machine.travel(time.time(), tick=False) as clock:
        staff.make_account(username="front-desk", role=staff.FRONT_DESK, password=PASSWORD)
        clock.shift(settings.INVITATION_HOURS * 3600 - 60)
        if way == "made":
            assert type_password(client).headers["Location"] == "/admin/"
            assert "Set up an app or a passkey" in text_of(client.get(FACTOR))
        else:
            TOTP.activate(staff_user, generate_totp_secret())
            clock.shift(settings.INVITATION_HOURS * 3600)
            sign_in(client, staff_user)
            if way == "reset":
                staff.reset_second_factor(account=staff_user, by=manager_user)
            else:
                client.post(f"{FACTOR}password/", {"password": PASSWORD, "next": f"{FACTOR}app/remove/"})
                client.post(f"{FACTOR}app/remove/")
            assert type_password(PatientClient()).headers["Location"] == "/admin/"
        clock.shift(settings.INVITATION_HOURS * 3600 + 1)
        late = PatientClient()
        assert "set up within 72 hours. That time is over." in text_of(type_password(late))
        assert events(What.SIGN_IN_FAILED) == [("sign_in_failed", "front-desk", {"step": "invitation"})]
        assert "_auth_user_id" not in late.session
        assert client.get(ADD_APP).status_code == 302, "nor in a session from before"
        manager = PatientClient()
        manager.force_login(manager_user)
        account = f"/admin/triage/staffaccount/{staff_user.pk}/change/"
        manager.post(account, FRONT_DESK | {"reset_second_factor": "on"})
        enrol(PatientClient())


def test_wrong_codes_are_limited_when_an_app_is_set_up(client, staff_user):
    type_password(client)
    client.get(ADD_APP)
    assert "This code is not right" in text_of(client.post(ADD_APP, {"code": "000000"}))
    assert tries_until_stopped(lambda count: client.post(ADD_APP, {"code": f"00000{count}"})) == 4
    assert not staff.is_enrolled(staff_user)
    assert client.get(QUEUE).status_code == 302


def test_wrong_passwords_are_limited_inside_a_session(staff_client, staff_user):
    for _ in range(5):
        page = change_password(staff_client, NEW_PASSWORD, old="wrong")
        assert "Your old password was entered incorrectly" in text_of(page)
    answer = change_password(staff_client, NEW_PASSWORD)
    assert (answer.status_code, "too many tries" in text_of(answer)) == (429, True)
    answer = staff_client.post(f"{FACTOR}password/", {"password": PASSWORD})
    assert TOO_MANY in text_of(answer)


def test_a_code_is_valid_once(enrolled):
    with time_machine.travel("2027-03-01 15:00:25Z", tick=False) as clock:
        code = code_of(enrolled)
        first = PatientClient()
        type_password(first)
        assert first.post(CODE, {"code": code}).headers["Location"] == "/admin/"
        for seconds in (1, 31):
            clock.shift(seconds)
            again = PatientClient()
            type_password(again)
            assert "was used before" in text_of(again.post(CODE, {"code": f"{code[:3]} {code[3:]}"}))


@pytest.mark.parametrize(("seconds", "is_right"), [(-35, False), (-5, True), (5, True), (55, True), (65, False)])
def test_a_clock_may_be_half_a_minute_wrong(client, enrolled, seconds, is_right):
    with time_machine.travel("2027-03-01 15:00:00Z", tick=False) as clock:
        code = code_of(enrolled)
        clock.shift(seconds)
        type_password(client)
        assert ("Location" in client.post(CODE, {"code": code}).headers) is is_right


def test_secrets_of_second_factors_are_encrypted(enrolled, settings):
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert not re.fullmatch(r"[A-Z2-7]{32}", stored)
    code = code_of(enrolled)
    settings.SECRET_KEY = "another " * 10
    other = PatientClient()
    type_password(other)
    for typed in (code, code_for(""), "000000"):
        assert "This code is not right" in text_of(other.post(CODE, {"code": typed})), "none is, and nothing breaks"


@pytest.mark.parametrize(
    "typed", ["Front-Desk", "FRONT-DESK", "front\u2011desk", "\u200bfront-desk\u00a0", "ｆｒｏｎｔ－ｄｅｓｋ"]
)
def test_a_username_may_be_typed_in_any_case_and_form(client, enrolled, typed):
    answer = client.post(SIGN_IN, {"login": typed, "password": PASSWORD})
    assert answer.headers["Location"] == CODE
    body = PatientClient().get(SIGN_IN).content.decode()
    assert 'autocapitalize="none"' in body


# --- How long it lasts -----------------------------------------------------------------------
def test_a_session_ends_after_fifteen_idle_minutes(client, enrolled):
    with time_machine.travel("2027-03-01 15:00Z", tick=False) as clock:
        sign_in(client, enrolled)
        for _ in range(4):
            clock.shift(14 * 60)
            assert client.get(QUEUE).status_code == 200
        clock.shift(15 * 60 + 1)
        answer = client.get(QUEUE)
        assert answer.headers["Location"] == f"/admin/login/?next={QUEUE}"
        assert "You were signed out after 15 minutes without a click" in text_of(client.get(f"{SIGN_IN}?next={QUEUE}"))
        assert client.get(QUEUE).status_code == 302, "and it stays ended"
        left = [each.get_decoded() for each in Session.objects.all()]
        assert left == [{"signed_out": enrolled.pk}], "for what they send yet"


def test_a_session_ends_after_twelve_hours_of_work(client, enrolled):
    with time_machine.travel("2027-03-01 12:00Z", tick=False) as clock:
        sign_in(client, enrolled)
        for _ in range(5 * 12):
            clock.shift(12 * 60)
            assert client.get("/admin/jsi18n/").status_code == 200
        clock.shift(61)
        assert client.get(QUEUE).status_code == 302


def test_it_ends_with_the_browser_and_no_patients_page_prolongs_it(client, enrolled):
    sign_in(client, enrolled)
    cookie = client.cookies["sessionid"]
    assert (cookie["max-age"], cookie["expires"], bool(cookie["httponly"])) == ("", "", True)
    for path in ("/", "/check/", "/book/", "/es/"):
        page = client.get(path)
        assert "sessionid" not in page.cookies
        assert "Cookie" not in page.headers.get("Vary", "") or page.headers["Cache-Control"] == "no-store"


def test_a_new_password_ends_the_other_sessions_and_is_recorded(client, staff_user):
    for each in (client, other := PatientClient()):
        each.force_login(staff_user)
    assert change_password(client, NEW_PASSWORD).headers["Location"] == f"{CHANGE}done/"
    assert client.get(QUEUE).status_code == 200
    assert other.get(QUEUE).status_code == 302
    assert events(What.ACCOUNT)[-1] == ("account", "front-desk", {"fields": ["password"]})


@pytest.mark.parametrize("path", ["/admin/logout/", "/admin/sign-out/"])
def test_signing_out(staff_client, path):
    assert staff_client.get(path).status_code == 405
    assert staff_client.post(path).headers["Location"] == SIGN_IN
    assert staff_client.get(QUEUE).status_code == 302
    assert not Session.objects.exists()
