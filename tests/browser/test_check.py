"""A patient checks symptoms on a phone, with a result of each level."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import with_and_without_scripts, without_scripts
from tests.journeys.test_check_symptoms import LEVELS

EMERGENCY = "Call 911 or go to the emergency room now"


def answer(page: Page, question: str, choice: str) -> None:
    """Check an answer. The name of a group is its question and its hint."""
    page.get_by_role("group", name=question).get_by_label(choice, exact=True).check()


def pass_step_1(page: Page) -> None:
    page.goto("/check/")
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Continue").click()


def plain_spasm(page: Page) -> None:
    pass_step_1(page)
    answer(page, "How long have you had this bout of pain?", "Less than 7 days")
    answer(page, "How did it start?", "All at once as I moved, bent, lifted or coughed. Also: I felt something pull.")
    answer(page, "Where does the pain go?", "Only where it began (back or neck)")
    answer(page, "Do any of these fit?", "None of these")
    page.get_by_label("How old are you?").fill("36")
    answer(page, "Are you pregnant?", "No, or does not apply")
    answer(page, "Do you have or take any of these?", "None of these")


def post(page: Page, path: str, data: dict[str, Any]) -> None:
    """Post answers like the forms of the check, from a small page of this site."""
    fields = parse_qsl(urlencode(data, doseq=True))
    page.goto("/healthz")
    with page.expect_navigation():
        page.evaluate(
            """([path, fields]) => {
                const form = Object.assign(document.createElement("form"), { method: "post", action: path });
                for (const [name, value] of fields)
                    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
                document.body.append(form);
                form.submit();
            }""",
            [path, fields],
        )


def see_advice(page: Page) -> None:
    page.get_by_role("button", name="See my advice").click()


def nothing_told(page: Page) -> None:
    """No answer in the address, the title, a cookie or the browser's storage, when the page has loaded."""
    page.wait_for_load_state()
    assert page.url.endswith("/check/advice/")
    assert page.title().startswith("Your advice")
    assert page.context.cookies() == []
    assert page.context.storage_state()["origins"] == []


def said_first(page: Page, order: str) -> None:
    """The heading has the focus, is in view, and has no focus ring."""
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(order)
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport(ratio=1)
    expect(heading).to_have_css("outline-style", "none")
    expect(heading).to_have_css("box-shadow", "none")


def starts_at_the_summary(page: Page) -> None:
    """The error summary has the focus."""
    summary = page.locator("#errors")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    # On the same element a screen reader would say it twice, or not at all.
    expect(summary.get_by_role("alert").get_by_role("heading", name="There is a problem")).to_be_visible()


def screens_down_to(button: Locator) -> float:
    """The distance from the top of the page to the end of the button, in screens."""
    return button.evaluate("button => (button.getBoundingClientRect().bottom + scrollY) / innerHeight")


