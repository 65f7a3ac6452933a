"""How the server is set: whom it trusts, what it logs, and that it says what is wrong."""

import os
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from backspasm_site.environment import SettingsError
from backspasm_site.local import BASE_DIR

CONF = BASE_DIR / "backspasm_site" / "gunicorn_conf.py"
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", str(CONF)]


@pytest.fixture
def load(monkeypatch):
    """The settings gunicorn gets, with these variables in the environment."""

    def load_with(**variables):
        for name in ("PORT", "BIND_ADDRESS", "WEB_CONCURRENCY", "THREADS", "TRUSTED_PROXIES"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(CONF))

    return load_with


def test_listens_to_this_machine_alone_unless_told(load):
    assert load()["bind"] == "127.0.0.1:8000"
    assert load(BIND_ADDRESS="0.0.0.0", PORT="8080")["bind"] == "0.0.0.0:8080"  # noqa: S104


def test_trusts_no_forwarded_header_without_a_proxy(load):
    conf = load()
    assert conf["forwarded_allow_ips"] == ""
    assert conf["forwarder_headers"] == ""
    assert conf["control_socket_disable"] is True


def test_a_proxy_may_say_that_it_was_https_but_not_which_path(load):
    conf = load(TRUSTED_PROXIES="1")
    assert conf["forwarded_allow_ips"] == "*"
    assert conf["forwarder_headers"] == ""


def test_a_worker_leaves_ctrl_c_to_the_master(load):
    before = signal.getsignal(signal.SIGINT)
    try:
        load()["post_worker_init"](worker=None)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY", "THREADS"])
@pytest.mark.parametrize("text", ["0", "-1", "many"])
def test_a_senseless_number_is_said(load, name, text):
    with pytest.raises(SettingsError, match=f"{name} must be a whole number above 0, not '{text}'"):
        load(**{name: text})


def test_a_wrong_setting_ends_the_start_with_one_sentence():
    env = os.environ | {"SITE_URL": "http://backs.example.org"}
    result = subprocess.run(GUNICORN, env=env, cwd=BASE_DIR, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("Settings: SITE_URL is 'http://backs.example.org'")
    assert result.stderr.count("\n") == 1


def test_a_request_is_one_log_line_without_its_query():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {"PORT": str(port), "BIND_ADDRESS": "", "WEB_CONCURRENCY": "1", "DEBUG": "true"}
    server = subprocess.Popen(
        GUNICORN, env=env, cwd=BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/nowhere%0Aforged?sign=numb-leg", timeout=10)
    finally:
        server.send_signal(signal.SIGTERM)
        log, _ = server.communicate(timeout=20)
    assert server.returncode == 0
    lines = [line for line in log.splitlines() if "nowhere" in line and " GET " in line]
    assert len(lines) == 1
    assert " GET /nowhere%0Aforged 404 " in lines[0]
    assert "127.0.0.1" not in lines[0]
    assert "numb-leg" not in log


def wait_for(url):
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=10).close()  # noqa: S310 - our own address
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {url}")
