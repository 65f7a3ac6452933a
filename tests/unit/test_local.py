"""The environment heals, the port is asked for first, and the local secret stays as it is."""

import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from backspasm_site import local
from backspasm_site.local import LocalError


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "requirements-dev.txt").write_text("Django==5.2 --hash=sha256:00\n")
    return tmp_path


@pytest.fixture
def builds(monkeypatch):
    """Counts builds; a build only makes the folder and a Python that tells its version."""
    counted = []

    def build(venv, requirements):
        counted.append(requirements.read_text())
        (venv / "bin").mkdir(parents=True, exist_ok=True)
        (venv / "bin" / "python").unlink(missing_ok=True)
        (venv / "bin" / "python").symlink_to(sys.executable)

    monkeypatch.setattr(local, "build_environment", build)
    return counted


def test_builds_once_and_then_leaves_it_alone(checkout, builds):
    assert local.ensure_environment(checkout) == checkout / ".venv" / "bin" / "python"
    local.ensure_environment(checkout)
    assert len(builds) == 1


def test_builds_again_when_the_requirements_change(checkout, builds):
    local.ensure_environment(checkout)
    (checkout / "requirements-dev.txt").write_text("Django==5.2.1 --hash=sha256:11\n")
    local.ensure_environment(checkout)
    assert len(builds) == 2


def test_builds_again_after_an_interruption(checkout, builds, monkeypatch):
    whole_build = local.build_environment

    def interrupted_build(venv, requirements):
        whole_build(venv, requirements)
        raise KeyboardInterrupt

    monkeypatch.setattr(local, "build_environment", interrupted_build)
    with pytest.raises(KeyboardInterrupt):
        local.ensure_environment(checkout)
    monkeypatch.setattr(local, "build_environment", whole_build)
    local.ensure_environment(checkout)
    assert len(builds) == 2


def test_builds_again_when_its_python_went_away(checkout, builds):
    python = local.ensure_environment(checkout)
    python.unlink()
    python.symlink_to("/no/python/here")
    local.ensure_environment(checkout)
    assert len(builds) == 2


def test_another_python_needs_another_environment(checkout):
    requirements = checkout / "requirements-dev.txt"
    stamps = {local.stamp_path(checkout, requirements, version) for version in ("3.11", "3.13", "")}
    assert len(stamps) == 3


def test_of_two_at_once_one_builds_and_the_other_waits(checkout, builds, monkeypatch):
    whole_build = local.build_environment

    def slow_build(venv, requirements):
        time.sleep(0.2)
        whole_build(venv, requirements)

    monkeypatch.setattr(local, "build_environment", slow_build)
    both = [threading.Thread(target=local.ensure_environment, args=[checkout]) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(builds) == 1


def test_a_real_environment_replaces_a_broken_one(checkout):
    (checkout / "requirements-dev.txt").write_text("# nothing, so that no network is needed\n")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").write_text("half a file")
    (checkout / ".venv" / "left-over").touch()
    python = local.ensure_environment(checkout)
    assert local.python_version(python) == ".".join(map(str, sys.version_info[:2]))
    assert not (checkout / ".venv" / "left-over").exists()


def test_says_what_to_install_when_python_has_no_venv(checkout, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(LocalError, match="apt-get install python3-venv"):
        local.ensure_environment(checkout)


def test_a_command_that_fails_is_named():
    with pytest.raises(LocalError, match="see above: false"):
        local.run("false")


def test_runs_before_anything_is_installed():
    no_packages = [sys.executable, "-S", "-m", "backspasm_site.local"]
    result = subprocess.run(no_packages, cwd=local.BASE_DIR, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (
        1,
        "Choose one of: environment, run, dev, manage. `make help` says more.\n",
    )


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "8000 ", "http", "８０００x"])
def test_a_senseless_port_is_said(text):
    with pytest.raises(LocalError, match="PORT must be a number from 1 to 65535"):
        local.read_port(text)


def test_a_sensible_port():
    assert local.read_port("8104") == 8104


def test_a_taken_port_is_said_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalError) as error:
            local.ensure_port_is_free(port)
    assert str(error.value) == f"Port {port} is taken. Stop what uses it, or choose another: PORT=8001"
    local.ensure_port_is_free(port)


def test_the_secret_is_long_private_and_never_written_over(tmp_path):
    (tmp_path / "var").mkdir()
    local.ensure_secret(tmp_path)
    env_file = tmp_path / ".env"
    first = env_file.read_text()
    assert env_file.stat().st_mode & 0o777 == 0o600
    name, _, value = first.strip().partition("=")
    assert name == "SECRET_KEY"
    assert len(value) >= 50
    local.ensure_secret(tmp_path)
    assert env_file.read_text() == first


def test_made_up_requests_never_land_in_the_real_database(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://clinic@db/real")
    monkeypatch.setenv("SITE_URL", "https://backs.example.org")
    env = local.demonstration_environment(tmp_path, 8104, debug=False)
    assert env["DATABASE_URL"] == f"sqlite:///{tmp_path}/var/demo.sqlite3"
    assert env["SITE_URL"] == "http://127.0.0.1:8104"
    assert env["DEBUG"] == "false"


@pytest.mark.parametrize("debug", [True, False])
def test_the_words_are_compiled_before_manage_py_is_asked(tmp_path, monkeypatch, debug):
    """manage.py refuses to work with half a language, and a fresh clone holds no compiled words."""
    commands = []
    (tmp_path / "var").mkdir()
    monkeypatch.setattr(local, "ensure_environment", lambda base_dir: base_dir / "python")
    monkeypatch.setattr(local, "ensure_port_is_free", lambda port: None)
    monkeypatch.setattr(local, "run", lambda *command, env=None: commands.append(command[1:]))
    monkeypatch.setattr(local, "start_beside", lambda *command, env=None: commands.append(command[1:]))
    monkeypatch.setattr(local, "become", lambda *command, env=None: sys.exit(0))
    with pytest.raises(SystemExit):
        local.serve(tmp_path, debug=debug)
    assert commands[0] == local.COMPILE
    assert ("manage.py", "migrate", "--verbosity=0") in commands
    # The worker comes last: it needs the tables.
    assert commands[-1] == ("manage.py", "send_notices", "--beside", str(os.getpid()))


def test_mail_about_made_up_requests_is_printed_unless_the_command_names_a_server(tmp_path, monkeypatch):
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert local.demonstration_environment(tmp_path, 8104, debug=False)["EMAIL_URL"] == "consolemail://"
    monkeypatch.setenv("EMAIL_URL", "smtp://127.0.0.1:2525")
    assert local.demonstration_environment(tmp_path, 8104, debug=False)["EMAIL_URL"] == "smtp://127.0.0.1:2525"
