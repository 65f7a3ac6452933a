"""Staff look at every part of the patients' pages in every state, and so does axe."""

import re

from playwright.sync_api import Page, expect

from backspasm_site.patterns import ALONE


def test_every_pattern_is_free_of_flaws(desk: Page, look):
    desk.get_by_role("link", name="Patterns of the patients’ pages").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Patterns")
    expect(desk.get_by_role("button", name="Start 15-minute timer")).to_be_visible()
    look(desk)
    for name in ALONE:
        desk.get_by_role("link", name=name, exact=True).click()
        expect(desk.get_by_role("heading", level=1)).to_have_count(1)
        look(desk)
        desk.get_by_role("link", name="All patterns").click()
    desk.get_by_role("link", name="Español").click()
    look(desk)


def test_the_timer_shows_its_states(desk: Page, look):
    desk.goto("/admin/patterns/")
    desk.get_by_role("button", name="Start 15-minute timer").click()
    expect(desk.get_by_role("timer")).to_contain_text("15 minutes left")
    look(desk)


def test_a_form_in_error_starts_at_its_summary(desk: Page):
    desk.goto("/admin/patterns/form-in-error/")
    expect(desk.get_by_role("alert")).to_be_focused()
    for link in desk.get_by_role("alert").get_by_role("link").all():
        link.click()
        expect(desk.locator(":focus")).to_have_attribute("id", re.compile("^error_"))


def test_no_pattern_scrolls_sideways_on_a_phone(desk: Page):
    desk.set_viewport_size({"width": 320, "height": 800})
    for path in ("", *(f"{name}/" for name in ALONE)):
        desk.goto(f"/admin/patterns/{path}?lang=es")
        assert desk.evaluate("document.documentElement.scrollWidth") <= 320, path
