"""The site as processes of their own, each with a database that survives them."""

import io
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend
from django.test import override_settings

from tests.once import sqlite_tables
from tests.postgres import DATABASES
from tests.servers.mail_server import MailServer
from triage.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
# Debian keeps it off other people's path.
NGINX = shutil.which("openssl") and shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
PGBOUNCER = DATABASES[1:] and shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
collect_ignore = ["test_proxy.py", "test_release.py"] * (not NGINX) + ["test_pooler.py"] * (not PGBOUNCER)


def wait_until(is_so: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


@contextmanager
def on_database(url: str) -> Iterator[None]:
    """The Django of this process works there, with the site's own settings: for what need be no program of its own."""
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
    """What a worker of this site says that sends and erases what is due, and ends."""
    said = io.StringIO()
    mail = Environment().mail("", site.env["EMAIL_URL"]) | {"DESK_EMAIL": site.env["DESK_EMAIL"]}
    with on_database(site.database_url), override_settings(**mail):
        call_command("send_notices", "--once", stdout=said)
    return said.getvalue().strip()


class Site:
    """One database, and the programs that work on it."""

    def __init__(self, folder: Path, database_url: str, mail_url: str) -> None:
        self.database_url = database_url
        self.running: list[subprocess.Popen[str]] = []
        self.env = dict(os.environ) | {
            "SITE_URL": "http://127.0.0.1:8000",
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "EMAIL_URL": mail_url,
            "EMAIL_TIMEOUT": "10",
            "DESK_EMAIL": "desk@example.org",
        }

    def start(self, *arguments: str, stderr: int | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", *arguments]
        program = subprocess.Popen(command, cwd=ROOT, env=self.env, text=True, stdout=subprocess.PIPE, stderr=stderr)
        self.running.append(program)
        return program

    def manage(self, *arguments: str) -> str:
        program = self.start(*arguments)
        out, _ = program.communicate(timeout=120)
        assert program.returncode == 0
        return out.strip()

    def sql(self, query: str) -> list[tuple]:
        """Straight from the database, past all that is tested here."""
        if self.database_url.startswith("postgres"):
            with psycopg.connect(self.database_url, autocommit=True) as database:
                cursor = database.execute(query)
                return cursor.fetchall() if cursor.description else []
        path = self.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as database:
            return database.execute(query).fetchall()

    def make_due(self) -> None:
        """As if hours had passed: all pauses are over, and all claims too."""
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
        shutil.copy(sqlite_tables(), tmp_path)
        made = Site(tmp_path, f"sqlite:///{tmp_path}/db.sqlite3", mail_server.url)
    else:
        made = Site(tmp_path, request.getfixturevalue("postgres_url"), mail_server.url)
        made.sql("TRUNCATE triage_bookingrequest, triage_auditevent CASCADE")
    with django_db_blocker.unblock():
        yield made
    for program in made.running:
        program.kill()
        program.communicate()
