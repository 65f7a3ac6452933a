"""What the screen reader Orca says on five pages, from its own log.

    apt-get install firefox-esr chromium chromium-driver orca at-spi2-core dbus openbox xvfb xdotool
    make run     # in another terminal
    xvfb-run -a -s "-screen 0 1300x1000x24" dbus-run-session -- .venv/bin/python -m tests.browser.orca Firefox

"Chromium" instead of "Firefox", or after it, writes what Orca says there.

It writes docs/screen-reader.md, in five minutes of a quiet machine. No test runs it: Orca does not say when it is done.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from itertools import groupby
from pathlib import Path

from tests.browser.webdriver import Reader, by_http, firefox, running
from tests.postgres import free_port

SITE = os.environ.get("SITE_URL", "http://127.0.0.1:8000")


@contextmanager
def chromium(folder: Path, *, seen_by: str) -> Iterator[Reader]:
    port = free_port()
    arguments = [seen_by, "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={folder}"]
    options = {"binary": shutil.which("chromium"), "args": arguments}
    with running("chromedriver", f"--port={port}"), by_http(port, {"goog:chromeOptions": options}) as reader:
        yield reader


BROWSERS = {"Firefox": (firefox, "--new-window"), "Chromium": (chromium, "--force-renderer-accessibility")}
QUIET = 4  # seconds without a line in Orca's log after which it has finished
SHOWN = 14  # of the speech when a page opens; Orca would read on to its end
SAID = re.compile(r"SPEECH OUTPUT: '(.*?)' ?(?:\{.*)?$", re.MULTILINE)
HEAD = """# What a screen reader says

Orca's own log, in the order of its words. Made by `tests/browser/orca.py`, which says how to make it again. "opens" is
what it says by itself, cut off where it reads on. The keys are pressed one after the other, when it was told not to.
"""


def open_step_1(reader: Reader) -> None:
    """Open step 1, and wait until Orca has begun to read it."""
    reader.open(f"{SITE}/check/")
    time.sleep(2 * QUIET)


def leave_step_1(reader: Reader) -> None:
    open_step_1(reader)
    reader.press("Continue")


def tell_a_sign(reader: Reader) -> None:
    open_step_1(reader)
    reader.tick("I lose my balance")
    reader.press("Continue")


# Each page, how to get there, and the keys to press there.
PAGES: list[tuple[str, Callable[[Reader], None], str]] = [
    ("Home", lambda reader: reader.open(f"{SITE}/"), "Tab Tab Tab"),
    ("Step 1", lambda reader: reader.open(f"{SITE}/check/"), "Tab Enter Tab Tab shift+Tab Enter"),
    ("Step 1, nothing checked", leave_step_1, "Tab Enter"),
    ("Emergency", tell_a_sign, "Tab"),
    ("Request form", lambda reader: reader.open(f"{SITE}/book/"), "Tab Enter Tab Tab Tab Tab Tab Tab Tab"),
]


class Log:
    def __init__(self, path: Path) -> None:
        self.path, self.place = path, 0

    def new_words(self, wait: int = 0) -> list[str]:
        """The speech since the last call, without repeated lines. Waits so many seconds for the first one."""
        start, size, words = time.monotonic(), -1, []
        while (now := self.path.stat().st_size) != size or (not words and time.monotonic() < start + wait):
            size = now
            time.sleep(QUIET)
            text = self.path.read_text(errors="replace")
            words = [said.strip() for said in SAID.findall(text[self.place :]) if said.strip()]
        self.place = len(text)
        return [said for said, _ in groupby(words)]


def rows(reader: Reader, log: Log, reads_on: bool) -> Iterator[tuple[str, str, list[str]]]:
    for page, come, keys in PAGES:
        log.new_words()
        come(reader)
        words = log.new_words(wait=30)
        loaded = max((n for n, said in enumerate(words) if said.startswith("Finished loading")), default=0)
        words = words[loaded : loaded + SHOWN]
        if reads_on:
            yield page, "opens", words
            continue
        for key in keys.split():
            subprocess.run(["xdotool", "key", key.replace("Enter", "Return")], check=True)
            words += log.new_words(wait=15)
        yield page, keys, words


@contextmanager
def orca(folder: Path, reads_on: bool) -> Iterator[Log]:
    settings = f"orca.settings.enableKeyEcho = False\norca.settings.sayAllOnLoad = {reads_on}\n"
    (folder / "orca-customizations.py").write_text(f"import orca.settings\n{settings}")
    path = folder / "orca.log"
    command = ["orca", "--debug-file", str(path), "--user-prefs", str(folder)]
    process = subprocess.Popen(command, stdout=sys.stderr)
    try:
        time.sleep(10)
        yield Log(path)
    finally:
        process.kill()  # SIGTERM would take minutes
        process.wait()


if __name__ == "__main__":
    # Without a voice: Orca would wait until each sentence is spoken.
    os.environ |= {"GNOME_ACCESSIBILITY": "1", "SPEECHD_ADDRESS": "unix_socket:/nonexistent"}
    with (
        Path("docs/screen-reader.md").open("w") as out,
        redirect_stdout(out),
        running("openbox"),  # without a window manager no window has the focus
    ):
        print(HEAD)
        for name in sys.argv[1:]:
            start, argument = BROWSERS[name]
            print(f"## {name}\n\n| Page | Key | Orca says |\n|---|---|---|")
            for reads_on in (True, False):
                with tempfile.TemporaryDirectory() as folder, orca(Path(folder), reads_on) as log:
                    (profile := Path(folder, "profile")).mkdir()
                    with start(profile, seen_by=argument) as reader:
                        for page, key, words in rows(reader, log, reads_on):
                            print(f"| {page} | {key} | {' · '.join(words)} |", flush=True)
            print()
