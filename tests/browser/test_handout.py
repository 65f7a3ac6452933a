"""A patient prints a handout, blank from the guide or filled in from a result. It fits on one sheet of paper."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import without_scripts
from tests.browser.test_check import plain_spasm, post, see_advice
from tests.house.test_budgets import FULLEST as LONG_ADVICE
from tests.journeys.test_handout import LEVELS

# Of all answers that lead to a doctor, those with the longest handout: reasons, people to call first, medicines.
FULLEST = {
    "signs": ["none"],
    "duration": ["months_3_up"],
    "start": ["everyday"],
    "spread": ["leg_or_tingling", "elsewhere"],
    "notice": ["weight_or_lump"],
    "age": ["15"],
    "pregnancy": ["weeks_20_up"],
    "health": ["steroid_pills", "weak_bones_or_hump", "cancer_past", "diabetes"],
    "medicine": ["liver_or_drinks", "other_prescription", "pills_10_days", "ulcer_kidney_heart"],
}
# The same for handouts in the larger print.
FULLEST_IN_LARGER_PRINT = FULLEST | {
    "duration": ["days_0_6"],
    "spread": ["elsewhere"],
    "notice": ["none"],
    "age": ["30"],
    "pregnancy": ["no"],
    "health": ["cancer_past", "weak_bones_or_hump"],
    "medicine": ["ulcer_kidney_heart"],
}
URGENT_AND_EMERGENCY = {level: LEVELS[level] for level in ("urgent", "emergency")}
HANDOUTS = URGENT_AND_EMERGENCY | {"fullest": FULLEST, "larger print": FULLEST_IN_LARGER_PRINT}
RESULTS = URGENT_AND_EMERGENCY | {"long": LONG_ADVICE, "fullest": FULLEST}
# What Letter paper leaves between margins of 0.4 inch, in CSS pixels of 1/96 inch.
PAPER = {"width": 739, "height": 979}
LEAST_TYPE_POINTS = 8.5
LEAST_NOTES_INCHES = 0.9
in_both_languages = pytest.mark.parametrize("prefix", ["", "/es"], ids=["en", "es"])

READ_THE_PAPER = """() => {
    const found = { tooSmall: [], coloured: [], cutOff: [] };
    for (const element of document.querySelectorAll("main, main *")) {
        if (!element.checkVisibility() || element.closest(".visually-hidden")) continue;
        const style = getComputedStyle(element);
        const words = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
        const colours = [style.backgroundColor, ...(words.length ? [style.color] : [])];
        if (words.length && parseFloat(style.fontSize) * 0.75 < LEAST) found.tooSmall.push(element.outerHTML);
        if (!colours.every((colour) => ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"].includes(colour)))
            found.coloured.push(element.outerHTML);
        const { right, bottom } = element.getBoundingClientRect();
        const hides = style.overflow !== "visible" && element.scrollHeight > element.clientHeight;
        if (hides || right > innerWidth) found.cutOff.push(element.outerHTML);
    }
    return found;
}""".replace("LEAST", str(LEAST_TYPE_POINTS))


def open_handout(page: Page) -> Page:
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Print this advice").click()
    opened.value.wait_for_load_state()
    return opened.value


def sheets(page: Page) -> int:
    """The number of printed Letter pages."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="Letter")))


def is_clean_on_paper(page: Page) -> None:
    """Black on white, nothing cut off, no small type."""
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(READ_THE_PAPER) == {"tooSmall": [], "coloured": [], "cutOff": []}


def fits_one_sheet(page: Page) -> None:
    assert sheets(page) == 1
    is_clean_on_paper(page)
    notes = page.locator(".notes").bounding_box()
    assert notes and notes["height"] >= LEAST_NOTES_INCHES * 96
    for around in ("banner", "complementary", "contentinfo", "button"):
        expect(page.get_by_role(around)).to_have_count(0)


# --- On paper --------------------------------------------------------------------------------
@in_both_languages
def test_the_blank_one_fits_one_sheet(page: Page, prefix):
    page.goto(f"{prefix}/handout/")
    fits_one_sheet(page)


@in_both_languages
@pytest.mark.parametrize("data", HANDOUTS.values(), ids=HANDOUTS)
def test_a_filled_in_one_fits_one_sheet(page: Page, prefix, data):
    post(page, f"{prefix}/check/handout/", data)
    expect(page.get_by_text("We did not save your answers." if not prefix else "No guardamos")).to_be_visible()
    fits_one_sheet(page)


@in_both_languages
@pytest.mark.parametrize("data", RESULTS.values(), ids=RESULTS)
def test_a_result_fits_two_sheets(page: Page, prefix, data):
    post(page, f"{prefix}/check/advice/", data | {"step": "2"})
    assert sheets(page) <= 2
    is_clean_on_paper(page)


def test_the_paper_checks_find_faults(page: Page):
    page.goto("/handout/")
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    style = "(element, style) => Object.assign(element.style, style)"
    page.locator("h1").evaluate(style, {"color": "red", "fontSize": "8pt"})
    page.locator(".care-card").evaluate(style, {"height": "20px", "overflow": "hidden"})
    found = page.evaluate(READ_THE_PAPER)
    assert [len(elements) for elements in found.values()] == [1, 1, 1], found
    page.locator(".notes").evaluate(style, {"height": "9in"})
    assert sheets(page) == 2


# --- Links to it -----------------------------------------------------------------------------
def test_the_blank_one_is_found_in_the_guide(page: Page, look):
    page.goto("/ease-the-pain/")
    page.get_by_role("link", name="Print a handout").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Back spasm handout")
    expect(page.get_by_text("On blank to blank, off until blank")).to_have_count(3)
    look(page)


def test_a_result_is_printed_in_a_tab_of_its_own(page: Page, look):
    # Given a result,
    plain_spasm(page)
    see_advice(page)
    # when it is printed,
    handout = open_handout(page)
    # then the handout says the same, keeps the answers private, and its Spanish link leads to the blank handout.
    expect(handout.get_by_role("heading", level=1)).to_have_text("You can care for this at home for now")
    expect(handout.get_by_text(re.compile(r"On \d+:\d[05] [AP]M to \d+:\d[05] [AP]M, off until"))).to_have_count(3)
    assert handout.url.endswith("/check/handout/")
    assert handout.title().startswith("Back spasm handout")
    assert handout.context.cookies() == []
    look(handout)
    handout.get_by_role("button", name="Español").click()
    expect(handout.get_by_role("heading", level=1)).to_have_text("Por ahora puede cuidarse en casa")
    expect(page.get_by_role("heading", level=1)).to_have_text("You can care for this at home for now")


@pytest.mark.parametrize("level", ["doctor", "emergency"])
def test_the_other_levels_on_the_screen(page: Page, look, level):
    post(page, "/check/handout/", LEVELS[level])
    look(page)


def test_a_button_prints(page: Page):
    page.goto("/handout/")
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="Print", exact=True).click()
    assert page.evaluate("window.printed")


@without_scripts
def test_no_button_where_it_would_do_nothing(page: Page):
    page.goto("/handout/")
    expect(page.get_by_role("button")).to_have_count(0)
