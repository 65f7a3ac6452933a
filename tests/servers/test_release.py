"""Upgrades as in docs/deployment.md, with the commands of the systemd units, behind the shipped proxy, under load.

Only pip and systemctl are replaced, which need the network or systemd. A changed page shows after three seconds instead
of five minutes.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.once import ROOT, sqlite_tables
from tests.postgres import free_port
from tests.served import Visitor, wait_until
from tests.servers.test_proxy import EMERGENCY, Proxy

PROMISED = 1 + 1 + 1  # seconds: in memory, in the proxy, and its rounding to whole seconds
COMMIT = "git add --all && git -c user.name=Clinic -c user.email=clinic@example.org commit --quiet --message release"
NEXT = "the next release"
PAGES = ("/", "/es/medicines/", "/check/", "/when-to-get-help/")


class Machine:
    """A machine of the guide's "plain Linux", in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ports = folder, [free_port(), free_port()]
        self.services: dict[int, subprocess.Popen[bytes]] = {}
        self.source, self.current = folder / "srv", folder / "opt" / "current"
        for name in ("opt", "etc", "data"):
            (folder / name).mkdir()
        shutil.copy(sqlite_tables(), folder / "data")
        (folder / "etc" / "env").write_text(
            f"SECRET_KEY={secrets.token_urlsafe(50)}\nSITE_URL=https://localhost\nTRUSTED_PROXIES=1\n"
            f"MINIMUM_FILL_SECONDS=0\nSTATIC_DIR=var/static\nDATA_DIR={folder}/data\n"
        )
        self.guide = (ROOT / "docs/deployment.md").read_text("utf-8")
        ignored = shutil.ignore_patterns(".git", ".venv", "var", "tests", ".env", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, self.source, ignore=ignored)
        self.change("backspasm_site/settings.py", "max-age=120", "max-age=1")
        self.change("backspasm_site/middleware.py", "SECONDS = 60", "SECONDS = 1")
        self.bash(f"cd {self.source} && git init --quiet && " + COMMIT)

    def change(self, path: str, old: str, new: str) -> None:
        text = (self.source / path).read_text("utf-8")
        assert text.count(old) == 1
        (self.source / path).write_text(text.replace(old, new), "utf-8")

    def bash(self, script: str) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        done = subprocess.run(["bash", "-euc", script], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def lines_of(self, heading: str) -> str:
        """The guide's commands for plain Linux under this heading."""
        part = re.search(rf"^## [\d. ]*{heading}$(.*?)^## ", self.guide, re.M | re.S)
        block = re.search(r"^\*\*Plain Linux\*\*.*?^```$(.*?)^```$", part[1], re.M | re.S)
        text = block[1].replace("runuser -u back-spasm -- ", "").replace("python3 -m venv", f"ln -s {sys.prefix}")
        for theirs, ours in {"/srv/back-spasm": "srv", "/opt/back-spasm": "opt", "/etc/back-spasm": "etc"}.items():
            text = text.replace(theirs, f"{self.folder}/{ours}")
        text = text.replace("/var/www/back-spasm", f"{self.folder}/proxy/kept")
        return re.sub(r"^\.venv/bin/pip .*\n", "", text, flags=re.M)

    def build(self) -> Path:
        """Steps 4 and 5 of the guide, in one shell."""
        self.bash(self.lines_of("Build a release") + self.lines_of("The database"))
        return self.current.resolve()

    def switch(self, heading: str, wanted: Path, slowly: float) -> None:
        """The rest of upgrading or rolling back. Its last line restarts one unit after the other.

        slowly: seconds in which both releases serve.
        """
        *script, restarts = self.lines_of(heading).strip().splitlines()
        self.bash("\n".join(script).replace(f"{self.folder}/opt/THE-ONE-BEFORE", str(wanted)))
        units = [unit for line in restarts.split(" && ") for unit in line.removeprefix("systemctl restart ").split()]
        assert units == ["back-spasm-web@8001", "back-spasm-web@8002", "back-spasm-worker"]
        for port in self.ports:
            self.restart(port)
            time.sleep(slowly)

    def restart(self, port: int) -> None:
        self.stop(port)
        unit = (self.current / "docs/server/back-spasm-web@.service").read_text("utf-8")
        said = dict(re.findall(r"^(ExecStart|WorkingDirectory|Type)=(.*)$", unit, re.M))
        assert said["Type"] == "notify"
        variables = " ".join(re.findall(r"^Environment=(.*)$", unit, re.M)).replace("%i", str(port))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            address = f"{self.folder}/notify-{port}-{time.monotonic_ns()}"
            notified.bind(address)
            notified.settimeout(60)
            with (self.folder / "site.log").open("ab") as log:
                self.services[port] = subprocess.Popen(
                    said["ExecStart"].split(),
                    cwd=self.folder / said["WorkingDirectory"].replace("/opt/back-spasm", "opt"),
                    env=dict(pair.split("=") for pair in variables.split())
                    | {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": address, "WEB_CONCURRENCY": "1"},
                    stdout=log,
                    stderr=log,
                )
            assert notified.recv(100).startswith(b"READY=1")

    def stop(self, port: int) -> None:
        if service := self.services.pop(port, None):
            service.send_signal(signal.SIGTERM)
            service.wait(60)


class Crowd:
    """Visitors in threads, until the end of the test, and their errors."""

    def __init__(self, proxy: Proxy, session: str) -> None:
        self.proxy, self.session, self.ending = proxy, session, threading.Event()
        self.asked, self.wrong, self.booked, self.is_new, self.files = 0, [], [], [], set()
        ways: list[Callable[[], None]] = [self.read, self.read, self.check, self.book, self.work]
        self.threads = [threading.Thread(target=self.keep_on, args=[way]) for way in ways]
        for thread in self.threads:
            thread.start()

    def keep_on(self, way: Callable[[], None]) -> None:
        while not self.ending.wait(0.3):
            try:
                way()
            except (OSError, HTTPException) as error:
                self.wrong.append((way.__name__, error))

    def expect(self, answer, status: int, what: str) -> None:
        self.asked += 1
        if answer.status != status:
            self.wrong.append((what, answer.status, answer.text[:200]))

    def read(self) -> None:
        """A page of the guide, then its files."""
        path = PAGES[self.asked % len(PAGES)]
        at, page = time.monotonic(), self.proxy.get(path)
        self.expect(page, 200, path)
        self.is_new.append((at, NEXT in page.text))
        for file in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)):
            self.files.add(file)
            self.expect(self.proxy.get(file), 200, file)

    def check(self) -> None:
        self.expect(self.proxy.ask("POST", "/check/advice/", EMERGENCY), 200, "check")

    def book(self) -> None:
        name = f"Rosa {len(self.booked)}"
        # Each from its own address, as named by a trusted proxy.
        person = Visitor(self.proxy.port, f"198.51.100.{len(self.booked) % 250}", trust=self.proxy.trust)
        answer = person.book(name)
        self.expect(answer, 302, "book")
        self.booked.append(name)

    def work(self) -> None:
        self.expect(self.proxy.get("/admin/triage/bookingrequest/", Cookie=self.session), 200, "desk")

    def seen(self, since: float) -> list[bool]:
        """For each page since then: whether it is the next release's."""
        return [is_new for at, is_new in self.is_new if at > since]

    def end(self) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def machine(tmp_path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    for port in list(made.services):
        made.stop(port)


@pytest.fixture
def proxy(machine) -> Iterator[Proxy]:
    folder = machine.folder / "proxy"
    folder.mkdir()
    with closing(Proxy(folder, machine.ports, believed="127.0.0.1")) as made:
        yield made


TABLE = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "{last}")]
    operations = [migrations.CreateModel("Reminder", [("id", models.BigAutoField(primary_key=True))])]
