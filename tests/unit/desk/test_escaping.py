"""What a stranger typed is text on every page of the desk, never markup."""

import pytest
from django.urls import reverse

from triage.booking import actions

TYPED = '<b id="typed">Rosa</b>'


@pytest.fixture
def stored(send, staff_user):
    stored = send(changed={"name": TYPED, "note": TYPED, "email": '"<b>"@example.com', "reach_by": "email"})
    actions.add_note(request=stored, by=staff_user, text=TYPED)
    return stored


@pytest.mark.parametrize("page", ["changelist", "change", "history", "erase"])
def test_markup_is_shown_as_it_was_typed(manager_client, stored, page):
    args = [] if page == "changelist" else [stored.pk]
    body = manager_client.get(reverse(f"admin:triage_bookingrequest_{page}", args=args)).content.decode()
    assert '<b id="typed">' not in body
    assert "<b>" not in body.replace("<b>Next", "")
    if page in ("changelist", "change"):
        assert "&lt;b id=&quot;typed&quot;&gt;Rosa&lt;/b&gt;" in body


def test_the_front_page_too(manager_client, stored):
    body = manager_client.get("/admin/").content.decode()
    assert '<b id="typed">' not in body
    assert "&lt;b id=&quot;typed&quot;&gt;Rosa&lt;/b&gt;" in body
