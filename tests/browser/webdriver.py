"""Firefox and WebKit as Debian has them, driven by the commands of W3C WebDriver.

Playwright drives only its own builds of Firefox and WebKit, and Selenium needs geckodriver, which Debian does not have.
Firefox takes the same commands over Marionette, which is WebDriver without HTTP.
"""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import Any

from tests.postgres import free_port

# The programs that each needs, and Debian's packages of them.
NEEDS = {
    "firefox": (["firefox-esr"], "firefox-esr"),
    "webkit": (["WebKitWebDriver", "xvfb-run"], "webkit2gtk-driver xvfb"),
}
LACKING = {name: packages for name, (programs, packages) in NEEDS.items() if not all(map(shutil.which, programs))}
FOUND = [name for name in NEEDS if name not in LACKING]
# The HTTP path of each command, by its name in Marionette.
ADDRESSES = {
    "Navigate": "url",
    "ExecuteScript": "execute/sync",
    "ElementClick": "element/{id}/click",
    "ElementClear": "element/{id}/clear",
    "ElementSendKeys": "element/{id}/value",
    "SetWindowRect": "window/rect",
    "TakeScreenshot": "screenshot",
}
NARROW_WINDOW = "* { min-width: 0; margin: 0; border: 0; padding: 0; font-size: 1px; -gtk-icon-transform: scale(0.1) }"
FIND = """
const found = document.evaluate(arguments[0], document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE)
for (let n = 0; n < found.snapshotLength; n++)
  if (found.snapshotItem(n).checkVisibility()) return found.snapshotItem(n)
"""
ENTER = "\ue007"
Send = Callable[..., Any]  # takes a command's name and parameters, returns its value


class Reader:
    """A browser under WebDriver. Scripts of the test also run if those of pages are switched off."""

    def __init__(self, send: Send, resize: Callable[[int], None]) -> None:
        self.send, self._resize = send, resize

    def open(self, url: str) -> None:
        self.send("Navigate", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.send("ExecuteScript", script=script, args=arguments)

    def find(self, path: str) -> str:
        """The WebDriver id of the first element in view at this XPath."""
        found = wait_for(lambda: self.run(FIND, path), path)
        (element_id,) = found.values()
        return element_id

    def press(self, words: str) -> None:
        path = f'//*[self::a or self::button or self::summary][starts-with(normalize-space(), "{words}")]'
        self.send("ElementClick", id=self.find(path))

    def tick(self, label: str, question: str = "") -> None:
        within = f'//fieldset[contains(legend, "{question}")]' if question else ""
        self.send("ElementClick", id=self.find(f'{within}//label[starts-with(normalize-space(), "{label}")]'))

    def fill(self, label: str, text: str) -> None:
        field = self.find(f'//*[@id = //label[starts-with(normalize-space(), "{label}")]/@for]')
        self.send("ElementClear", id=field)
        self.send("ElementSendKeys", id=field, text=text)

    def resize(self, width: int) -> None:
        """Make the page `width` CSS pixels wide."""
        self._resize(width)
        wait_for(lambda: self.run("return innerWidth") == width, f"{width} pixels")

    def save_picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.send("TakeScreenshot")))


def wait_for(ask: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + 60
    while not (found := ask()):
        assert time.monotonic() < end, f"not there: {what}"
        time.sleep(0.05)
    return found


@contextmanager
def running(*command: str, **env: str) -> Iterator[None]:
    process = subprocess.Popen(
        command, env=os.environ | env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def connect(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=60)
    except ConnectionRefusedError:
        return None


@contextmanager
def firefox(folder: Path, *, seen_by: str = "--headless") -> Iterator[Reader]:
    port = free_port()
    settings = {"marionette.port": port, "browser.startup.page": 0}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items())
    (folder / "user.js").write_text("".join(lines))
    command = ["firefox-esr", "--marionette", "--remote-allow-system-access", "--profile", str(folder)]
    with (
        running(*command, seen_by),
        wait_for(lambda: connect(port), "Firefox") as connection,
        connection.makefile("rwb") as stream,
    ):

        def read() -> Any:
            length = b""
            while (byte := stream.read(1)) != b":":
                length += byte
            return json.loads(stream.read(int(length)))

        def send(name: str, **takes: Any) -> Any:
            message = json.dumps([0, 1, name if ":" in name else f"WebDriver:{name}", takes])
            stream.write(f"{len(message)}:{message}".encode())
            stream.flush()
            _, _, error, answer = read()
            assert not error, error
            return answer.get("value")

        def resize(width: int) -> None:
            """A window of Firefox cannot be as narrow as a phone, but a page in it can."""
            send("Marionette:SetContext", value="chrome")
            style = f"flex: none; width: {width}px; height: 900px"
            send("ExecuteScript", script="gBrowser.selectedBrowser.style.cssText = arguments[0]", args=[style])
            send("Marionette:SetContext", value="content")

        read()  # its greeting
        send("NewSession")
        yield Reader(send, resize)


@contextmanager
def by_http(port: int, capabilities: dict[str, Any]) -> Iterator[Reader]:
    """A session of a driver that listens on this port."""

    def ask(method: str, path: str, **takes: Any) -> Any:
        data = json.dumps(takes).encode() if method == "POST" else None
        request = urllib.request.Request(f"http://127.0.0.1:{port}/session{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own address
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def send(name: str, **takes: Any) -> Any:
        path = ADDRESSES[name].format(id=takes.get("id"))
        return ask("POST" if name != "TakeScreenshot" else "GET", f"/{session}/{path}", **takes)

    def resize(width: int) -> None:
        send("SetWindowRect", width=width, height=900)

    wait_for(lambda: connect(port), "the driver").close()
    session = ask("POST", "", capabilities={"alwaysMatch": capabilities})["sessionId"]
    try:
        yield Reader(send, resize)
    finally:
        ask("DELETE", f"/{session}")


@contextmanager
def webkit(folder: Path) -> Iterator[Reader]:
    port = free_port()
    style = folder / "gtk-3.0" / "gtk.css"
    style.parent.mkdir()
    style.write_text(NARROW_WINDOW)  # otherwise the buttons of its window keep it wider than a phone
    command = ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24", "WebKitWebDriver", "-p", str(port)]
    (program,) = glob("/usr/lib/*/webkit2gtk-4.1/MiniBrowser")
    options = {"binary": program, "args": ["--automation"]}
    with running(*command, XDG_CONFIG_HOME=str(folder)), by_http(port, {"webkitgtk:browserOptions": options}) as reader:
        yield reader


START = {"firefox": firefox, "webkit": webkit}