def test_a_sign_gets_911_in_one_tap(page: Page, look):
    page.goto("/check/")
    alert = page.locator("[role=alert]")  # one, so that a second sign is not announced again
    expect(alert).to_be_hidden()

    sign = page.get_by_label(re.compile("I cannot hold my pee or poop"))
    sign.check()
    expect(alert.get_by_role("link", name="Call 911")).to_be_in_viewport(ratio=1)
    expect(sign).to_be_checked()
    page.get_by_role("button", name="Continue").click()

    said_first(page, EMERGENCY)
    expect(page.get_by_text("Do not drive yourself.")).to_be_visible()
    nothing_told(page)
    assert not page.locator("a[href*=book], [formaction*=book]").count()
    look(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").get_by_role("link", name="Call 911").first).to_be_focused()


@pytest.mark.parametrize(
    ("prefix", "width", "height"), [("", 320, 568), ("/es", 320, 568), ("/es", 640, 360)], ids=["en", "es", "lying"]
)
def test_the_alert_is_in_view_and_covers_nothing_that_has_the_focus(page: Page, prefix, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{prefix}/check/")
    page.locator("[name=signs]").first.check()
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    focused = page.locator(":focus")
    while focused.get_attribute("value") != "none":
        page.keyboard.press("Tab")
        assert focused.evaluate("""each => {
            const { x, y, width, height } = each.getBoundingClientRect()
            return each.contains(document.elementFromPoint(x + width / 2, y + height / 2))
        }"""), focused.get_attribute("value")


@pytest.mark.parametrize(("prefix", "signs_screens"), [("", 4.3), ("/es", 4.8)], ids=["en", "es"])
def test_the_check_is_short_on_a_phone(page: Page, prefix, signs_screens):
    """22 signs within 4.8 screens of a usual phone, all other questions within 5.5 (8 of a small one)."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{prefix}/check/")
    page.locator("[value=balance]").check()
    assert page.evaluate("document.documentElement.scrollWidth") == 320, "the alert scrolls sideways"
    page.locator("[value=balance]").uncheck()
    button = page.locator("main .button-primary")
    page.set_viewport_size({"width": 390, "height": 844})
    assert screens_down_to(button) <= signs_screens
    page.locator("[name=signs][value=none]").check()
    button.click()
    for width, height, screens in ((390, 844, 5.5), (360, 640, 8.0)):
        page.set_viewport_size({"width": width, "height": height})
        assert screens_down_to(button) <= screens
        heights = page.locator(".option").evaluate_all("all => all.map((row) => row.getBoundingClientRect().height)")
        assert len(heights) <= 44
        assert min(heights) >= 44


@without_scripts
def test_a_screen_reader_can_skip_to_none_of_these(page: Page):
    page.goto("/check/")
    question = "Have you had any of these since this back pain began?"
    page.get_by_role("link", name=f"{question} None of these? Skip the list").press("Enter")
    expect(page.get_by_role("checkbox", name="None of these")).to_be_focused()
    group = page.get_by_role("group", name="Have you had any of these")
    expect(group).to_have_accessible_name(re.compile("even if it came and went. Not sure about one"))
    row = group.get_by_role("checkbox", name="I lose my balance")
    expect(row).to_have_accessible_name(re.compile(r"miss their aim\. Not:"))
    # With a link in a group, a screen reader would not read the name of the group at the first field.
    expect(page.locator("fieldset a[href^='#']")).to_have_count(0)
    page.get_by_role("checkbox", name="None of these").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("link", name="Do any of these fit? None of these? Skip the list")).to_have_count(1)
    expect(page.locator("fieldset a[href^='#']")).to_have_count(0)


def test_home_care(page: Page, look):
    plain_spasm(page)
    look(page)
    see_advice(page)

    said_first(page, "You can care for this at home for now")
    expect(page.get_by_text("We did not save your answers.")).to_be_visible()
    with page.expect_download() as calendar:
        page.get_by_role("link", name="Put this day in my calendar").click()
    assert calendar.value.suggested_filename == "visit.ics"
    assert calendar.value.path().read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    nothing_told(page)
    look(page)


@pytest.mark.parametrize(
    ("level", "order"), [("doctor", "You should see a doctor soon"), ("urgent", "Get seen by a doctor today")]
)
def test_see_a_doctor(page: Page, look, level, order):
    post(page, "/check/advice/", LEVELS[level])

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
    answer(page, "Where does the pain go?", "To my belly. Not: period cramps, the same as each month.")
    see_advice(page)

    starts_at_the_summary(page)
    expect(page.get_by_label("To my belly")).to_be_checked()
    look(page)
    page.get_by_role("link", name="Choose how long you have had this pain").click()
    expect(page.get_by_label("Less than 7 days")).to_be_focused()


@with_and_without_scripts
def test_the_list_of_pain_pills_fills_in_and_its_ticks_go_along(page: Page, look):
    plain_spasm(page)
    see_advice(page)
    expect(page.get_by_text("You may try one of these")).to_have_count(0)
    page.get_by_text("Which pain pill is safe for me?").click()
    sore_stomach = page.get_by_label(re.compile("An ulcer or stomach bleed"))
    sore_stomach.check()
    page.get_by_role("button", name="Show my list").click()

    heading = page.get_by_role("heading", name="Pain medicine and you")
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport()
    expect(page.get_by_role("listitem").filter(has_text="acetaminophen (Tylenol): eases pain")).to_be_visible()
    expect(sore_stomach).to_be_checked()
    nothing_told(page)
    page.get_by_text("Which pain pill is safe for me?").click()
    look(page)

    page.get_by_label("Liver disease, or 3 or more alcoholic drinks a day").check()
    page.get_by_role("button", name="Change my answers").click()
    see_advice(page)
    expect(sore_stomach).to_be_checked()
    expect(page.get_by_label("Liver disease, or 3 or more alcoholic drinks a day")).to_be_checked()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Print this advice").click()
    expect(opened.value.get_by_text("You may try one of these")).to_be_visible()
