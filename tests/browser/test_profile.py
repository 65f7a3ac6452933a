"""What a browser with a profile on disk has written there after it is closed."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import brotli
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Site
from tests.browser.find_chromium import NAMES, launch_by
from tests.browser.test_check import answer, plain_spasm, see_advice
from tests.browser.test_handout import open_handout
from tests.browser.test_language import switch
from tests.browser.test_request import fill_in, send

# What only pages with answers or typed words contain: in HTML, in a form's body, in the browser's files (UTF-16).
TYPED = ("Zqxrosa", "Zqxramp", "555-0163", "zqx@example.com")
ANSWERED = (b"We did not save your answers.", b"Tell us about your back", b"There is a problem")
ANSWERED += (b'value="97"', b"age=97")
# The browser's own files: to open closed pages again, and to fill in forms.
ITS_OWN = {"Sessions", "Web Data"}


@contextmanager
def profile(browser: Browser, site: Site, folder: Path) -> Iterator[Page]:
    """A page of a browser with the profile in `folder`, with the back/forward cache that Playwright switches off."""
    start = partial(browser.browser_type.launch_persistent_context, folder, base_url=site.url)
    context = launch_by(partial(start, ignore_default_args=["--disable-back-forward-cache"]), *NAMES)
    try:
        yield context.pages[0]
    finally:
        context.close()


def readings(file: Path) -> list[bytes]:
    """The content of a file, and the page in it if it is a compressed one of the HTTP cache.

    There it is between a header with the address and a trailer, which brotli could not read.
    """
    data = file.read_bytes()
    packed = data[24 + int.from_bytes(data[12:16], "little") :]
    found = [data]
    with suppress(zlib.error):
        found.append(zlib.decompressobj(31).decompress(packed))
    brotli_page, unpack = b"", brotli.Decompressor()
    with suppress(brotli.error):
        for byte in packed:
            brotli_page += unpack.process(bytes([byte]))
            if unpack.is_finished():
                found.append(brotli_page)
                break
    return found


def places_of(marks: list[bytes], folder: Path) -> set[str]:
    """The first folders or files of the profile's own folder that hold any of these."""
    own = folder / "Default"
    files = [file for file in own.rglob("*") if file.is_file()]
    return {
        file.relative_to(own).parts[0] for file in files for text in readings(file) for mark in marks if mark in text
    }


def test_pages_with_answers_or_typed_words_are_not_on_disk(browser, site, tmp_path):
    with profile(browser, site, tmp_path) as page:
        plain_spasm(page)
        page.get_by_label("How old are you?").fill("")
        see_advice(page)
        page.get_by_label("How old are you?").fill("97")
        switch(page, "Español")
        switch(page, "English")
        answer(page, "Where does the pain go?", "Down a leg, or pins and needles there that stay")
        see_advice(page)
        open_handout(page).close()
        page.get_by_role("button", name="Request a visit").click()
        fill_in(page, "Zqxrosa Diaz", phone="12")
        page.get_by_label("Anything we should know").fill("Zqxramp")
        page.get_by_label("Email address").fill("zqx@example.com")
        page.get_by_role("button", name="Send my request").click()
        switch(page, "Español")
        switch(page, "English")
        page.get_by_label("Phone number").fill("(212) 555-0163")
        send(page)
        page.goto("/check/")

    assert "Cache" in places_of([b"Have you had any of these since"], tmp_path), "the search finds what is there"
    typed = [text.encode(code) for text in TYPED for code in ("utf-8", "utf-16-le")]
    assert places_of([*typed, *ANSWERED], tmp_path) <= ITS_OWN
