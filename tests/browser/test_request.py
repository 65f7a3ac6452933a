"""A patient asks for a visit on a phone: from the menu, from the advice, and with mistakes."""

import re
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE_SIZE, with_and_without_scripts
from tests.browser.test_check import answer, plain_spasm, see_advice


def fill_in(page: Page, name: str, phone: str = "(212) 555-0187") -> None:
    answer(page, "I am asking for", "Me")
    page.get_by_label("Full name").fill(name)
    page.get_by_label("Phone number").fill(phone)
    answer(page, "How should we reach you?", "Call me")
    if not page.get_by_label("Anything we should know for your visit").is_visible():
        page.get_by_text("More about your visit (optional)").click()
    answer(page, "Where would you like to come?", "Any of these")
    page.get_by_label("You may contact me about this request").check()


def send(page: Page) -> str:
    """Send the form. Return the request number."""
    page.get_by_role("button", name="Send my request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("We got your request"))
    return page.locator(".request-number").inner_text()


def stored(site, name: str) -> list[tuple]:
    """The stored number, phone and level for this name, and whether there are answers."""
    columns = "number, phone, shared_level, shared_answers IS NOT NULL"
    return site.sql(f"SELECT {columns} FROM triage_bookingrequest WHERE name = '{name}'")  # noqa: S608 - our own words


@pytest.fixture
def name() -> str:
    return f"Ana Rivera {secrets.token_hex(4)}"


@with_and_without_scripts
def test_from_the_menu(page: Page, site, look, name):
    page.goto("/book/")
    look(page)
    fill_in(page, name)
    number = send(page)

    assert re.fullmatch(r"[A-Z2-9]{3} [A-Z2-9]{3}", number)
    assert page.url.endswith("/book/sent/"), "number or phone in the address"
    expect(page.get_by_text("(212) 555-0187")).to_be_visible()
    look(page)
    page.reload()
    expect(page.locator(".request-number")).to_have_text(number)
    assert stored(site, name) == [(number.replace(" ", ""), "tel:+1-212-555-0187", None, 0)]


def test_with_shared_answers(page: Page, site, look, name):
    plain_spasm(page)
    answer(page, "Where does the pain go?", "Down a leg, or pins and needles there that stay")
    see_advice(page)
    page.get_by_role("button", name="Request a visit").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Request a visit")
    expect(page.get_by_text("Down a leg, or pins and needles there that stay")).to_be_visible()
    share = page.get_by_label("Yes, send my symptom answers to the clinic")
    expect(share).not_to_be_checked()
    look(page)
    fill_in(page, name)
    share.check()
    number = send(page)

    assert stored(site, name) == [(number.replace(" ", ""), "tel:+1-212-555-0187", 1, 1)]


def is_blank(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Request a visit")
    for label in ("Full name", "Phone number", "Email address", "Anything we should know for your visit"):
        expect(page.get_by_label(label)).to_have_value("")
    expect(page.get_by_label("You may contact me about this request")).not_to_be_checked()
    expect(page.get_by_role("group", name="I am asking for").get_by_label("Me", exact=True)).not_to_be_checked()


@with_and_without_scripts
def test_back_shows_the_next_person_a_blank_form(page: Page, site, name):
    page.goto("/book/")
    fill_in(page, name)
    page.get_by_label("Anything we should know for your visit").fill("Step-free")
    number = send(page)

    page.go_back()
    is_blank(page)
    page.get_by_role("link", name="See that request.").click()
    expect(page.locator(".request-number")).to_have_text(number)
    page.go_back()
    is_blank(page)
    fill_in(page, f"{name} too", phone="212 555 0111")
    assert send(page) != number
    assert [phone for _, phone, *_ in stored(site, name)] == ["tel:+1-212-555-0187"]
    page.get_by_role("button", name="Hide this page").click()
    for _ in range(2):
        expect(page.get_by_role("heading", level=1)).to_have_text("Call us about your request")
        page.go_back()
    is_blank(page)
    expect(page.get_by_role("link", name="See that request.")).to_have_count(0)


def test_back_from_a_page_of_the_guide_finds_what_was_typed(page: Page):
    page.goto("/book/")
    page.get_by_label("Full name").fill("Rosa")
    page.get_by_role("contentinfo").get_by_role("link", name="Locations").click()
    page.go_back()
    expect(page.get_by_label("Full name")).to_have_value("Rosa")


@with_and_without_scripts
def test_an_error_is_shown_at_its_field_and_keeps_all_input(page: Page, look, name):
    page.goto("/book/")
    fill_in(page, name, phone="212 555")
    page.get_by_role("button", name="Send my request").click()

    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert page.title().startswith("Error: ")
    look(page)
    expect(page.get_by_label("Full name")).to_have_value(name)
    expect(page.get_by_label("Phone number")).to_have_value("212 555")
    page.get_by_role("link", name=re.compile("Enter a phone number with 10 digits")).click()
    expect(page.get_by_label("Phone number")).to_be_focused()


LURE = "http://lure.example/"


def lure_to(page: Page, site, path: str, planted: dict[str, str]) -> None:
    """Open a (mocked) page of another site, and press its button, which posts `planted` to this site."""
    fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in planted.items())
    body = f'<form action="{site.url}{path}" method="post">{fields}<button>Win a prize</button></form>'
    page.route(f"{LURE}**", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(LURE)
    page.get_by_role("button", name="Win a prize").click()


@pytest.fixture
def victim(browser, site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.url, viewport=PHONE_SIZE)
    yield context.new_page()
    context.close()


def test_another_site_cannot_choose_the_key_or_a_word_of_the_form(victim: Page, browser, site, name):
    # Given an attacker who knows the key of a form they sent,
    attacker = browser.new_context(base_url=site.url)
    own = attacker.new_page()
    own.goto("/book/")
    key = own.locator("[name=request_key]").get_attribute("value")
    fill_in(own, "Attacker")
    send(own)
    # when their page posts that key and its own words to the form in a victim's browser,
    lure_to(victim, site, "/book/", {"request_key": key, "name": "Planted", "note": "Planted", "consent": "on"})
    # then the victim starts with a blank form,
    expect(victim.get_by_text("We cannot tell that this came from our own page")).to_be_visible()
    assert victim.locator("[name=request_key]").get_attribute("value") != key
    assert "Planted" not in victim.content()
    expect(victim.get_by_label("You may contact me about this request")).not_to_be_checked()
    fill_in(victim, name, phone="(212) 555-0166")
    number = send(victim)
    # and the attacker never sees what they send.
    own.goto("/book/sent/")
    assert number not in own.content()
    assert "555-0166" not in own.content()
    assert stored(site, name) == [(number.replace(" ", ""), "tel:+1-212-555-0166", None, 0)]
    attacker.close()


def test_another_site_cannot_plant_answers(victim: Page, site):
    answers = {"signs": "none", "step": "2", "start": "everyday"}
    answers |= {"duration": "weeks_2_or_not_sure", "spread": "leg_or_tingling"}
    answers |= {"notice": "none", "age": "36", "pregnancy": "no", "health": "none"}
    lure_to(victim, site, "/book/from-advice/", answers)
    expect(victim.get_by_text("We cannot tell that this came from our own page")).to_be_visible()
    expect(victim.get_by_text("Yes, send my symptom answers to the clinic")).to_have_count(0)

    # Posted to a step: the check starts again.
    lure_to(victim, site, "/check/advice/", {"signs": "none"})
    victim.get_by_role("link", name="Check again").click()
    expect(victim.get_by_role("heading", level=1)).to_contain_text("Have you had any of these")

    # Posted to a result: it is shown, and passes no answers to the request form.
    lure_to(victim, site, "/check/advice/", answers)
    victim.get_by_role("button", name="Request a visit").click()
    expect(victim.get_by_role("heading", level=1)).to_have_text("Request a visit")
    expect(victim.get_by_text("Yes, send my symptom answers to the clinic")).to_have_count(0)
