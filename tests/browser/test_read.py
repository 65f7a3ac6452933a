"""A patient reads the guide: every page, from link to link, on a phone."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE_SIZE, with_and_without_scripts
from triage.guide.pages import PAGES


def test_every_page_opens_from_the_footer_and_holds_no_flaw(page: Page, look):
    page.goto("/")
    for guide_page in PAGES:
        footer = page.get_by_role("navigation", name="All pages")
        footer.get_by_role("link", name=guide_page.nav_title, exact=True).click()
        expect(page).to_have_title(f"{guide_page.title} – New York Bone & Joint Specialists")
        expect(page.get_by_role("link", name="Call 911").first).to_be_visible()
        assert urlsplit(page.url).path == f"/{guide_page.path}"
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


def test_a_page_is_readable_without_its_stylesheet(page: Page):
    page.route("**/*.css", lambda route: route.fulfill(body="", content_type="text/css"))
    for path in ("/check/", "/es/check/", "/", "/handout/", "/exercise/"):
        page.goto(path)
        sizes = page.locator("svg").evaluate_all("all => all.map(each => each.getBoundingClientRect().width)")
        assert sizes and max(sizes) <= 240, path
        assert sum(width > 40 for width in sizes) == page.locator("svg.picture").count(), "icons are small"
        expect(page.locator(".sign-alert:visible")).to_have_count(0)
    page.goto("/check/")
    page.get_by_label("I lose my balance").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Call 911 or go to the emergency room now")


def test_a_page_that_another_site_translates_has_its_stylesheet_and_script(browser, site):
    """Such a site sends our HTML from its own host, and the browser loads the rest from ours."""
    context = browser.new_context(viewport=PHONE_SIZE, permissions=["local-network-access"])
    page = context.new_page()
    html = page.request.get(f"{site.url}/ease-the-pain/").text().replace("<head>", f'<head><base href="{site.url}/">')
    translated = f"{site.url.replace('127.0.0.1', 'localhost')}/translated"
    headers = {"Content-Type": "text/html", "Cross-Origin-Embedder-Policy": "require-corp"}
    page.route(translated, lambda route: route.fulfill(body=html, headers=headers))

    page.goto(translated)
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Symptom check")).to_be_hidden()
    expect(page.get_by_role("heading", name="Heat and ice timer")).to_be_visible()
    context.close()
