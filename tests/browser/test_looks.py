"""Pages as they lie on a screen: heights, one right edge, what stays in view, sizes of targets, and paper."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, desktop
from tests.browser.test_check import pass_step_1
from tests.browser.test_handout import post
from tests.journeys.test_check_symptoms import LEVELS
from triage.guide.pages import PAGES

PHONE = {"width": 390, "height": 844}
WIDTHS = (820, 1280, 1920)
HEIGHT = "document.documentElement.scrollHeight"
ADDRESSES = [*(page.path for page in PAGES), "book/", "check/", "handout/"]
# The right edges of what fills its column: texts, cards, tables and fields, without what is as wide as its words.
RIGHT_EDGES = """
(column) => [...new Set(
  [...document.querySelectorAll(column)]
    .flatMap((each) => [...each.children])
    .filter((each) => each.getClientRects().length)
    .filter((each) => ["block", "grid", "table"].includes(getComputedStyle(each).display))
    .map((each) => Math.round(each.getBoundingClientRect().right))
)]
"""
# What paper has in another form, or does not need.
NOT_ON_PAPER = "".join(f":not({css})" for css in (".switch", ".sources", ".hard-words", ".by-medicine *"))
# But for links in sentences, and what only shows when it has the focus.
SMALL_TARGETS = """
() => [...document.querySelectorAll("a, button, summary, label.option")]
  .filter((each) => each.getClientRects().length)
  .filter((each) => !each.closest("p, .visually-hidden, .skip-link"))
  .filter((each) => !each.closest("li") || getComputedStyle(each.closest("li")).listStyleType === '""')
  .map((each) => [each.textContent.trim().slice(0, 40), each.getBoundingClientRect().height])
  .filter(([, height]) => height > 1 && height < 43.9)
  .map(([words, height]) => `${words}: ${height}`)
"""
# Where a box with hidden ends cuts off the ring of what has the focus.
CUT_RINGS = """
() => [...document.querySelectorAll("main :is(a, button, summary, input)")]
  .filter((each) => each.checkVisibility())
  .filter((each) => {
    const { top, left } = each.getBoundingClientRect();
    for (let box = each.parentElement; box; box = box.parentElement) {
      const edge = box.getBoundingClientRect();
      const cuts = getComputedStyle(box).overflow !== "visible" && box !== document.documentElement;
      if (cuts && (top - edge.top < 7 || left - edge.left < 7)) return true;
    }
  })
  .map((each) => each.textContent.trim().slice(0, 40))
