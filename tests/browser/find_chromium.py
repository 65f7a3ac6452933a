"""Starts a Chromium for the tests: the one named in $CHROMIUM, Playwright's own, or the system's.

`make test` runs this first. It downloads Playwright's if there is none, or says what to install.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

# Without the window of a browser: half the CPU.
SHELL = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge", SHELL)
WHAT_HELPS = """The browser tests need Chromium. One of these helps:
  sudo apt-get install chromium-headless-shell chromium libatomic1   (Debian)
  sudo .venv/bin/python -m playwright install --with-deps chromium   (Ubuntu and others)
  CHROMIUM=/path/to/chrome make test                                 (one that you have)"""


def launch(playwright: Playwright) -> Browser:
    """The first one that starts. Raises Error if none does, or if the one in $CHROMIUM does not."""
    launched: Browser = launch_by(playwright.chromium.launch, SHELL, *NAMES)
    return launched


def launch_by(start: Callable[..., Any], *names: str) -> Any:
    """The same, of these programs or Playwright's own, started by one of the functions of playwright.chromium."""
    named = os.environ.get("CHROMIUM")
    paths = [named] if named else [None, *filter(None, map(shutil.which, names))]
    for path in paths:
        try:
            return start(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        except Error as error:
            problem = error
    raise problem


def starts() -> bool:
    try:
        with sync_playwright() as playwright:
            launch(playwright).close()
    except Exception as error:  # noqa: BLE001 - Playwright's driver fails in several ways
        print(error, file=sys.stderr)
        return False
    return True


if __name__ == "__main__" and not starts():
    fetch = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    if os.environ.get("CHROMIUM") or subprocess.run(fetch, check=False).returncode or not starts():
        sys.exit(WHAT_HELPS)
