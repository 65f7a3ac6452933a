"""The main journeys and the looks in Firefox and WebKit beside Chromium, with and without scripts."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.webdriver import FOUND, START, Reader, wait_for

WIDTHS = (1280, 844, 390, 320)  # a phone that is turned upright must not stay as wide as it was
# What is wrong with how a page lies in a window.
FAULTS = """
const faults = []
const name = (each) => `<${each.localName} class="${each.className}"> ${each.textContent.trim().slice(0, 40)}`
const shown = [...document.body.querySelectorAll("*")].filter((each) => each.checkVisibility())
const { clientWidth, scrollWidth } = document.documentElement
if (scrollWidth > clientWidth) faults.push("scrolls sideways")
for (const each of shown) {
  const style = getComputedStyle(each)
  if (each.closest(".visually-hidden, .skip-link, svg")) continue
  if (style.overflowX !== "visible" && each.scrollWidth > each.clientWidth + 1) faults.push(`cut: ${name(each)}`)
  if (each.getBoundingClientRect().right > clientWidth + 1) faults.push(`off the screen: ${name(each)}`)
}
for (const picture of document.querySelectorAll(".picture-tile > .picture:first-child")) {
  const gap = picture.getBoundingClientRect().top - picture.parentElement.getBoundingClientRect().top
  if (gap > 18) faults.push(`${gap} empty pixels above the picture of ${name(picture.parentElement)}`)
}
for (const box of document.querySelectorAll(".option input")) {
  const { appearance, borderTopWidth } = getComputedStyle(box)
  const { width, height } = box.getBoundingClientRect()
  const drawn = [appearance, borderTopWidth, width, height].join()
  if (box.checkVisibility() && drawn !== "none,2px,28,28") faults.push(`box ${drawn}: ${name(box.parentElement)}`)
}
return faults
"""


@pytest.fixture(scope="module", params=itertools.product(FOUND, [True, False]), ids="{0[0]}-scripts-{0[1]}".format)
def reader(request, tmp_path_factory) -> Iterator[Reader]:
    name, with_scripts = request.param
    with START[name](tmp_path_factory.mktemp(name), with_scripts) as reader:
        reader.resize(390)
        yield reader


def is_said(reader: Reader, order: str) -> None:
    """The order is the first heading, and has the focus."""
    words = "return [document.querySelector('h1')?.innerText, document.activeElement.innerText]"
    wait_for(lambda: reader.run(words) == [order, order], order)


def looks_right(reader: Reader) -> None:
    for width in WIDTHS:
        reader.resize(width)
        if folder := os.environ.get("SAVE_PICTURES"):
            test = os.environ["PYTEST_CURRENT_TEST"].rpartition("::")[2].partition(" (")[0].replace("/", "-")
            reader.save_picture(Path(folder, f"{test}-{width}.png"))
        assert reader.run(FAULTS) == [], f"{width}"


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


def test_a_request_goes_out_after_a_slip(reader: Reader, request, site):
    # Given a request whose phone number is too short,
    reader.open(f"{site.url}/book/")
    reader.tick("Me")
    reader.fill("Full name", "Rosa Díaz")
    reader.fill("Phone number", "212 555")
    reader.tick("Call me")
    reader.tick("You may contact me about this request")
    reader.press("Send my request")
    # when what is wrong was said and is put right,
    reader.find('//h2[. = "There is a problem"]')
    if "scripts-True" in request.node.name:
        assert reader.run("return document.activeElement.id") == "errors"
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


def test_pages_lie_well_with_all_open_that_folds(reader: Reader, site):
    for path in ("", "es/", "exercise/", "es/medicines/", "handout/", "es/when-to-get-help/", "locations/", "es/book/"):
        reader.open(f"{site.url}/{path}")
        reader.run("for (const fold of document.querySelectorAll('main details')) fold.open = true")
        looks_right(reader)
