"""Whoever changes the design looks at every part of the patients' pages in every state, and so does axe."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import desktop, serving
from tests.postgres import free_port
from triage.operations.patterns import ALONE


@pytest.fixture(scope="module")
def developing(site) -> Iterator:
    """The same site as `make dev` serves it."""
    port = free_port()
    env = site.env | {"DEBUG": "true", "SITE_URL": f"http://127.0.0.1:{port}"}
    with serving("manage.py", "runserver", "--noreload", str(port), env=env):
        yield replace(site, url=env["SITE_URL"])


@pytest.fixture
def screen(browser, developing) -> Iterator[Page]:
    with desktop(browser, developing) as page:
        page.goto("/patterns/")
        yield page


def test_patterns_are_free_of_flaws(screen: Page, look):
    """Those on the first page, and the states that no journey looks at."""
    expect(screen.get_by_role("button", name="Start 15-minute timer")).to_be_visible()
    look(screen)
    for name in ("question-checked", "form-in-error"):
        screen.goto(f"/patterns/{name}/")
        look(screen)


def test_no_pattern_scrolls_sideways_on_a_phone(screen: Page):
    screen.set_viewport_size({"width": 320, "height": 800})
    for path in ("", *(f"{name}/" for name in ALONE)):
        screen.goto(f"/patterns/{path}?lang=es")
        assert screen.evaluate("document.documentElement.scrollWidth") <= 320, path
