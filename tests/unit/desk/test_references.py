"""Each id that an element of a staff page refers to is on that page exactly once, in every state of the page."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from tests.conftest import PASSWORD, PatientClient
from tests.reading import check_references as check
from tests.unit.conftest import make_request
from tests.unit.desk.test_accounts import LIST as ACCOUNTS
from tests.unit.desk.test_accounts import NEW
from tests.unit.desk.test_requests import LIST, note, page_of
from triage.booking import actions

pytestmark = pytest.mark.django_db
FACTOR = "/admin/second-factor/"


def test_at_the_desk(staff_client, manager_client, staff_user, answers):
    stored = make_request(shared=answers)
    actions.add_note(request=make_request(), by=staff_user, text="Called", contact="reached")
    request, account = page_of(stored), f"{ACCOUNTS}{staff_user.pk}/change/"
    for address in (LIST, f"{LIST}?status=spam", request, f"{LIST}{stored.pk}/history/", f"{LIST}{stored.pk}/erase/"):
        for client in (staff_client, manager_client):
            check(client.get(address))
    mistakes = (
        {"seen": ""},
        {"text": "x\0"},
        {"text": "x" * 3000},
        {"contact": "x"},
        {"assigned_to": "x", "_assign": "x"},
        {"seen": 99},
        {"call_at": "x", "call_again": "x"},
        {"visit_at": "x", "visit_location": "x", "_move_scheduled": "x"},
        {"phone": "x", "email": "x", "_correct": "x"},
        {"born": "x", "insurance": "x" * 300, "heard_of_us": "x" * 300, "_facts": "x"},
    )
    for mistake in mistakes:
        page = staff_client.post(request, note(stored) | {"_move_spam": "x"} | mistake)
        assert page.status_code in (409, 422)
        check(page)
    check(staff_client.search(LIST, "Rosa"))
    manager_client.post(LIST, {"action": "mark_spam", "_selected_action": "x", "index": 0})
    for address in ("/admin/", LIST, "/admin/triage/auditevent/", "/admin/triage/notice/", ACCOUNTS, account):
        check(manager_client.get(address))
    for address, typed in ((f"{ACCOUNTS}add/", {}), (account, {}), (account, NEW | {"email": "x", "role": "x"})):
        check(manager_client.get(address))
        page = manager_client.post(address, typed)
        assert "errornote" in page.content.decode()
        check(page)
    check(manager_client.post(f"{ACCOUNTS}add/", NEW))
    typed = {"old_password": "x", "new_password1": "a", "new_password2": "b"}
    check(manager_client.post("/admin/password_change/", typed))
    for address in ("/admin/password_change/", "/admin/password_change/done/", ACCOUNTS, "/admin/no-such-page/"):
        check(staff_client.get(address))


def test_at_the_sign_in(client, staff_user):
    password = {"login": "front-desk", "password": PASSWORD}
    for typed in ({}, {"login": "front-desk"}, password | {"password": "wrong"}):
        check(client.post("/admin/sign-in/", typed))
    client.post("/admin/sign-in/", password)
    for page in ("", "app/add/", "passkey/add/", "password/", "recovery-codes/"):
        check(client.get(FACTOR + page))
    for page, typed in (("app/add/", {"code": "1"}), ("passkey/add/", {"credential": "{}"}), ("passkey/add/", {})):
        check(client.post(FACTOR + page, typed))
    TOTP.activate(staff_user, generate_totp_secret())
    staff_user.authenticator_set.create(type="recovery_codes", data={"migrated_codes": ["1" * 8]})
    mine, second = PatientClient(), PatientClient()
    mine.force_login(staff_user)
    second.post("/admin/sign-in/", password)
    check(second.get("/admin/sign-in/code/"))
    for typed in ({"code": "1"}, {"credential": "{}"}, {}):
        check(second.post("/admin/sign-in/code/", typed))
    for page in ("", "password/", "app/remove/", "recovery-codes/"):
        check(mine.get(FACTOR + page))
    check(mine.post(f"{FACTOR}password/", {"password": "wrong"}))
    mine.post(f"{FACTOR}password/", {"password": PASSWORD})
    for page in ("app/remove/", "recovery-codes/new/"):
        check(mine.get(FACTOR + page))
    for _ in range(2):
        check(mine.post(f"{FACTOR}recovery-codes/"))
    for _ in range(6):
        answer = mine.post("/admin/password_change/", {"old_password": "wrong"})
    assert answer.status_code == 429
    check(answer)
