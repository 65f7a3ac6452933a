"""Clinic staff work the queue at a desk."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_request import fill_in, send


def test_find_a_request_mark_it_contacted_and_leave_a_note(page: Page, desk: Page, look):
    page.goto("/book/")
    fill_in(page, "Luz Marin")
    number = send(page)
    row = re.compile(number.replace(" ", r"\s"))

    desk.get_by_role("link", name=re.compile("requests", re.IGNORECASE)).first.click()
    desk.locator("#searchbar").fill(number.lower().replace(" ", ""))
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name=row).first.click()
    expect(desk.get_by_role("link", name="(212) 555-0187")).to_be_visible()
    expect(desk.get_by_text("Luz Marin").first).to_be_visible()

    desk.get_by_label("New note").fill("Left a message at noon.")
    desk.get_by_role("button", name="Mark contacted").click()
    expect(desk.get_by_text(re.compile("is now contacted"))).to_be_visible()

    desk.locator("#searchbar").fill(number)
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name=row).first.click()
    expect(desk.get_by_text("Left a message at noon.")).to_be_visible()
    expect(desk.get_by_text("demo-frontdesk").first).to_be_visible()


def test_the_queue_opens_with_what_waits_longest(desk: Page):
    desk.get_by_role("link", name=re.compile("requests", re.IGNORECASE)).first.click()
    statuses = set(desk.locator("td.field-status").all_inner_texts())
    assert statuses <= {"New", "Contacted"}
    assert desk.locator("td.field-level_shown").first.is_visible()


def test_the_seeded_account_is_for_this_machine_alone(site, browser):
    """Reached through a proxy, the account that make run seeds does not work."""
    context = browser.new_context(base_url=site.url, extra_http_headers={"X-Forwarded-For": "203.0.113.9"})
    screen = context.new_page()
    screen.goto("/admin/")
    screen.get_by_label("Username").fill(site.staff_name)
    screen.get_by_label("Password").fill(site.staff_password)
    screen.get_by_role("button", name="Log in").click()
    assert "/login" in screen.url
    expect(screen.locator(".errornote")).to_be_visible()
    context.close()
