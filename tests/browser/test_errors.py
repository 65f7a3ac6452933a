"""With scripts on, a page that says what to mend starts there."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_check import pass_step_1, see_advice

pytestmark = pytest.mark.parametrize("page", [True], ids=["scripts-on"], indirect=True)


def starts_at_the_summary(page: Page) -> None:
    summary = page.get_by_role("alert").filter(has=page.get_by_role("heading", name="There is a problem"))
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()


def test_step_1(page: Page):
    page.goto("/check/")
    page.get_by_role("button", name="Continue").click()
    starts_at_the_summary(page)


def test_step_2(page: Page):
    pass_step_1(page)
    see_advice(page)
    starts_at_the_summary(page)


def test_the_request(page: Page):
    page.goto("/book/")
    page.get_by_role("button", name="Send my request").click()
    starts_at_the_summary(page)
