"""Finds a Chromium that really starts, or gets one, or says what to do. Nothing is skipped in silence.

The tests call `ready_chromium()`. `make test` runs this file first, so that a missing browser is
known before the other tests have run: python -m tests.browser.find_chromium
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from backspasm_site.local import BASE_DIR, one_at_a_time

HERE = BASE_DIR / "var" / "browser"  # what is fetched without root, and which browser was found last time
FOUND = HERE / "found"
PLAYWRIGHTS_OWN = "playwright"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
WHAT_HELPS = """The browser tests need Chromium, and none could be found or fetched. One of these helps:
  sudo apt-get install chromium                                      (Debian)
  sudo .venv/bin/python -m playwright install --with-deps chromium   (Ubuntu and others)
  CHROMIUM=/path/to/chrome make test                                 (one that you have)"""

# To be there is not enough: a browser may be a stub, lack a library, or be too old for Playwright.
TRIAL = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=None if sys.argv[1] == "playwright" else sys.argv[1])
    assert browser.new_page().evaluate("6 * 7") == 42
    browser.close()
"""


class NoBrowser(Exception):
    """No Chromium to be had. The text says why and what to do."""


def ready_chromium() -> str | None:
    """The executable to launch, or None for Playwright's own. Raises NoBrowser."""
    with one_at_a_time(HERE / "lock"):
        try:
            make_driver_start()
            found = named_by_hand() or first_that_starts(here_already()) or first_that_starts(fetched())
        except subprocess.CalledProcessError as error:
            raise NoBrowser(f"{error}\n{WHAT_HELPS}") from error
        if not found:
            raise NoBrowser(WHAT_HELPS)
        FOUND.write_text(found)
    return None if found == PLAYWRIGHTS_OWN else found


def named_by_hand() -> str | None:
    """The browser in $CHROMIUM. If it does not start, no other one silently takes its place."""
    named = os.environ.get("CHROMIUM")
    if named and not starts(named):
        raise NoBrowser(f"CHROMIUM={named} does not start. Name another one, or leave CHROMIUM unset.")
    return named


def here_already() -> Iterator[str]:
    """Browsers on this machine, the one of last time first."""
    last_time = [FOUND.read_text()] if FOUND.exists() else []
    installed = filter(None, map(shutil.which, (*NAMES, *MAC_APPS, str(HERE / "chromium" / "start"))))
    yield from dict.fromkeys((*last_time, *installed, PLAYWRIGHTS_OWN))


def fetched() -> Iterator[str]:
    """Browsers from elsewhere, fetched one after the other until one starts."""
    say("no browser here that starts; fetching Playwright's (about 100 MB, once)")
    try:
        playwright = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
        if subprocess.run(playwright, stdout=sys.stderr, timeout=300, check=False).returncode == 0:
            yield PLAYWRIGHTS_OWN
    except subprocess.TimeoutExpired:
        say("that took more than 5 minutes")
    if not is_debian():
        return
    if os.geteuid() == 0:
        install("chromium", "fonts-dejavu-core")
        yield "/usr/bin/chromium"
    else:
        yield unpack_chromium()


def first_that_starts(executables: Iterator[str]) -> str | None:
    return next(filter(starts, executables), None)


def starts(executable: str) -> bool:
    trial = [sys.executable, "-c", TRIAL, executable]
    try:
        result = subprocess.run(trial, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        say(f"{executable} did not start within a minute")
        return False
    if result.returncode:
        lines = result.stderr.splitlines()
        reasons = [line for line in lines if "[err]" in line] or [line for line in lines if "Error: " in line]
        say(f"{executable} does not start: {reasons[0] if reasons else lines[-1:]}")
    return result.returncode == 0


# --- Playwright's driver ---------------------------------------------------------------------
def make_driver_start() -> None:
    """Playwright talks to browsers through a Node of its own, which needs a library that a bare Debian lacks."""
    start = HERE / "node" / "start"
    if start.exists():
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(start))
    driver = subprocess.run(
        [sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True, check=False
    )
    if driver.returncode == 0:
        return
    say(f"Playwright's driver does not start: {driver.stderr.strip()[-200:]}")
    if not is_debian():
        raise NoBrowser("Playwright's driver does not start, see above. Install what it lacks and run this again.")
    if os.geteuid() == 0:
        install("libatomic1")
    else:
        import playwright

        libraries = unpack(start.parent, "libatomic1")
        node = Path(playwright.__file__).parent / "driver" / "node"
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = write_starter(start, node, LD_LIBRARY_PATH=libraries)


# --- Debian ----------------------------------------------------------------------------------
def is_debian() -> bool:
    release = Path("/etc/os-release")
    return bool(shutil.which("apt-get")) and release.exists() and "ID=debian" in release.read_text().splitlines()


def install(*packages: str) -> None:
    say(f"installing {' '.join(packages)} with apt-get")
    apt = ["apt-get", "-qq", "-o", "APT::Install-Recommends=false"]
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*apt, "update"], stdout=sys.stderr, check=True)
    subprocess.run([*apt, "-y", "install", *packages], stdout=sys.stderr, env=env, check=True)


def unpack(folder: Path, *packages: str) -> str:
    """Fetches packages with all they need, as apt would, but unpacks them into `folder`: no root needed.

    Returns the folders of their libraries, as LD_LIBRARY_PATH wants them.
    """
    say(f"unpacking {' '.join(packages)} into {folder.relative_to(BASE_DIR)}, for apt-get needs root here")
    shutil.rmtree(folder, ignore_errors=True)
    root, apt_dir = folder / "root", folder / "apt"
    for needed in (root, apt_dir / "lists" / "partial", apt_dir / "archives" / "partial"):
        needed.mkdir(parents=True)
    options = {
        "Dir::State::Lists": apt_dir / "lists",
        "Dir::Cache": apt_dir,
        "Dir::Log": apt_dir,
        "Debug::NoLocking": "true",  # the system's own locks belong to root
        "APT::Sandbox::User": "",
        "APT::Install-Recommends": "false",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]
    subprocess.run([*apt, "update"], stdout=sys.stderr, check=True)
    subprocess.run([*apt, "-y", "--download-only", "install", *packages], stdout=sys.stderr, check=True)
    for package in (apt_dir / "archives").glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
    shutil.rmtree(apt_dir)
    return ":".join(sorted({str(library.parent) for library in root.rglob("*.so*")}, key=len))


def unpack_chromium() -> str:
    start = HERE / "chromium" / "start"
    libraries = unpack(start.parent, "chromium", "fonts-dejavu-core")
    root, fonts = start.parent / "root", start.parent / "fonts.conf"
    fonts.write_text(
        f"<fontconfig><dir>{root}/usr/share/fonts</dir><cachedir>{start.parent}/fonts</cachedir></fontconfig>"
    )
    return write_starter(
        start, root / "usr/lib/chromium/chromium", LD_LIBRARY_PATH=libraries, FONTCONFIG_FILE=str(fonts)
    )


def write_starter(start: Path, program: Path, **variables: str) -> str:
    """A script that starts `program` with these variables. It comes last, so it tells that all before it worked."""
    exports = "".join(f"export {name}='{value}'\n" for name, value in variables.items())
    start.write_text(f"#!/bin/sh\n{exports}exec '{program}' \"$@\"\n")
    start.chmod(0o755)
    return str(start)


def say(words: str) -> None:
    print(f"browser: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        print(f"browser: {ready_chromium() or PLAYWRIGHTS_OWN}")
    except NoBrowser as error:
        sys.exit(str(error))