"""


def make_next(machine: Machine) -> None:
    """The next release, with a mark on each page, another name of the stylesheet, and one more table."""
    shutil.move(machine.source / "static/css/site.css", machine.source / "static/css/pages.css")
    for path in (machine.source / "templates").rglob("*.html"):
        path.write_text(path.read_text("utf-8").replace("css/site.css", "css/pages.css"), "utf-8")
    machine.change("templates/base.html", "<title>", f'<meta name="generator" content="{NEXT}"><title>')
    migrations = machine.source / "triage/migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))
    (migrations / "9999_reminder.py").write_text(TABLE.format(last=last))
    machine.bash(f"cd {machine.source} && {COMMIT}")


def test_an_upgrade_and_a_rollback_lose_no_request(machine, proxy):
    first = machine.build()
    for port in machine.ports:
        machine.restart(port)
    session = machine.bash(
        f"cd {first} && PYTHONPATH={ROOT} DJANGO_SETTINGS_MODULE=backspasm_site.settings"
        f" {sys.executable} -m tests.sec.session Manager"
    )
    make_next(machine)
    crowd = Crowd(proxy, session.strip())
    try:
        assert first != (second := machine.build())
        # To upgrade again would need the commands of rolling back.
        for heading, wanted, is_new, slowly in (("Upgrading", second, True, 1), ("Rolling back", first, False, 0)):
            machine.switch(heading, wanted, slowly)
            since = time.monotonic() + PROMISED
            wait_until(lambda since=since: len(crowd.seen(since)) > 2 * len(PAGES))
            assert set(crowd.seen(since)) == {is_new}
    finally:
        crowd.end()
    assert crowd.wrong == []
    # Somebody still has a page of each release open. The proxy has its own copy of the files, not compressed.
    assert len([file for file in crowd.files if "/css/" in file]) == 2
    for file in crowd.files:
        assert proxy.ask("HEAD", file, **{"Accept-Encoding": "gzip"}).status == 200
    with closing(sqlite3.connect(machine.folder / "data/db.sqlite3")) as database:
        stored = [name for (name,) in database.execute("SELECT name FROM triage_bookingrequest")]
    assert sorted(stored) == sorted(crowd.booked)
    assert crowd.asked > 300
