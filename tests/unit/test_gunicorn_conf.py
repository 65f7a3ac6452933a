"""How the server is set: whom it trusts, what it logs, and that it says what is wrong."""

import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from django.conf import settings as site

from tests.browser.conftest import wait_until_it_answers
from tests.postgres import free_port
from triage.environment import SettingsError

BASE_DIR = site.BASE_DIR
CONF = BASE_DIR / "backspasm_site" / "gunicorn_conf.py"
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", str(CONF)]


@pytest.fixture
def load(monkeypatch):
    """The settings gunicorn gets, with these variables in the environment."""

    def load_with(**variables):
        for name in ("PORT", "BIND_ADDRESS", "WEB_CONCURRENCY", "DATABASE_SECONDS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(CONF))

    return load_with


@pytest.mark.parametrize(("proxies", "believed"), [(0, ""), (1, "*")])
def test_a_forwarded_scheme_is_believed_behind_a_proxy_only_and_a_path_never(load, settings, proxies, believed):
    settings.TRUSTED_PROXIES = proxies
    conf = load()
    assert conf["forwarded_allow_ips"] == believed
    assert conf["forwarder_headers"] == ""


@pytest.mark.parametrize(("name", "text"), [("PORT", "many"), ("WEB_CONCURRENCY", "0")])
def test_a_senseless_number_is_said(load, name, text):
    with pytest.raises(SettingsError, match=f"{name} must be a whole number from 1 to"):
        load(**{name: text})


def test_a_wrong_setting_ends_the_start_with_one_sentence():
    env = os.environ | {"SITE_URL": "http://backs.example.org"}
    result = subprocess.run(GUNICORN, env=env, cwd=BASE_DIR, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("Settings: SITE_URL is 'http://backs.example.org'")
    assert result.stderr.count("\n") == 1


@pytest.fixture
def served_log():
    """Serves for the length of a test. Gives the address, and after the end the log's lines."""
    port = free_port()
    env = os.environ | {"PORT": str(port), "BIND_ADDRESS": "", "WEB_CONCURRENCY": "1", "DEBUG": "true"}
    server = subprocess.Popen(
        GUNICORN, env=env, cwd=BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )

    def log() -> str:
        server.send_signal(signal.SIGTERM)
        return server.communicate(timeout=20)[0]

    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/healthz", server)
        yield port, log
    finally:
        server.kill()
        server.wait()


@pytest.mark.slow
def test_a_request_is_one_line_of_json_that_tells_nothing_of_who_and_what(served_log):
    port, log = served_log
    for path in ("/nowhere%0Aforged?sign=numb-leg", "/check/?sign=numb-leg"):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"X-Request-ID": "a-strangers-id"})  # noqa: S310 - this machine
        try:
            answer = urllib.request.urlopen(request, timeout=10)  # noqa: S310 - this machine
        except urllib.error.HTTPError as error:
            answer = error
        number = answer.headers["X-Request-ID"]
        assert re.fullmatch("[0-9a-f]{32}", number)
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.sendall(b"GET /?numb-leg HTTP/9.9\r\n\r\n")
        stranger.recv(1000)
    text = log()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line for line in lines if line["message"] == "Invalid request"]
    unknown, check = [line for line in lines if line["message"] == "request" and line.get("route") != "healthz"]
    assert set(check) == {"time", "level", "logger", "message", "request_id", "route", "method", "status", "ms"}
    assert (check["route"], check["method"], check["status"]) == ("checker:check", "GET", 200)
    assert check["request_id"] == number
    assert (unknown["route"], unknown["status"]) == ("unknown", 404)
    for secret in ("numb-leg", "forged", "a-strangers-id", "ip="):
        assert secret not in text
    assert "127.0.0.1" not in f"{unknown} {check}"
