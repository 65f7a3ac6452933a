"""A patient checks symptoms, to each level the rules can reach, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import with_and_without_scripts

EMERGENCY = "Call 911 or go to the emergency room now"


def answer(page: Page, question: str, choice: str) -> None:
    page.get_by_role("group", name=question, exact=True).get_by_label(choice, exact=True).check()


def pass_step_1(page: Page) -> None:
    page.goto("/check/")
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Continue").click()


def plain_spasm(page: Page) -> None:
    pass_step_1(page)
    answer(page, "How long have you had these spasms?", "2 to 6 days")
    answer(page, "How did it start?", "All at once as I bent, lifted or coughed")
    answer(page, "Where does the pain go?", "Only my back")
    answer(page, "Do any of these fit?", "None of these")
    page.get_by_label("How old are you?").fill("36")
    answer(page, "Are you pregnant?", "No")
    answer(page, "Do you have or take any of these?", "None of these")


def see_advice(page: Page) -> None:
    page.get_by_role("button", name="See my advice").click()


def nothing_told(page: Page) -> None:
    """No answer in the address, the title, a cookie or the browser's storage, once all of the page is there."""
    page.wait_for_load_state()
    assert page.url.endswith("/check/advice/")
    assert page.title().startswith("Your advice")
    assert page.context.cookies() == []
    assert page.context.storage_state()["origins"] == []


def said_first(page: Page, order: str) -> None:
    """The order has the focus, in view and without a ring."""
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(order)
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport(ratio=1)
    expect(heading).to_have_css("outline-style", "none")
    expect(heading).to_have_css("box-shadow", "none")


def starts_at_the_summary(page: Page) -> None:
    """With scripts on, a page that says what to mend starts there."""
    summary = page.get_by_role("alert").filter(has=page.get_by_role("heading", name="There is a problem"))
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()


@with_and_without_scripts
def test_a_sign_gets_911_in_one_tap(page: Page, look):
    page.goto("/check/")
    alert = page.get_by_role("alert").first
    expect(alert).to_be_hidden()

    sign = page.get_by_label(re.compile("I cannot hold my pee or poop"))
    sign.check()
    expect(alert.get_by_role("link", name="Call 911")).to_be_visible()
    expect(sign).to_be_checked()
    page.get_by_role("button", name="Continue").click()

    said_first(page, EMERGENCY)
    expect(page.get_by_text("Do not drive yourself.")).to_be_visible()
    nothing_told(page)
    assert not page.locator("a[href*=book], [formaction*=book]").count()
    look(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").get_by_role("link", name="Call 911").first).to_be_focused()


@with_and_without_scripts
def test_home_care(page: Page, look):
    plain_spasm(page)
    look(page)
    see_advice(page)

    said_first(page, "You can care for this at home for now")
    expect(page.get_by_text("We did not save your answers.")).to_be_visible()
    nothing_told(page)
    look(page)


@pytest.mark.parametrize(
    ("question", "choice", "order"),
    [
        ("How long have you had these spasms?", "2 weeks to 3 months", "You should see a doctor soon"),
        ("Do any of these fit?", "A band of blisters on the sore side", "Get seen by a doctor today"),
    ],
)
def test_see_a_doctor(page: Page, look, question, choice, order):
    plain_spasm(page)
    answer(page, question, choice)
    see_advice(page)

    said_first(page, order)
    nothing_told(page)
    look(page)


def test_a_blank_step_says_what_to_do_and_leads_there(page: Page, look):
    page.goto("/check/")
    page.get_by_role("button", name="Continue").click()

    starts_at_the_summary(page)
    assert page.title().startswith("Error: ")
    look(page)
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_role("checkbox").first).to_be_focused()


def test_a_blank_second_step_keeps_what_was_answered(page: Page, look):
    pass_step_1(page)
    answer(page, "How did it start?", "I am not sure")
    see_advice(page)

    starts_at_the_summary(page)
    expect(page.get_by_role("group", name="How did it start?").get_by_label("I am not sure")).to_be_checked()
    look(page)
    page.get_by_role("link", name="Choose how long you have had these spasms").click()
    expect(page.get_by_label("Since today or yesterday")).to_be_focused()


@with_and_without_scripts
def test_answers_can_be_changed(page: Page):
    plain_spasm(page)
    ticks = page.locator(":checked:visible").count()
    see_advice(page)
    page.get_by_role("button", name="Change my answers").click()
    expect(page.get_by_label("2 to 6 days")).to_be_checked()
    expect(page.get_by_label("How old are you?")).to_have_value("36")
    expect(page.locator(":checked:visible")).to_have_count(ticks)
    page.get_by_role("button", name="Back to step 1").click()
    expect(page.get_by_label("None of these")).to_be_checked()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("2 to 6 days")).to_be_checked()
