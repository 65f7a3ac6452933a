"""The site for browser tests: gunicorn on a free port, with its own database."""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.find_chromium import launch
from tests.served import Served

PHONE_SIZE = {"width": 360, "height": 800}
DESKTOP_SIZE = {"width": 1280, "height": 900}
FLAWS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAWS_OF_COLOUR = ["color-contrast", "link-in-text-block"]  # axe's slowest rules, which only look at colours
NO_COLOUR = dict.fromkeys(FLAWS_OF_COLOUR, {"enabled": False})


class Site(Served):
    """staff_codes: recovery codes. Each works once for each account."""

    staff_password: str
    staff_codes: list[str]


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("data"), WEB_CONCURRENCY="1", TRUSTED_PROXIES="0")
    made.url = made.env["SITE_URL"] = f"http://127.0.0.1:{made.port}"
    said = made.manage("seed_demo")
    made.staff_password = re.search(r"password: +(\S+)", said)[1]
    made.staff_codes = re.findall(r"\b\d{8}\b", said)
    made.start()
    yield made
    made.kill_all()


@pytest.fixture(autouse=True)
def no_limit_is_near(site) -> None:
    """Delete the counted requests: all tests send from one address."""
    site.sql("DELETE FROM triage_ratelimithit")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = launch(playwright)
        yield launched
        launched.close()


def problems_of(context: BrowserContext) -> list[str]:
    """Collect the browser's errors: in scripts, CSP violations, failed requests, requests to other hosts."""
    problems: list[str] = []
    context.on("weberror", lambda error: problems.append(str(error.error)))
    context.on(
        "console",
        # Chromium logs a 4xx page as a failed load; the tests check its status themselves.
        lambda message: (
            problems.append(message.text) if message.type == "error" and "status of 4" not in message.text else None
        ),
    )
    context.on(
        "request",
        lambda request: (
            problems.append(f"foreign host: {request.url}")
            if not request.url.startswith(("http://127.0.0.1", "http://localhost", "data:", "tel:"))
            else None
        ),
    )
    return problems


with_and_without_scripts = pytest.mark.parametrize(
    "page", [True, False], ids=["scripts-on", "scripts-off"], indirect=True
)
without_scripts = pytest.mark.parametrize("page", [False], ids=["scripts-off"], indirect=True)


@pytest.fixture
def page(request, browser, site) -> Iterator[Page]:
    """A phone, with scripts unless a mark says otherwise."""
    with desktop(browser, site, viewport=PHONE_SIZE, java_script_enabled=getattr(request, "param", True)) as phone:
        yield phone


KEPT: dict[str, list[tuple[BrowserContext, list[str]]]] = defaultdict(list)  # by how they were made
SPENT: set[BrowserContext] = set()


@contextmanager
def desktop(browser: Browser, site: Site, storage_state: Any = None, **how: Any) -> Iterator[Page]:
    """A new page, of a desktop's size by default. The browser must report no error.

    It reuses a context without its cookies, as a new context takes longer than a new page.
    """
    how = {"base_url": site.url, "viewport": DESKTOP_SIZE} | how
    kept = KEPT[repr(how)]
    if not kept:
        context = browser.new_context(**how)
        context.set_default_timeout(10_000)
        kept.append((context, problems_of(context)))
    context, problems = kept.pop()
    problems.clear()
    context.clear_cookies()
    if storage_state:
        context.add_cookies(storage_state["cookies"])
    yield context.new_page()
    for each in context.pages:
        each.close()
    if context not in SPENT:
        kept.append((context, problems))
    assert not problems


def set_clock(screen: Page, **how: Any) -> None:
    """Install a clock that the test sets. The context is not used for another test."""
    screen.clock.install(**how)
    SPENT.add(screen.context)


def type_password(screen: Page, name: str, password: str) -> None:
    screen.get_by_label("Username").fill(name)
    screen.get_by_label("Password").fill(password)
    screen.get_by_role("button", name="Sign in").click()


def type_code(screen: Page, code: str) -> None:
    screen.get_by_label("Code").fill(code)
    screen.get_by_role("button", name="Go on").click()


def signed_in(browser: Browser, site: Site, name: str) -> Any:
    """The cookies of a session with both factors, shared by many tests."""
    with desktop(browser, site) as screen:
        screen.goto("/admin/")
        type_password(screen, name, site.staff_password)
        type_code(screen, site.staff_codes[0])
        screen.wait_for_url("/admin/")
        return screen.context.storage_state()


@pytest.fixture(scope="session")
def front_desk_cookies(browser, site) -> Any:
    return signed_in(browser, site, "demo-frontdesk")


