"""The site and its commands as separate processes, with a database that survives them."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend
from django.test import override_settings

from tests.once import ROOT
from tests.postgres import DATABASES
from tests.served import Served
from tests.servers.mail_server import MailServer
from triage.environment import Environment

# Debian has it in /usr/sbin, which is not in the PATH of users.
NGINX = shutil.which("openssl") and shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
PGBOUNCER = DATABASES[1:] and shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
collect_ignore = ["test_proxy.py", "test_release.py"] * (not NGINX) + ["test_pooler.py"] * (not PGBOUNCER)


@contextmanager
def on_database(url: str) -> Iterator[None]:
    """Use the site's database in this process."""
    known = connections["default"]
    config = connections.configure_settings({"default": Environment().database("", url)})["default"]
    if url.startswith("sqlite"):
        config["OPTIONS"] = known.settings_dict["OPTIONS"]
    connections["default"] = load_backend(config["ENGINE"]).DatabaseWrapper(config, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = known


def send_notices(site: Any) -> str:
    """Run `send_notices --once` for this site. Returns its output."""
    said = io.StringIO()
    mail = Environment().mail("", site.env["EMAIL_URL"]) | {"DESK_EMAIL": site.env["DESK_EMAIL"]}
    with on_database(site.database_url), override_settings(**mail):
        call_command("send_notices", "--once", stdout=said)
    return said.getvalue().strip()


class Site(Served):
    """A database, and the programs that use it."""

    def __init__(self, folder: Path, database_url: str, mail_url: str) -> None:
        mail = {"EMAIL_URL": mail_url, "EMAIL_TIMEOUT": "10"}
        mail |= {"DESK_EMAIL": "desk@example.org", "DEFAULT_FROM_EMAIL": "no-reply@example.org"}
        super().__init__(folder, database_url, **mail)
        self.running: list[subprocess.Popen[str]] = []

    def program(self, *arguments: str, stderr: int | None = None) -> subprocess.Popen[str]:
        """Start a command of manage.py in the background."""
        command = [sys.executable, "manage.py", *arguments]
        program = subprocess.Popen(command, cwd=ROOT, env=self.env, text=True, stdout=subprocess.PIPE, stderr=stderr)
        self.running.append(program)
        return program

    def make_due(self) -> None:
        """End all pauses and claims, as if hours had passed."""
        self.sql("UPDATE triage_notice SET next_try_at = created_at, claimed_until = created_at WHERE sent_at IS NULL")


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_url(postgres) -> str:
    """A database with all tables. Each test empties it."""
    return postgres.create("servers", has_tables=True)


@pytest.fixture(params=DATABASES)
def site(request, tmp_path, mail_server, django_db_blocker) -> Iterator[Site]:
    if request.param == "sqlite":
        made = Site(tmp_path, "", mail_server.url)
    else:
        made = Site(tmp_path, request.getfixturevalue("postgres_url"), mail_server.url)
        made.sql("TRUNCATE triage_bookingrequest, triage_auditevent CASCADE")
    with django_db_blocker.unblock():
        yield made
    for program in made.running:
        program.kill()
        program.communicate()
