"""What a patient typed is escaped on every page of the desk."""

import re
from urllib.parse import unquote

import pytest
from django.urls import reverse

from tests.reading import ReadPage
from tests.unit.desk.test_requests import LIST, page_of
from triage.booking import actions

LISTS = ("bookingrequest_changelist", "notice_changelist", "auditevent_changelist", "staffaccount_changelist")
PAGES = ("changelist", "change", "history", "erase")
TYPED = '<b id="typed">Rosa</b>'


@pytest.fixture
def stored(send, staff_user):
    stored = send(changed={"name": TYPED, "note": TYPED, "email": '"<b>"@example.com', "reach_by": "email"})
    actions.add_note(request=stored, by=staff_user, text=TYPED)
    return stored


EMAILS = ("x?bcc=evil%40evil.example&subject=Hi@a.example", "a,b@a.example", '"a@b;c#d"@a.example', "a%2Cb@exämple.com")


def test_a_link_writes_to_the_one_address_alone(manager_client, send):
    pages = {"/admin/": {*EMAILS}, LIST: {*EMAILS}}
    for email in EMAILS:
        pages[page_of(send(changed={"email": email, "reach_by": "email"}))] = {email}
    for page, emails in pages.items():
        links = re.findall(r'href="mailto:([^"]*)"', manager_client.get(page).content.decode())
        assert {unquote(link) for link in links} == emails
        for link in links:
            assert re.fullmatch(r"[\w.%-]+@[\w.%-]+", link, re.ASCII)


@pytest.mark.parametrize("page", ["index", *(f"triage_bookingrequest_{page}" for page in PAGES)])
def test_markup_is_shown_as_it_was_typed(manager_client, stored, page):
    args = [] if page.endswith(("index", "changelist")) else [stored.pk]
    body = manager_client.get(reverse(f"admin:{page}", args=args)).content.decode()
    assert '<b id="typed">' not in body
    assert "<b>" not in body.replace("<b>Next", "")
    if not page.endswith(("history", "erase")):
        assert "&lt;b id=&quot;typed&quot;&gt;Rosa&lt;/b&gt;" in body


@pytest.mark.parametrize("page", ["index", *(f"triage_{page}" for page in LISTS), "triage_bookingrequest_change"])
def test_no_field_for_patient_data_is_autocompleted(manager_client, stored, page):
    args = [stored.pk] if page.endswith("change") else []
    kept, form = [], {}
    for tag, attrs in ReadPage(manager_client.get(reverse(f"admin:{page}", args=args)).content.decode()).tags:
        form = attrs if tag == "form" else form
        is_typed = tag == "input" and attrs.get("type", "text") in ("text", "search", "tel", "email", "number", "url")
        if is_typed and "off" not in (attrs.get("autocomplete"), form.get("autocomplete")):
            kept.append(attrs["name"])
    assert not kept