"""


@pytest.fixture
def phone(browser: Browser, site: Site):
    with desktop(browser, site, viewport=PHONE) as page:
        yield page


@pytest.mark.parametrize("prefix", ["", "/es"])
@pytest.mark.parametrize(("path", "most"), [("/", 3800), ("/medicines/", 4500)])
def test_a_page_is_no_longer_than_it_has_to_be(phone: Page, prefix, path, most):
    phone.goto(prefix + path)
    assert phone.evaluate(HEIGHT) <= most


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_what_a_request_needs_comes_before_a_long_scroll(phone: Page, prefix):
    phone.goto(f"{prefix}/book/")
    assert phone.locator("details.fold").bounding_box()["y"] <= 2600


@pytest.mark.parametrize("width", WIDTHS)
def test_all_that_fills_the_text_column_ends_at_one_edge(browser: Browser, site: Site, width):
    with desktop(browser, site, viewport={"width": width, "height": 900}) as page:
        for path in ADDRESSES:
            page.goto(f"/{path}")
            column = ".page-body" if page.locator(".page-body").count() else "main"
            assert len(page.evaluate(RIGHT_EDGES, column)) == 1, path
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["/", "/medicines/", "/es/when-to-get-help/", "/book/", "/no-such-page/"])
def test_911_stays_beside_the_text_on_a_wide_screen(browser: Browser, site: Site, path):
    with desktop(browser, site) as page:
        page.goto(path)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight - 2 * innerHeight)")
        box = page.locator(".rail a[href='tel:911']").bounding_box()
        assert 0 <= box["y"] <= 900
        assert box["height"] >= 44


def test_a_result_stands_in_the_same_grid(browser: Browser, site: Site):
    with desktop(browser, site) as page:
        for data in LEVELS.values():
            post(page, "/check/advice/", data)
            panel, aside = (page.locator(css).bounding_box() for css in (".result-panel", ".aside"))
            assert aside["x"] > panel["x"] + panel["width"]
            page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
            assert page.locator(".aside").bounding_box()["y"] < 450, "it stays beside the text"
            aside = page.locator(".aside").evaluate("each => [each.scrollHeight, each.clientHeight]")
            assert aside[0] == aside[1], "all of it shows, without a scroll of its own"


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_result_is_short_and_its_signs_are_one_tap_away(phone: Page, prefix):
    """What to do comes first, then the day, what is worse, and only then pills."""
    post(phone, f"{prefix}/check/advice/", LEVELS["home"])
    assert phone.evaluate(HEIGHT) <= 3600
    parts = [".steps", "a[download]", ".care-card", "#answers > h2"]
    places = [phone.locator(css).bounding_box()["y"] for css in parts]
    assert places == sorted(places)
    assert places[0] < PHONE["height"]
    sign = phone.get_by_text("cola" if prefix else "your pee is dark brown like cola")
    expect(sign).to_be_hidden()
    phone.locator(".care-card summary").click()
    expect(sign).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (820, 1180), (1280, 900)])
def test_a_target_is_as_high_as_a_thumb(browser: Browser, site: Site, width, height):
    with desktop(browser, site, viewport={"width": width, "height": height}) as page:
        for path in ("es/", "medicines/", "es/locations/", "book/", "when-to-get-help/"):
            page.goto(f"/{path}")
            assert page.evaluate(SMALL_TARGETS) == [], path


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_call_911_stands_in_one_row_and_phone_numbers_do_not_break(browser: Browser, site: Site, prefix):
    with desktop(browser, site, viewport={"width": 320, "height": 640}) as page:
        page.goto(f"{prefix}/")
        words, button = page.locator(".emergency-strip p"), page.locator(".emergency-strip .button")
        hours = page.locator(".header-phone > span")
        assert hours.bounding_box()["height"] < 30, "in one line, beside the number or below it"
        assert abs(words.bounding_box()["y"] - button.bounding_box()["y"]) < 30
        for number in page.locator("a[href^='tel:']:visible").all():
            assert number.evaluate("each => each.getClientRects().length") == 1


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_phone_held_sideways_shows_the_page_and_not_only_its_head(browser: Browser, site: Site, prefix):
    with desktop(browser, site, viewport={"width": 844, "height": 390}) as page:
        page.goto(f"{prefix}/")
        assert page.locator("main").bounding_box()["y"] <= 0.27 * 390


@pytest.mark.parametrize(("width", "height", "is_fixed"), [(390, 844, True), (320, 180, False), (1280, 900, False)])
def test_an_emergency_has_one_call_911_that_never_takes_the_screen(browser, site, width, height, is_fixed):
    with desktop(browser, site, viewport={"width": width, "height": height}) as page:
        page.goto("/check/")
        page.get_by_label("I lose my balance").check()
        page.get_by_role("button", name="Continue").click()
        (button,) = page.locator("a[href='tel:911']:visible").all()
        page.evaluate("scrollTo(0, 600)")
        assert (button.bounding_box()["y"] == pytest.approx(height - 64, abs=8)) is is_fixed


@pytest.mark.parametrize("path", ["/", "/when-to-get-help/", "/medicines/", "/es/how-we-decide/", "/check/", "/book/"])
def test_no_ring_of_the_focus_is_cut_off(phone: Page, path):
    phone.goto(path)
    assert phone.evaluate(CUT_RINGS) == []


def test_a_list_without_bullets_is_still_a_list(phone: Page):
    """WebKit tells VoiceOver of no list where `list-style` is none, but does where its marker is an empty text."""
    styles = "() => [...document.querySelectorAll('ul, ol')].map((each) => getComputedStyle(each).listStyleType)"
    phone.goto("/ease-the-pain/")
    found = phone.evaluate(styles)
    post(phone, "/check/advice/", LEVELS["home"])
    assert {*found, *phone.evaluate(styles)} == {'""', "disc"}


def test_unchecked_boxes_are_large(phone: Page):
    pass_step_1(phone)
    sizes = "each => [each.offsetWidth, each.offsetHeight, getComputedStyle(each).borderTopWidth]"
    assert {tuple(box.evaluate(sizes)) for box in phone.locator(".option input").all()} == {(28, 28, "2px")}


@pytest.mark.parametrize("path", ["/", "/how-we-decide/", "/medicines/"])
def test_what_is_folded_stands_on_paper(browser: Browser, site: Site, path):
    """A closed details has no text of its own in a browser's PDF unless the style sheet opens it."""
    with desktop(browser, site) as page:
        page.goto(path)
        page.emulate_media(media="print")
        folded = page.locator(f"main details{NOT_ON_PAPER} > :not(summary)")
        assert [each.inner_html() for each in folded.all() if not each.evaluate("each => each.checkVisibility()")] == []
        assert folded.count() > 0
