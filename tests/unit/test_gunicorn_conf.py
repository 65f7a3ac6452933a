"""gunicorn's configuration: trusted proxies, log lines, and errors at the start."""

import os
import runpy
import subprocess
import sys

import pytest
from django.conf import settings as site

from triage.environment import Environment

BASE_DIR = site.BASE_DIR
CONF = BASE_DIR / "backspasm_site" / "gunicorn_conf.py"
GUNICORN = [sys.executable, "-m", "gunicorn", "--config", str(CONF)]


@pytest.mark.parametrize(("proxies", "believed"), [(0, ""), (1, "*")])
def test_a_forwarded_scheme_is_believed_behind_a_proxy_only_and_a_path_never(settings, monkeypatch, proxies, believed):
    monkeypatch.setenv("DATABASE_SECONDS", "3")  # so that what the file sets is reset as well
    settings.TRUSTED_PROXIES = proxies
    conf = runpy.run_path(str(CONF))
    assert conf["forwarded_allow_ips"] == believed
    assert conf["forwarder_headers"] == ""


@pytest.mark.parametrize(
    ("address", "bind"),
    [("", "127.0.0.1:9"), ("0.0.0.0", "0.0.0.0:9"), ("::", "[::]:9"), ("[::1]", "[::1]:9")],  # noqa: S104
)
def test_it_listens_where_it_is_told_by_ipv6_too(monkeypatch, address, bind):
    for name, value in {"DATABASE_SECONDS": "3", "BIND_ADDRESS": address, "PORT": "9"}.items():
        monkeypatch.setenv(name, value)
    assert runpy.run_path(str(CONF))["bind"] == bind


def test_the_env_file_says_where_it_listens_and_how_long_it_waits(monkeypatch):
    said = {"PORT": "9", "WEB_CONCURRENCY": "7", "DATABASE_SECONDS": "5"}
    for name in said:
        monkeypatch.setenv(name, "1")
        monkeypatch.delenv(name)
    monkeypatch.setattr(Environment, "read_file", lambda env, file: file.name == ".env" and env.ENVIRON.update(said))
    conf = runpy.run_path(str(CONF))
    assert (conf["bind"], conf["workers"], os.environ["DATABASE_SECONDS"]) == ("127.0.0.1:9", 7, "5")


def test_a_wrong_setting_ends_the_start_with_one_sentence():
    env = os.environ | {"SITE_URL": "http://backs.example.org"}
    result = subprocess.run(GUNICORN, env=env, cwd=BASE_DIR, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("Settings: SITE_URL is 'http://backs.example.org'")
    assert result.stderr.count("\n") == 1
