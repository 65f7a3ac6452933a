"""The layout of pages: heights, one right edge, what stays in view, sizes of targets, and print."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, desktop
from tests.browser.test_check import post
from tests.journeys.test_check_symptoms import LEVELS
from tests.reading import PUBLIC

PHONE = {"width": 390, "height": 844}
WIDTHS = (1920, 1280, 844, 390, 320)  # a phone that is turned upright must not stay as wide as it was
HEIGHT = "document.documentElement.scrollHeight"
# What does not fit, also with text of twice the size.
SPILLS = """
const faults = []
const name = (each) => `<${each.localName} class="${each.className}"> ${each.textContent.trim().slice(0, 40)}`
const shown = (css) => [...document.querySelectorAll(css)].filter((each) => each.checkVisibility())
const { clientWidth, scrollWidth } = document.documentElement
if (scrollWidth > clientWidth) faults.push("scrolls sideways")
for (const each of shown("body *")) {
  if (each.closest(".visually-hidden, .skip-link, svg")) continue
  const style = getComputedStyle(each)
  // The links of the menu reach 4 pixels out of it, for their padding. What is cut off there would be lost.
  const most = each.clientWidth + (style.overflowX === "visible" ? 4 : 1)
  if (style.display !== "inline" && each.scrollWidth > most) faults.push(`out of its box: ${name(each)}`)
  if (each.getBoundingClientRect().right > clientWidth + 1) faults.push(`off the screen: ${name(each)}`)
}
"""
# Other faults of a page's layout.
FAULTS = """
for (const picture of document.querySelectorAll(".picture-tile > .picture:first-child")) {
  const gap = picture.getBoundingClientRect().top - picture.parentElement.getBoundingClientRect().top
  if (gap > 18) faults.push(`${gap} empty pixels above the picture of ${name(picture.parentElement)}`)
}
for (const box of shown(".option input")) {
  const { appearance, borderTopWidth } = getComputedStyle(box)
  const { width, height } = box.getBoundingClientRect()
  const drawn = [appearance, borderTopWidth, width, height].join()
  if (drawn !== "none,2px,28,28") faults.push(`box ${drawn}: ${name(box.parentElement)}`)
}
// Targets are as high as a thumb, but for links in sentences and what only shows when it has the focus.
for (const each of shown("a, button, summary, label.option")) {
  const { height } = each.getBoundingClientRect()
  const item = each.closest("li")
  if (each.closest("p, .visually-hidden, .skip-link") || item && getComputedStyle(item).listStyleType !== '""') continue
  if (height > 1 && height < 43.9) faults.push(`${height} pixels high: ${name(each)}`)
}
// A box with hidden ends cuts off the ring of what has the focus.
for (const each of shown("main :is(a, button, summary, input)")) {
  const { top, left } = each.getBoundingClientRect()
  for (let box = each.parentElement; box !== document.documentElement; box = box.parentElement) {
    const edge = box.getBoundingClientRect()
    const cuts = getComputedStyle(box).overflow !== "visible" && (top - edge.top < 7 || left - edge.left < 7)
    if (cuts) faults.push(`its ring is cut: ${name(each)}`)
  }
}
// What fills its column ends at one edge: texts, cards, tables and fields, not what is as wide as its words.
const filling = [...(document.querySelector(".page-body") ?? document.querySelector("main")).children]
  .filter((each) => each.checkVisibility() && !each.matches(".aside"))
  .filter((each) => ["block", "grid", "table"].includes(getComputedStyle(each).display))
