"""The main journeys and the layout in Firefox and WebKit.

With scripts. Chromium has the same pages without them, and few pages load one (test_budgets.py).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.test_looks import FAULTS, SPILLS, WIDTHS
from tests.browser.webdriver import ENTER, FOUND, START, Reader, wait_for


@pytest.fixture(scope="module", params=FOUND)
def reader(request, tmp_path_factory) -> Iterator[Reader]:
    with START[request.param](tmp_path_factory.mktemp(request.param)) as reader:
        reader.resize(390)
        yield reader


def is_said(reader: Reader, order: str) -> None:
    """The advice is the first heading, and has the focus."""
    words = "return [document.querySelector('h1')?.innerText, document.activeElement?.innerText]"
    wait_for(lambda: reader.run(words) == [order, order], order)


def looks_right(reader: Reader) -> None:
    for width in WIDTHS[1:]:  # as wide as their windows get
        reader.resize(width)
        if folder := os.environ.get("SAVE_PICTURES"):
            test = os.environ["PYTEST_CURRENT_TEST"].rpartition("::")[2].partition(" (")[0].replace("/", "-")
            reader.save_picture(Path(folder, f"{test}-{width}.png"))
        assert reader.run(f"{SPILLS} {FAULTS} return faults") == [], f"{width}"


def test_a_sign_leads_to_911_in_one_go(reader: Reader, site):
    reader.open(f"{site.url}/check/")
    reader.tick("I wet or soiled myself")
    looks_right(reader)
    reader.press("Continue")
    is_said(reader, "Call 911 or go to the emergency room now")
    looks_right(reader)


def test_two_steps_lead_to_home_care_in_either_language(reader: Reader, site):
    # Given a spasm as most have it,
    reader.open(f"{site.url}/check/")
    reader.tick("None of these")
    reader.press("Continue")
    reader.tick("Less than 7 days")
    reader.tick("All at once as I moved")
    reader.tick("Only where it began")
    reader.tick("None of these", "Do any of these fit?")
    reader.fill("How old are you?", "36")
    # when the language is switched in between,
    reader.press("Español")
    reader.tick("No, o no es mi caso", "¿Está embarazada?")
    reader.tick("Ninguna de estas", "¿Tiene o toma algo de esto?")
    looks_right(reader)
    # then the advice is the same in both.
    reader.press("Ver qué debo hacer")
    is_said(reader, "Por ahora puede cuidarse en casa")
    looks_right(reader)
    reader.press("English")
    is_said(reader, "You can care for this at home for now")


def test_a_request_goes_out_after_a_slip(reader: Reader, site):
    # Given a request whose phone number is too short,
    reader.open(f"{site.url}/book/")
    ways = "return [...document.querySelectorAll('.language')].map((way) => way.checkVisibility())"
    assert reader.run(ways) == [True, False], "the link"
    reader.tick("Me")
    assert reader.run(ways) == [False, True], "the button, which keeps what is answered"
    reader.fill("Full name", "Rosa Díaz")
    reader.tick("Call me")
    reader.tick("You may contact me about this request")
    reader.fill("Phone number", f"212 555{ENTER}")
    # when what is wrong was said and is put right,
    reader.find('//h2[. = "There is a problem"]')
    wait_for(lambda: reader.run("return document.activeElement.id") == "errors", "the focus on the errors")
    looks_right(reader)
    reader.press("Enter a phone number with 10 digits")
    wait_for(lambda: reader.run("return location.hash") == "#id_phone", "a jump to the field")
    reader.fill("Phone number", "(212) 555-0187")
    reader.press("Send my request")
    # then it is sent, with all that was right before.
    reader.find('//h1[contains(., "We got your request")]')
    looks_right(reader)


def test_the_menu_of_a_page_opens(reader: Reader, site):
    reader.open(f"{site.url}/medicines/")
    reader.press("Menu")
    looks_right(reader)
    reader.press("Ease the pain")
    reader.find('//h1[. = "Ease the pain at home"]')
    looks_right(reader)


def test_the_layout_is_right_with_all_folded_parts_open(reader: Reader, site):
    for path in ("", "es/", "exercise/", "es/medicines/", "handout/", "es/when-to-get-help/", "locations/", "es/book/"):
        reader.open(f"{site.url}/{path}")
        reader.run("for (const fold of document.querySelectorAll('main details')) fold.open = true")
        looks_right(reader)
