"""`make run` as a person meets it: the site and the worker start together and end together."""

import http.client
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest

from tests.postgres import free_port
from tests.servers.conftest import ROOT, wait_until
from tests.typed import PLAIN_REQUEST


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200  # noqa: S310 - our own address
    except OSError:
        return False


def asked_by_another_name(port: int, path: str) -> tuple[int, bool]:
    """The status, and whether Django's page for developers came: as a site that gives its name our address asks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Host": "evil.example"})
    answer = connection.getresponse()
    page = answer.read()
    connection.close()
    return answer.status, b"DATABASES" in page or b"DJANGO_SETTINGS_MODULE" in page


def request_a_visit(url: str) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    form = browser.open(f"{url}/book/").read().decode()
    given = PLAIN_REQUEST | {"email": "rosa@example.com", "reach_by": "email"}
    given |= dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    assert b"We got your request" in browser.open(f"{url}/book/", urllib.parse.urlencode(given).encode()).read()


@pytest.mark.parametrize("debug", ["false", "true"], ids=["run", "dev"])
def test_mail_is_printed_beside_the_site_and_ctrl_c_ends_both(tmp_path, debug):
    port = free_port()
    mine = {"SITE_URL": f"http://127.0.0.1:{port}", "DATA_DIR": str(tmp_path), "DEBUG": debug, "PORT": str(port)}
    site = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env=os.environ | mine | {"DESK_EMAIL": "desk@example.com", "MINIMUM_FILL_SECONDS": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a terminal of its own, as it were
        # As a script starts what it puts in the background: the harder case.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        wait_until(lambda: site.poll() is not None or answers(f"http://127.0.0.1:{port}/healthz"), 90)
        for path in ("/", "/healthz", "/nowhere", "/static/css/site.css"):
            assert asked_by_another_name(port, path) == (400, False)
        request_a_visit(f"http://127.0.0.1:{port}")
        said = ""
        while "To: rosa@example.com" not in said:
            said += (line := site.stdout.readline())
            assert line, said
        assert "Mail to staff and patients is printed here." in said
        assert "To: desk@example.com" in said
        os.killpg(site.pid, signal.SIGINT)
        site.communicate(timeout=30)  # to the end: whoever still ran would hold the pipe open
    finally:
        if site.poll() is None:
            os.killpg(site.pid, signal.SIGKILL)
            site.communicate()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
