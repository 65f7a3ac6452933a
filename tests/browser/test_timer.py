"""A patient uses the timer for heat or ice, on a phone that may sleep. Without scripts the page states the times."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import set_clock, without_scripts

TWO_O_CLOCK = "2026-11-23T14:00:00"


@pytest.fixture
def timer(page: Page) -> Locator:
    page.add_init_script("""
        navigator.vibrate = () => { window.vibrated = (window.vibrated || 0) + 1 };
        const locks = new Set();
        const request = async () => {
            const lock = { release: async () => locks.delete(lock) };
            locks.add(lock);
            return lock;
        };
        Object.defineProperty(window, "awake", { get: () => locks.size });
        window.returnFromAnotherApp = () => { locks.clear(); document.dispatchEvent(new Event("visibilitychange")); };
        Object.defineProperty(navigator, "wakeLock", { value: { request } });
    """)
    set_clock(page, time=TWO_O_CLOCK)
    page.goto("/ease-the-pain/")
    return page.get_by_role("region", name="Heat and ice timer")


def press(timer: Locator, name: str) -> None:
    timer.get_by_role("button", name=name).click()


def shown(timer: Locator) -> str:
    return " ".join(timer.get_by_role("timer").inner_text().split())


def said(timer: Locator) -> str:
    return " ".join(timer.get_by_role("status").inner_text().split())


def buttons(timer: Locator) -> list[str]:
    return timer.get_by_role("button").all_inner_texts()


@without_scripts
def test_without_scripts_there_is_only_the_text(page: Page):
    page.goto("/ease-the-pain/")
    expect(page.get_by_text("15 to 20 minutes on. 1 hour off.")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("timer")).to_have_count(0)


def test_a_round_of_heat_and_its_break(page: Page, timer: Locator, look):
    assert buttons(timer) == ["Start 15-minute timer"]
    assert (timer.get_by_role("button").bounding_box() or {})["height"] >= 56

    press(timer, "Start 15-minute timer")
    until = "Take the heat or ice off at 2:15 PM. This timer makes no sound: set an alarm, too."
    assert shown(timer) == f"15 minutes left {until}"
    assert said(timer) == f"Timer started. {until}"
    assert page.evaluate("awake") == 1
    assert page.evaluate("returnFromAnotherApp(), awake") == 1
    assert buttons(timer) == ["Add 5 minutes", "Stop"]
    look(page)

    page.clock.run_for("05:00")
    assert shown(timer).startswith("10 minutes left")
    assert said(timer).startswith("Timer started."), "it speaks at start, 5 minutes left and end only"
    page.clock.run_for("05:00")
    assert said(timer) == "5 minutes left"
    page.clock.run_for("04:30")
    assert shown(timer).startswith("1 minute left")
    assert said(timer) == "5 minutes left"
    assert not page.evaluate("window.vibrated")

    page.clock.run_for("00:31")
    assert said(timer) == "Time is up. Take the heat or ice off. Then take a 1-hour break."
    expect(timer.get_by_role("timer")).to_be_hidden()
    expect(timer.get_by_role("status")).to_be_visible()
    assert page.evaluate("window.vibrated") == 1
    assert page.evaluate("awake") == 0
    assert buttons(timer) == ["Start 1-hour break", "Start again"]
    look(page)

    press(timer, "Start 1-hour break")
    assert re.fullmatch(r"60 minutes left Your break ends at 3:15 PM\.", shown(timer))
    assert buttons(timer) == ["Stop"]
    assert page.evaluate("returnFromAnotherApp(), awake") == 0, "an hour of light for nothing"
    page.clock.fast_forward("01:00:01")
    assert said(timer) == "Your break is over. You can use heat or ice again."
    assert buttons(timer) == ["Start 15-minute timer"]
    assert page.context.cookies() == []
    assert page.context.storage_state()["origins"] == []


def test_a_phone_that_slept_says_that_time_is_up(page: Page, timer: Locator):
    press(timer, "Start 15-minute timer")
    page.clock.fast_forward("40:00")
    assert said(timer).startswith("Time is up.")


def test_five_minutes_more_once(page: Page, timer: Locator):
    press(timer, "Start 15-minute timer")
    page.clock.run_for("12:00")
    assert said(timer) == "5 minutes left"
    press(timer, "Add 5 minutes")
    assert shown(timer).startswith("8 minutes left Take the heat or ice off at 2:20 PM.")
    assert buttons(timer) == ["Stop"], "never more than 20 minutes"
    page.clock.run_for("08:01")
    assert said(timer).startswith("Time is up.")


def test_stop(page: Page, timer: Locator):
    press(timer, "Start 15-minute timer")
    press(timer, "Stop")
    assert buttons(timer) == ["Start 15-minute timer"]
    assert (said(timer), page.evaluate("awake")) == ("", 0)
    page.clock.run_for("20:00")
    assert said(timer) == "", "a stopped timer rings"


def test_the_focus_moves_when_its_button_is_hidden(page: Page, timer: Locator):
    start, add, stop = "Start 15-minute timer", "Add 5 minutes", "Stop"
    for key, focused in ((start, add), (add, stop), (stop, start)):
        timer.get_by_role("button", name=key).press("Enter")
        expect(timer.get_by_role("button", name=focused)).to_be_focused()
