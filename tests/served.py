"""The site as it runs on a server, and its visitors."""

import http.client
import os
import re
import secrets
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
import psycopg

from tests.once import ROOT, sqlite_tables, static_files
from tests.postgres import free_port
from tests.typed import PLAIN_REQUEST


def wait_until(is_so: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str
    seconds: float


@dataclass
class Visitor:
    """An HTTP client that keeps cookies. With `trust` it uses TLS; without, it sends a proxy's headers."""

    port: int
    address: str = "198.51.100.7"
    cookies: dict[str, str] = field(default_factory=dict)
    trust: ssl.SSLContext | None = None
    source: str = ""  # its source address, if that matters
    site: str = "https://localhost"  # the address in the browser

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Raises OSError or http.client.HTTPException if no whole answer comes."""
        known = {"Host": urlsplit(self.site).netloc, "X-Forwarded-Proto": "https", "X-Forwarded-For": self.address}
        if self.cookies:
            known["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        known |= {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        start = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        if self.trust:
            connection = http.client.HTTPSConnection("localhost", self.port, timeout=20, context=self.trust)
        connection.source_address = (self.source, 0) if self.source else None
        try:
            connection.request(method, path, body or None, known | headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")  # a compressed body is not text
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(answer.status, answer.headers, text, time.monotonic() - start)

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, fields: dict) -> Answer:
        body = urlencode(fields, doseq=True).encode()
        return self.ask("POST", path, body, Origin=self.site, Referer=f"{self.site}{path}")

    def open_form(self, path: str = "/book/") -> dict:
        """The hidden fields of the form at `path`."""
        page = self.get(path)
        assert page.status == 200
        found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        return {name: unescape(value) for name, value in found}

    def book(self, name: str, **typed: str) -> Answer:
        phone = f"(646) 555-{secrets.randbelow(10_000):04}"  # random, because of the limits
        return self.post("/book/", self.open_form() | PLAIN_REQUEST | {"name": name, "phone": phone} | typed)


def is_up(port: int, path: str = "/healthz") -> bool:
    try:
        return Visitor(port).get(path).status == 200
    except (OSError, http.client.HTTPException):
        return False


class Served:
    """The site with the settings of a server: its database, its commands, and gunicorn in a group of processes."""

    def __init__(self, folder: Path, database_url: str = "", **variables: str) -> None:
        self.folder, self.port, self.log = folder, free_port(), folder / "site.log"
        self.env = dict(os.environ) | {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "SITE_URL": "https://localhost",
            "TRUSTED_PROXIES": "1",
            "MINIMUM_FILL_SECONDS": "0",
            "DATA_DIR": str(folder),
            "STATIC_DIR": static_files(),
            "PORT": str(self.port),
        }
        self.env |= ({"DATABASE_URL": database_url} if database_url else {}) | variables
        if not database_url and "DATA_DIR" not in variables:  # the replica of another site shares its tables
            shutil.copy(sqlite_tables(), folder)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command, env = [sys.executable, "manage.py", *arguments], self.env | variables
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    def manage(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *arguments: str, **variables: str) -> str:
        """The output of a command that must fail, without a traceback."""
        done = self.run(*arguments, **variables)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        return done.stdout + done.stderr

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--config", "backspasm_site/gunicorn_conf.py"]
        with self.log.open("ab") as log:
            self.master = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self.answers)

    def answers(self) -> bool:
        return is_up(self.port)

    def workers(self) -> list[int]:
        return [worker.pid for worker in psutil.Process(self.master.pid).children()]

    def kill_all(self) -> None:
        """Kill all processes, as a power cut does. Also ends what a test has started, as a shutdown takes seconds."""
        with suppress(ProcessLookupError):
            os.killpg(self.master.pid, signal.SIGKILL)
        self.master.wait()

    def visitor(self, address: str = "198.51.100.7") -> Visitor:
        return Visitor(self.port, address, site=self.env["SITE_URL"])

    @property
    def database_url(self) -> str:
        return self.env.get("DATABASE_URL") or f"sqlite:///{self.env['DATA_DIR']}/db.sqlite3"

    def database(self) -> Any:
        """A connection of the test, without the site's code."""
        if self.database_url.startswith("postgres"):
            return psycopg.connect(self.database_url)
        return sqlite3.connect(self.database_url.removeprefix("sqlite:///"), timeout=10)

    def sql(self, query: str) -> list[tuple]:
        with closing(self.database()) as database:
            cursor = database.execute(query)
            rows = cursor.fetchall() if cursor.description else []
            database.commit()
        return rows

    def tables(self) -> dict[str, str]:
        """The content of each table, as text."""
        listed = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        if "DATABASE_URL" not in self.env:
            listed = "SELECT name FROM sqlite_master WHERE type = 'table'"
        rows = {name: self.sql(f'SELECT * FROM "{name}"') for (name,) in sorted(self.sql(listed))}  # noqa: S608 - names from the database itself
        # Sorted, as an UPDATE may move a row.
        return {name: repr(sorted(map(repr, found))) for name, found in rows.items()}

    def names(self) -> list[str]:
        """The names in all requests."""
        return [name for (name,) in self.sql("SELECT name FROM triage_bookingrequest")]
