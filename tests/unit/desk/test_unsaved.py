"""What staff typed is not lost if the session ends before they send it, in any form of the desk."""

import html
import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from tests.conftest import PatientClient
from tests.reading import text_of
from tests.unit.conftest import make_request
from tests.unit.desk.test_requests import LIST, note, page_of, post
from triage.booking.models import StaffNote, Status

pytestmark = pytest.mark.django_db
ACCOUNTS = "/admin/triage/staffaccount/"
PASSWORDS = dict.fromkeys(("password", "old_password", "new_password1", "new_password2"), "typed-secret")


def leave(client):
    """Let the session be idle for too long."""
    session = client.session
    session["seen_at"] = 0
    session.save()


def fields_in(page) -> dict:
    found = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page.content.decode(), re.S)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def test_a_note_survives_the_sign_in_of_the_same_person(staff_client, staff_user):
    stored = make_request()
    typed = '\n"Ana" <b> called & said:\r\ncalls back'
    leave(staff_client)
    answer = staff_client.post(page_of(stored), note(stored, text=typed, _move_closed="Close"))
    assert answer.headers["Location"].startswith("/admin/sign-in/?unsaved=kept")
    assert StaffNote.objects.count() == 0
    assert not re.search("Ana|calls", str([each.get_decoded() for each in Session.objects.all()])), "encrypted"
    sign_in = staff_client.get(answer.headers["Location"], follow=True)
    assert text_of(sign_in).count("what you sent was not saved. Sign in again, and you can send it.") == 1

    staff_client.force_login(staff_user)
    for _ in range(2):  # until it is answered
        page = staff_client.get("/admin/")
        assert "This was not saved" in text_of(page)
        assert "calls back" in text_of(page)
        assert 'data-idle="900"' in page.content.decode(), "or it would say that they are signed out"
    (address,) = re.findall(r'<form method="post" action="([^"]+/change/)"', page.content.decode())
    staff_client.post(address, fields_in(page))
    assert StaffNote.objects.get().text == typed.strip().replace("\r\n", "\n")
    stored.refresh_from_db()
    assert stored.status == Status.CLOSED
    assert "This was not saved" not in text_of(staff_client.get("/admin/"))


@pytest.mark.parametrize(
    ("address", "typed", "told"),
    [
        (LIST, {"q": "Rosa Diaz"}, "Q Rosa Diaz"),
        (
            LIST,
            {"action": ["assign_to_me", "mark_spam"], "_selected_action": ["7", "8"], "index": "1"},
            "Button mark spam Checked rows 2",
        ),
        (LIST, {"action": "mark_spam", "_selected_action": "7", "index": "x"}, "Checked rows 1"),
        (ACCOUNTS + "add/", {"username": "Rosa.Diaz", "initial-username": "rosa"}, "Username Rosa.Diaz"),
        (LIST + "1/erase/", {"erase": "1"}, "Erase 1"),
    ],
)
def test_every_other_form_is_kept_too(manager_client, manager_user, address, typed, told):
    leave(manager_client)
    manager_client.post(address, typed)
    manager_client.force_login(manager_user)
    page = manager_client.get("/admin/")
    assert f'action="{address}"' in page.content.decode()
    shown = re.search('<dl class="unsaved">(.*?)</dl>', page.content.decode(), re.S)[1]
    assert " ".join(re.sub("<[^>]+>", " ", shown).split()) == told
    kept = fields_in(page)
    assert kept.keys() == typed.keys()
    assert all(kept[name] in (value if isinstance(value, list) else [value]) for name, value in typed.items())
    manager_client.post("/admin/")  # Drop it
    assert "This was not saved" not in text_of(manager_client.get("/admin/"))


@pytest.mark.parametrize("before", ["HEAD /admin/stay/", "GET /admin/", "POST /admin/sign-out/"])
def test_other_open_tabs_lose_nothing(staff_client, staff_user, before):
    leave(staff_client)
    method, address = before.split()
    staff_client.generic(method, address, HTTP_ORIGIN=settings.SITE_URL)
    for text in ("From one tab", "From another tab"):
        answer = post(staff_client, make_request(), text=text)
        assert "Sign in again" in text_of(staff_client.get(answer.headers["Location"], follow=True))
    staff_client.force_login(staff_user)
    for text in ("From one tab", "From another tab"):
        page = staff_client.get("/admin/")
        assert text in text_of(page)
        staff_client.post("/admin/")  # Drop it
    assert "This was not saved" not in text_of(staff_client.get("/admin/"))


def test_a_tab_from_before_the_sign_in_is_asked_once_more(staff_client, staff_user):
    """Each sign-in changes the CSRF token of forms."""
    stored, client = make_request(), PatientClient(enforce_csrf_checks=True)
    client.force_login(staff_user)
    old = note(stored, text="Typed", csrfmiddlewaretoken="o" * 64)
    assert client.post(page_of(stored), old, HTTP_ORIGIN=None).status_code == 403, "perhaps from elsewhere"
    assert client.post(page_of(stored), old).headers["Location"] == "/admin/"
    assert StaffNote.objects.count() == 0
    assert "Typed" in text_of(client.get("/admin/"))
    staff_user.groups.clear()
    assert client.post(page_of(stored), old).status_code == 403, "who has no role has no form of the desk"


def test_nobody_else_sees_it_and_no_password_is_kept(staff_client, staff_user, manager_user, monkeypatch):
    stored = make_request()
    forms = {"password": "/admin/password_change/", "password again": "/admin/second-factor/password/"}
    for ends in ("another person", *forms, "an hour"):
        staff_client.force_login(staff_user)
        leave(staff_client)
        if ends in forms:
            staff_client.post(forms[ends], PASSWORDS)
        else:
            staff_client.post(page_of(stored), note(stored, text="Typed"))
        if ends == "an hour":
            monkeypatch.setattr("triage.desk.unsaved.KEPT_SECONDS", -1)
        staff_client.force_login(manager_user if ends == "another person" else staff_user)
        assert "This was not saved" not in text_of(staff_client.get("/admin/"))
        assert not staff_client.session.get("unsaved")


def test_a_form_without_a_session_is_not_kept(client):
    answer = client.get(client.post(page_of(make_request()), {"text": "Typed"}).headers["Location"], follow=True)
    assert "You were signed out, and what you sent was not saved." in text_of(answer)
    assert 'class="warning"' in answer.content.decode()
    assert "not saved" not in text_of(PatientClient().get("/admin/", follow=True))


FORMS = ["", "triage/bookingrequest/", "keys/", "no-such-page/", "password_change/", "sign-in/", "sign-in/code/"]
FORMS += ["second-factor/app/add/", "second-factor/passkey/add/", "second-factor/recovery-codes/new/", "sign-out/"]


@pytest.mark.parametrize("page", FORMS)
@pytest.mark.parametrize("cookie", ["", "a" * 32])
def test_a_post_without_a_session_starts_none(client, page, cookie):
    client.cookies["sessionid"] = cookie
    assert client.post(f"/admin/{page}", {"text": "x" * 1000}).status_code in (200, 302)
    assert not Session.objects.exists()


def test_an_open_page_may_ask_to_stay(staff_client):
    session = staff_client.session
    session["seen_at"] = session["signed_in_at"] - 600
    session.save()
    assert staff_client.head("/admin/stay/").status_code == 200
    assert 'data-idle="900"' in staff_client.get("/admin/").content.decode()
    leave(staff_client)
    assert staff_client.head("/admin/stay/").status_code == 302
    assert PatientClient().head("/admin/stay/").status_code == 302