@pytest.fixture(scope="session")
def manager_cookies(browser, site) -> Any:
    return signed_in(browser, site, "demo-manager")


@pytest.fixture
def desk(browser, site, front_desk_cookies) -> Iterator[Page]:
    """A receptionist's page, signed in. A sign-out ends the session of later tests, too."""
    with desktop(browser, site, storage_state=front_desk_cookies) as screen:
        yield screen


@pytest.fixture
def manager_desk(browser, site, manager_cookies) -> Iterator[Page]:
    """The same for a manager."""
    with desktop(browser, site, storage_state=manager_cookies) as screen:
        yield screen


# Replaces the document. Scripts do not run in the new one.
LAY = """async ([address, html]) => {
  history.replaceState(null, "", new URL(address).pathname);
  const page = new DOMParser().parseFromString(html, "text/html");
  document.replaceChild(document.adoptNode(page.documentElement), document.documentElement);
  const parts = [...document.querySelectorAll("link[rel=stylesheet], img:not([loading=lazy])")];
  const loading = parts.filter((part) => !part.sheet && !part.complete);
  await Promise.all(loading.map((part) => new Promise((done) => { part.onload = part.onerror = done; })));
  const still = document.createElement("style");
  still.textContent = "* { transition: none !important }"; // else axe sees a colour on its way
  document.head.append(still);
  window.seen ??= new Set();
}"""
# The texts and fields in view, to check their colours, without those like an earlier one: the same element type, with
# the same colours in it and in all its parents.
LOOK_AT_COLOURS = """(how) => {
  const known = new Map();
  const around = (part) => {
    if (!part) return "";
    if (!known.has(part)) {
      const { color, backgroundColor, backgroundImage, opacity, position } = getComputedStyle(part);
      known.set(part, [color, backgroundColor, backgroundImage, opacity, position, around(part.parentElement)].join());
    }
    return known.get(part);
  };
  const holdsText = (part) => [...part.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const texts = [...document.querySelectorAll("body *")]
    .filter((part) => part.checkVisibility() && (holdsText(part) || part.matches("a, input, select, textarea")));
  const unseen = texts.filter((part) => {
    const { fontSize, fontWeight, textDecorationLine, textShadow } = getComputedStyle(part);
    const look = [fontSize, fontWeight, textDecorationLine, textShadow, around(part)].join();
    return !seen.has(look) && seen.add(look);
  });
  return unseen.length ? axe.run({ include: unseen }, how) : { violations: [] };
}"""


@pytest.fixture(scope="session")
def look(browser, site):
    """look(page): run axe on the present page, phone and desktop, light and dark. Fails on any violation.

    The HTML is copied into a page with scripts, so that this works for answers to a POST and for pages without
    scripts. A page that differs from an earlier one only in numbers and tokens is skipped. SAVE_PAGES=folder
    saves each page, for other checkers.
    """
    context = browser.new_context()
    copy = context.new_page()
    copy.route("**/blank/", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    copy.goto(f"{site.url}/blank/")
    copy.evaluate(Axe().axe_script)
    looked_at: set[str] = set()

    def look_at(page: Page) -> None:
        if "scripts-off" in os.environ["PYTEST_CURRENT_TEST"]:
            return  # the run with scripts checks the same HTML
        page.wait_for_load_state()
        html = page.content()
        if folder := os.environ.get("SAVE_PAGES"):
            state = re.sub(r"\W+", "-", os.environ["PYTEST_CURRENT_TEST"].partition("::")[2].partition(" (")[0])
            Path(folder, f"{state}-{hashlib.sha256(html.encode()).hexdigest()[:6]}.html").write_text(html)
        shape = re.sub(r'value="[^"]{30,}"|\d+', "", html)
        if shape in looked_at:
            return
        copy.evaluate(LAY, [page.url, html])
        for size in (PHONE_SIZE, DESKTOP_SIZE):
            copy.set_viewport_size(size)
            assert copy.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{page.url} is cut off"
            for scheme, rules, way in (
                ("light", {"runOnly": FLAWS, "rules": NO_COLOUR}, "how => axe.run(how)"),
                ("light", {"runOnly": FLAWS_OF_COLOUR}, LOOK_AT_COLOURS),
                ("dark", {"runOnly": FLAWS_OF_COLOUR}, LOOK_AT_COLOURS),
            ):
                copy.emulate_media(color_scheme=scheme)
                # Only violations: to list what passed takes longer than the check. Stylesheets are loaded already.
                found = AxeResults(copy.evaluate(way, rules | {"resultTypes": ["violations"], "preload": False}))
                assert not found.violations_count, f"{page.url} {size['width']} {scheme}\n{found.generate_report()}"
        looked_at.add(shape)

    yield look_at
    context.close()
