"""What a stranger typed is text on every page of the desk, never markup."""

import re
from urllib.parse import unquote

import pytest
from django.urls import reverse

from triage.booking import actions

PAGES = ("changelist", "change", "history", "erase")
TYPED = '<b id="typed">Rosa</b>'


@pytest.fixture
def stored(send, staff_user):
    stored = send(changed={"name": TYPED, "note": TYPED, "email": '"<b>"@example.com', "reach_by": "email"})
    actions.add_note(request=stored, by=staff_user, text=TYPED)
    return stored


EMAILS = ("x?bcc=evil%40evil.example&subject=Hi@a.example", "a,b@a.example", '"a@b;c#d"@a.example', "a%2Cb@exämple.com")


@pytest.mark.parametrize("email", EMAILS)
def test_a_link_writes_to_the_one_address_alone(manager_client, send, email):
    stored = send(changed={"email": email, "reach_by": "email"})
    for address in ("", "triage/bookingrequest/", f"triage/bookingrequest/{stored.pk}/change/"):
        links = re.findall(r'href="mailto:([^"]*)"', manager_client.get(f"/admin/{address}").content.decode())
        assert links
        for link in links:
            assert re.fullmatch(r"[\w.%-]+@[\w.%-]+", link, re.ASCII)
            assert unquote(link) == email


@pytest.mark.parametrize("page", ["index", *(f"triage_bookingrequest_{page}" for page in PAGES)])
def test_markup_is_shown_as_it_was_typed(manager_client, stored, page):
    args = [] if page.endswith(("index", "changelist")) else [stored.pk]
    body = manager_client.get(reverse(f"admin:{page}", args=args)).content.decode()
    assert '<b id="typed">' not in body
    assert "<b>" not in body.replace("<b>Next", "")
    if not page.endswith(("history", "erase")):
        assert "&lt;b id=&quot;typed&quot;&gt;Rosa&lt;/b&gt;" in body
