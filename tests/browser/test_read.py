"""A patient reads the guide: every page, from link to link, on a phone."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import with_and_without_scripts
from triage.guide.pages import PAGES


def test_every_page_opens_from_the_footer_and_holds_no_flaw(page: Page, look):
    page.goto("/")
    for guide_page in PAGES:
        footer = page.get_by_role("navigation", name="All pages")
        footer.get_by_role("link", name=guide_page.nav_title, exact=True).click()
        expect(page).to_have_title(f"{guide_page.title} – New York Bone & Joint Specialists")
        expect(page.get_by_role("link", name="Call 911").first).to_be_visible()
        assert urlsplit(page.url).path == f"/{guide_page.path}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, "scrolls sideways on a phone"
        look(page)
    assert page.context.cookies() == []


@with_and_without_scripts
def test_the_menu_opens(page: Page):
    page.goto("/medicines/")
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Ease the pain")
    expect(link).to_be_hidden()
    page.get_by_text("Menu", exact=True).click()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ease the pain at home")


def test_a_wrong_address_has_a_way_on(page: Page, look):
    answer = page.goto("/no-such-page/")
    assert answer and answer.status == 404
    expect(page.get_by_role("link", name="(212) 555-0142").first).to_be_visible()
    look(page)
    page.get_by_role("main").get_by_role("link", name="Symptom check").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Have you had any of these")
    look(page)
