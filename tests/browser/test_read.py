"""A patient reads the guide: every page, from link to link, on a phone."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from triage.guide.pages import PAGES


def test_every_page_opens_from_the_footer(page: Page):
    page.goto("/")
    for guide_page in PAGES:
        page.get_by_role("navigation", name="All pages").get_by_role(
            "link", name=guide_page.nav_title, exact=True
        ).click()
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page).to_have_title(f"{guide_page.title} – New York Bone & Joint Specialists")
        expect(page.get_by_role("link", name="Call 911").first).to_be_visible()
        assert urlsplit(page.url).path == f"/{guide_page.path}"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, "scrolls sideways on a phone"


def test_the_guide_reads_on_from_page_to_page(page: Page):
    page.goto("/")
    for path in ("/why-it-happens/", "/ease-the-pain/", "/medicines/", "/exercise/", "/when-to-get-help/"):
        page.get_by_role("link", name="Next:").click()
        expect(page).to_have_url(path)
    page.wait_for_load_state()
    expect(page.get_by_role("link", name="Next:")).to_have_count(0)


def test_the_menu_opens(page: Page):
    page.goto("/medicines/")
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Ease the pain")
    expect(link).to_be_hidden()
    page.get_by_text("Menu", exact=True).click()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ease the pain at home")


def test_a_wrong_address_has_a_way_on(page: Page):
    answer = page.goto("/no-such-page/")
    assert answer and answer.status == 404
    expect(page.get_by_role("link", name="(212) 555-0142").first).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Symptom check").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Have you had any of these")


def test_no_page_sets_a_cookie_or_holds_a_flaw(page: Page, look):
    for path in [*(f"/{guide_page.path}" for guide_page in PAGES), "/check/", "/no-such-page/"]:
        page.goto(path)
        look(page)
    assert page.context.cookies() == []