const edges = new Set(filling.map((each) => Math.round(each.getBoundingClientRect().right)))
if (edges.size > 1) faults.push(`right edges at ${[...edges].join()}`)
filling.slice(1).forEach((each, number) => {
  const above = new Range()  // what is in the box: the box itself may be stretched
  above.selectNodeContents(filling[number])
  const gap = each.getBoundingClientRect().top - above.getBoundingClientRect().bottom
  if (gap > 200 && clientWidth >= 1024) faults.push(`${gap} empty pixels above ${name(each)}`)
})
"""
# What is different in print, or not printed.
NOT_ON_PAPER = "".join(f":not({css})" for css in (".switch", ".sources", ".hard-words", ".by-medicine *"))


@pytest.fixture
def phone(browser: Browser, site: Site):
    with desktop(browser, site, viewport=PHONE) as page:
        yield page


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_pages_are_short(phone: Page, prefix):
    for path, most in (("/", 3800), ("/medicines/", 4500)):
        phone.goto(prefix + path)
        assert phone.evaluate(HEIGHT) <= most
    phone.goto(f"{prefix}/book/")
    assert phone.locator("details.fold").bounding_box()["y"] <= 2600, "what a request needs comes first"
    phone.set_viewport_size({"width": 844, "height": 390})
    phone.goto(f"{prefix}/")
    assert phone.locator("main").bounding_box()["y"] <= 0.27 * 390, "held sideways it shows more than its head"


def lies_well(page: Page) -> None:
    page.evaluate("for (const fold of document.querySelectorAll('main details')) fold.open = true")
    found: dict[int | str, list[str]] = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = page.evaluate(f"() => {{ {SPILLS} {FAULTS} return faults }}")
    page.set_viewport_size(PHONE)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found["big text"] = page.evaluate(f"() => {{ {SPILLS} return faults }}")
    assert not any(found.values()), f"{page.url}: {found}"


def test_the_layout_is_right_with_all_folded_parts_open(browser: Browser, site: Site):
    with desktop(browser, site) as page:
        for path in PUBLIC:
            page.goto(path)
            lies_well(page)


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_the_layout_of_results_and_errors_is_right(browser: Browser, site: Site, prefix):
    with desktop(browser, site) as page:
        for data in ({"signs": "none"}, *LEVELS.values()):
            post(page, f"{prefix}/check/advice/", data)
            lies_well(page)
        for path in ("/check/", "/book/"):
            page.goto(f"{prefix}{path}")
            page.locator("main button.button-primary").click()
            page.locator("#errors").wait_for()
            lies_well(page)


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
    """What to do comes first, then when, the signs that are worse, and only then pills."""
    post(phone, f"{prefix}/check/advice/", LEVELS["home"])
    assert phone.evaluate(HEIGHT) <= 3600
    parts = [".steps", "a[download]", ".care-card", "#answers > h2"]
    places = [phone.locator(css).bounding_box()["y"] for css in parts]
    assert places == sorted(places)
    assert places[0] < PHONE["height"]
    sign = phone.get_by_text("cola" if prefix else "your pee is brown like cola")
    expect(sign).to_be_hidden()
    phone.locator(".care-card summary").click()
    expect(sign).to_be_visible()


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


@pytest.mark.parametrize(("width", "height", "is_fixed"), [(390, 844, True), (320, 180, False), (1280, 900, False)])
def test_an_emergency_has_one_call_911_that_never_takes_the_screen(browser, site, width, height, is_fixed):
    with desktop(browser, site, viewport={"width": width, "height": height}) as page:
        page.goto("/check/")
        page.get_by_label("I lose my balance").check()
        page.get_by_role("button", name="Continue").click()
        (button,) = page.locator("a[href='tel:911']:visible").all()
        page.evaluate("scrollTo(0, 600)")
        assert (button.bounding_box()["y"] == pytest.approx(height - 64, abs=8)) is is_fixed


def test_a_list_without_bullets_is_still_a_list(phone: Page):
    """VoiceOver announces no list in WebKit if `list-style` is none, but does if its marker is an empty text."""
    styles = "() => [...document.querySelectorAll('ul, ol')].map((each) => getComputedStyle(each).listStyleType)"
    phone.goto("/ease-the-pain/")
    found = phone.evaluate(styles)
    post(phone, "/check/advice/", LEVELS["home"])
    assert {*found, *phone.evaluate(styles)} == {'""', "disc"}


@pytest.mark.parametrize("path", ["/", "/how-we-decide/", "/medicines/"])
def test_folded_text_is_printed(browser: Browser, site: Site, path):
    """A closed details has no text of its own in a browser's PDF unless the style sheet opens it."""
    with desktop(browser, site) as page:
        page.goto(path)
        page.emulate_media(media="print")
        folded = page.locator(f"main details{NOT_ON_PAPER} > :not(summary)")
        hidden = "all => all.filter((each) => !each.checkVisibility()).map((each) => each.outerHTML)"
        assert folded.evaluate_all(hidden) == []
        assert folded.count() > 0
        colours = "all => [...new Set(all.map((each) => getComputedStyle(each).color))]"
        assert page.locator("main :is(h1, h2, h3, p, li)").evaluate_all(colours) == ["rgb(0, 0, 0)"]


@pytest.mark.parametrize("media", [{"forced_colors": "active"}, {"media": "print"}])
def test_what_is_checked_shows_in_forced_colours_and_on_paper(phone: Page, media):
    phone.emulate_media(**media)
    phone.goto("/book/")
    for name in ("for_whom", "consent"):
        phone.locator(f"[name={name}]").first.check()
    colours = (
        "[...document.querySelectorAll('.option :checked')].map((it) => getComputedStyle(it, '::before').borderColor)"
    )
    assert {*phone.evaluate(colours)} == {phone.evaluate("getComputedStyle(document.body).color")}
