"""`make` rebuilds an environment that is incomplete, broken or out of date, and sets the variables of the site.

A fake python3 builds the environment quickly, and logs its arguments.
"""

import os
import shutil
import subprocess
import time

import pytest
from django.conf import settings

PYTHON = """#!/bin/sh
case "$*" in
    *"import django"*) echo works ;;
    *"import ensurepip"*) test ! -e no-venv ;;
    *"import secrets"*) exec /usr/bin/env -i PATH=/usr/bin:/bin:/usr/local/bin python3 "$@" ;;
    "-m venv"*) sleep 0.2; rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo new >>log ;;
    *"install"*) test ! -e interrupt && echo "$*" | sed "s/.* //" >>log ;;
    "manage.py demo") echo "$SITE_URL $DATABASE_URL $DEBUG $EMAIL_URL $TRUSTED_PROXIES" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    shutil.copy(settings.BASE_DIR / "Makefile", tmp_path)
    for name in ("requirements.txt", "requirements-dev.txt", "log"):
        (tmp_path / name).touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").write_text(PYTHON)
    (tmp_path / "bin" / "python3").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin", prepend=":")
    return tmp_path


def start(checkout, *words: str) -> subprocess.Popen:
    return subprocess.Popen(["make", *words], cwd=checkout, stdout=-1, stderr=subprocess.STDOUT, text=True)


def make(checkout, *words: str) -> tuple[str, list[str]]:
    """Its output, and what it did to the environment."""
    (checkout / "log").write_text("")
    said, _ = start(checkout, *words).communicate(timeout=30)
    return said, (checkout / "log").read_text().split()


RUNTIME = ["new", "requirements.txt"]
ALL = [*RUNTIME, "requirements-dev.txt"]


def test_what_runs_the_site_is_built_once_and_what_tests_it_is_added(checkout):
    assert make(checkout, "run")[1] == RUNTIME
    assert make(checkout, "run")[1] == []
    assert make(checkout, "environment")[1] == ALL[2:]
    assert make(checkout, "environment")[1] == make(checkout, "run")[1] == []


HARMS = {
    "changed requirements": lambda checkout: os.utime(checkout / "requirements.txt", (time.time() + 9,) * 2),
    "no environment": lambda checkout: shutil.rmtree(checkout / ".venv"),
    "half a Python": lambda checkout: (checkout / ".venv/bin/python").write_text("half"),
    "another Python, which finds no packages": lambda checkout: (checkout / ".venv/bin/python").write_text("#!/bin/sh"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_broken_environment_is_rebuilt(checkout, harm):
    make(checkout, "environment")
    HARMS[harm](checkout)
    assert make(checkout, "environment")[1] == ALL


def test_an_interrupted_environment_is_rebuilt(checkout):
    make(checkout, "run")
    (checkout / "interrupt").touch()
    make(checkout, "environment")
    (checkout / "interrupt").unlink()
    assert make(checkout, "environment")[1] == ALL


@pytest.mark.skipif(not shutil.which("flock"), reason="needs flock, from util-linux")
def test_only_one_of_two_commands_builds(checkout):
    both = [start(checkout, "run"), start(checkout, "run")]
    assert all("http://" in command.communicate(timeout=30)[0] for command in both)
    assert (checkout / "log").read_text().split() == RUNTIME


def test_missing_programs_are_named_in_one_sentence(checkout):
    (checkout / "no-venv").touch()
    told = "Python cannot make environments here. On Debian or Ubuntu: apt-get install python3-venv\n"
    assert told in make(checkout, "run")[0]
    assert "Python 3.11 or newer is needed. On Debian or Ubuntu: apt-get install" in make(checkout, "run", "PYTHON=")[0]


def test_the_demonstration_site_has_a_database_of_its_own_and_prints_its_mail(checkout, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://clinic@db/real")
    monkeypatch.setenv("SITE_URL", "https://backs.example.org")
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.delenv("EMAIL_URL", raising=False)
    of_run = "http://127.0.0.1:8000 sqlite:///var/demo.sqlite3 false consolemail:// 0"
    assert of_run in make(checkout, "run")[0]
    monkeypatch.setenv("EMAIL_URL", "smtp://a$b'c:2525")
    monkeypatch.setenv("PORT", "8104")
    of_dev = "http://127.0.0.1:8104 sqlite:///var/demo.sqlite3 true smtp://a$b'c:2525 0"
    assert of_dev in make(checkout, "dev")[0]


def test_the_secret_is_long_private_and_never_overwritten(checkout):
    make(checkout, ".env")
    first = (checkout / ".env").read_text()
    assert (checkout / ".env").stat().st_mode & 0o777 == 0o600
    assert first.startswith("SECRET_KEY=")
    assert len(first) > 60
    make(checkout, "run")
    assert (checkout / ".env").read_text() == first
