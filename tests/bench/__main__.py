"""Measures the site against a bare Django view on this machine, and writes docs/performance.md.

`make bench` runs it; ARGS="--rounds 1 --rows 20000" makes it short. Not a test: figures of a busy machine are useless.
"""

import argparse
import datetime as dt
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
from django.core.signing import Signer

from tests import environment  # noqa: F401 - the site's variables
from tests.bench.load import Request, cpu_per_request, load
from tests.once import ROOT
from tests.postgres import Postgres, find_programs, free_port
from tests.served import Served, is_up, wait_until
from tests.typed import PLAIN_REQUEST
from tests.unit.clinical.scenarios import PLAIN_SPASM
from tests.unit.clinical.test_assess import random_answers
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.medicines import advise_on_medicines

PAPER = ROOT / "docs" / "performance.md"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}
ANSWERS = PLAIN_SPASM | {"step": "2"}
BOOKING = PLAIN_REQUEST | {"phone": "PHONE", "email": "pNUMBER@example.com", "reach_by": "email", "request_key": "KEY"}
# Signed in with a second factor. The session lasts as long as the measurement.
SIGN_IN = """
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from triage.desk import accounts as staff
for number in range(20):
    colleague = User.objects.create(username=f"colleague-{number}", is_staff=True)
    colleague.groups.set(Group.objects.filter(name=staff.FRONT_DESK))
user = staff.make_account(username="bench", role=staff.MANAGER, password="a long bench password")
TOTP.activate(user, generate_totp_secret())
session = SessionStore()
session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
    HASH_SESSION_KEY: user.get_session_auth_hash(), "second_factor": True, "signed_in_at": 2**40, "seen_at": 2**40,
    "searches": {"number": "2223CC", "no number": "K7M4RX", "phone": "212-555-0142", "email": "nobody@example.com",
        "rare": "zqxw", "common": "pati"}})
session.create()
print("SESSION", session.session_key)
"""
OURS = ["--config", "backspasm_site/gunicorn_conf.py"]
BARE = [*["-k", "gthread", "-w", "2", "--threads", "24", "--preload", "--keep-alive", "5", "--no-control-socket"]]
# One connection measures the cost of a page best: with more, threads wait for each other, and the distribution of
# connections to the two processes changes all figures by half from one second to the next.
CONNECTIONS = (1, 8)
LIST = "/admin/triage/bookingrequest/"
STAFF_PAGES = {
    "staff list": LIST,
    "closed": f"{LIST}?status=closed",
    "all": f"{LIST}?status=all",
    "overdue": f"{LIST}?due=overdue",
    "mine": f"{LIST}?assigned=me&status=all",
    "nobody's": f"{LIST}?assigned=none&status=all",
    "a level": f"{LIST}?level=2&status=all",
    "a language": f"{LIST}?language=es&status=all",
    "page 50": f"{LIST}?status=all&p=PAGE",
    "by number": f"{LIST}?q=number",
    "by a number that is none": f"{LIST}?q=no+number",
    "by phone": f"{LIST}?q=phone",
    "by email": f"{LIST}?q=email",
    "rare part of a name": f"{LIST}?q=rare",
    "common part of a name": f"{LIST}?q=common",
    "front page": "/admin/",
    "21 accounts": "/admin/triage/staffaccount/",
    # The polling of an open list may cost 3 times as much as a page that only checks the session.
    "nothing, signed in": "/admin/stay/",
    "new since, asked each minute": f"{LIST}new/?status=open&after=NEWEST",
}


class Site(Served):
    """The site in two processes with 24 threads each, with its own folder and database."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        folder.mkdir()
        processes = {"WEB_CONCURRENCY": "2", "THREADS": "24", "MALLOC_ARENA_MAX": "2"}  # as in the image and the units
        super().__init__(folder, database_url, DJANGO_SETTINGS_MODULE="backspasm_site.settings", **processes)
        self.env["SITE_URL"] = f"http://127.0.0.1:{self.port}"
        if database_url:
            self.manage("migrate", "--verbosity=0")


@contextmanager
def started(arguments: list[str], port: int, env: dict[str, str], folder: Path = ROOT) -> Iterator[int]:
    command = [sys.executable, "-m", "gunicorn", *arguments]
    server = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_up(port, "/"))
        yield server.pid
    finally:
        server.terminate()
        server.wait(30)


def bare(env: dict[str, str]) -> tuple[list[str], int, dict[str, str]]:
    """The command that starts the bare view: the same server and workers, without a log."""
    port = free_port()
    return [*BARE, "--bind", f"127.0.0.1:{port}", "tests.bench.bare"], port, env


def pages(site: Site) -> dict[str, Request]:
    """The requests of patients. The request form is fetched once; its keys are signed here as by the site."""
    etag = site.visitor().ask("GET", "/", **BROWSER).headers["ETag"]
    form = site.visitor().get("/book/")
    cookie = form.headers["Set-Cookie"].partition(";")[0]
    hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|opened)" value="([^"]+)"', form.text))
    salt = f"triage.booking.request_key.{cookie.partition('=')[2]}"
    signer = Signer(key=site.env["SECRET_KEY"], salt=salt, fallback_keys=[])
    origin = {"Cookie": cookie, "Origin": site.env["SITE_URL"]}
    post = {"method": "POST", "headers": FORM}
    return {
        "guide page": Request("/", headers=BROWSER),
        "guide page, 304": Request("/", headers=BROWSER | {"If-None-Match": etag}, status=304),
        "check, step 1": Request("/check/", headers=BROWSER),
        "check, step 2": Request("/check/advice/", body="signs=none", **post),
        "check, result": Request("/check/advice/", body=urlencode(ANSWERS, doseq=True), **post),
        "check, emergency": Request("/check/advice/", body="signs=balance", **post),
        "request form": Request("/book/"),
        "request form, from a result": Request(
            "/book/from-advice/", "POST", urlencode(ANSWERS, doseq=True), FORM | origin
        ),
        "request sent": Request("/book/", "POST", urlencode(hidden | BOOKING), FORM | origin, 302, signer.sign),
    }


SETS = 20_000  # sets of answers, for the speed of the rules
ANCHOR = "bare Django view"
LIMITS = {
    "guide page": 1.7,
    "check, step 2": 15,
    "check, result": 8,
    "check, emergency": 8,
    "request form": 12,
    "request form, from a result": 12,
    "request sent": 14,
}


def measure_pages(site: Site, rounds: int, seconds: float) -> Iterator[str]:
    """A table, and the memory of each process. The rounds are interleaved, so that all pages have equal conditions."""
    with ExitStack() as stack:
        server = stack.enter_context(started(OURS, site.port, site.env))
        arguments, port, env = bare(site.env)
        anchor = stack.enter_context(started(arguments, port, env))
        wanted = pages(site)
        found: dict[tuple[str, int], list[float]] = defaultdict(list)
        for _round in range(rounds + 1):
            for many in CONNECTIONS:
                found[ANCHOR, many].append(cpu_per_request(anchor, port, Request("/"), many, seconds))
                for name, request in wanted.items():
                    found[name, many].append(cpu_per_request(server, site.port, request, many, seconds))
        crowd = load(site.port, wanted["request sent"], 32, seconds)
        memory = [worker.memory_info().rss / 2**20 for worker in psutil.Process(server).children()]
    # The first round warms up.
    ms = {key: statistics.median(each[1:]) for key, each in found.items()}
    yield "| Page | CPU ms, 1 connection | × the bare view | CPU ms, 8 connections | × the bare view | at most |"
    yield "|---|---|---|---|---|---|"
    for name in (ANCHOR, *wanted):
        cells = [f"{ms[name, many]:.2f} | {ms[name, many] / ms[ANCHOR, many]:.1f}" for many in CONNECTIONS]
        yield f"| {name} | {' | '.join(cells)} | {LIMITS.get(name, '')} |"
    yield f"\nRequests sent on 32 connections: {crowd.answers}, of which {crowd.wrong} were not stored (at most 0)."
    share = rules_ms() / ms["check, result", 1]
    yield f"\nRules and medicines take {share:.1%} of the CPU of a result (at most 5 %)."
    yield f"\nMemory of the processes, RSS: {', '.join(f'{mb:.0f} MB' for mb in memory)} (at most 80 MB)."


def measure_start(site: Site, folder: Path, rounds: int) -> Iterator[str]:
    """The time until the first good answer of the home page, and of a project made by `startproject`."""
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "django", "startproject", "project", "."], cwd=folder, check=True)
    port = free_port()
    project = [*BARE, "--bind", f"127.0.0.1:{port}", "project.wsgi"]
    env = site.env | {"DJANGO_SETTINGS_MODULE": "project.settings"}

    def seconds(*server: Any) -> float:
        began = time.perf_counter()
        with started(*server):
            return time.perf_counter() - began

    both = [(seconds(OURS, site.port, site.env), seconds(project, port, env, folder)) for _round in range(rounds + 1)]
    ours, theirs = (statistics.median(each) for each in zip(*both[1:], strict=True))
    yield f"From the start to the first answer: {ours:.2f} s, a new Django project {theirs:.2f} s:"
    yield f"{ours / theirs:.1f} × (at most 2)."


def rules_ms() -> float:
    """Milliseconds of CPU that the rules and the medicines take for one set of answers."""
    rng = random.Random(20261122)
    # New ones, so that nothing about them is cached.
    some = [SymptomAnswers(known.chosen, known.age) for known in (random_answers(rng) for _ in range(SETS))]
    began = time.process_time()
    for answers in some:
        advise_on_medicines(answers.facts, assess(answers).level)
    return (time.process_time() - began) / SETS * 1000


def measure_desk(site: Site, rows: int, rounds: int) -> Iterator[str]:
    """The staff's pages with 1,000 requests and with `rows`, of which all but 1,000 are old and closed."""
    found = re.search(r"SESSION (\S+)", site.manage("shell", "--verbosity=0", "--command", SIGN_IN))
    assert found
    manager = site.visitor("10.0.0.1")
    manager.cookies["sessionid"] = found[1]
    times: dict[int, dict[str, float]] = {}
    for count in (1_000, rows):
        made_up = ("1000", "0") if count == 1_000 else ("0", str(count - 1_000))
        subprocess.run([sys.executable, "-m", "tests.bench.made_up", *made_up], cwd=ROOT, env=site.env, check=True)
        with started(OURS, site.port, site.env):
            seen: dict[str, list[float]] = {name: [] for name in STAFF_PAGES}
            for _round in range(rounds + 1):
                for name, path in STAFF_PAGES.items():
                    began = time.perf_counter()
                    path = path.replace("PAGE", str(min(50, count // 50))).replace("NEWEST", str(count))
                    answer = manager.get(path)
                    seen[name].append(time.perf_counter() - began)
                    assert answer.status == 200, f"{path}: {answer.status} {answer.headers.get('Location')}"
        times[count] = {name: statistics.median(each[1:]) * 1000 for name, each in seen.items()}
    small, large = times[1_000], times[rows]
    yield f"| Page | ms, 1,000 rows | ms, {rows:,} rows | × its own time | × the plain list |\n|---|---|---|---|---|"
    for name, ms in large.items():
        yield f"| {name} | {small[name]:.0f} | {ms:.0f} | {ms / small[name]:.1f} | {ms / large['staff list']:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2, help="of load, each time")
    parser.add_argument("--rows", type=int, default=100_000, help="in the staff list at the end")
    parser.add_argument("--out", type=Path, default=PAPER)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    busy = os.getloadavg()[0]
    command = "make bench" + (f' ARGS="{" ".join(sys.argv[1:])}"' if sys.argv[1:] else "")
    parts = [
        "# Performance",
        "What each page costs, as a multiple of a bare Django view that always answers the same 26 KB, on the same"
        " gunicorn with 2 processes of 24 threads, in the same run. CPU time of the server's processes, without that of"
        " PostgreSQL; medians of interleaved rounds.",
        f"{dt.date.today():%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()},"  # noqa: DTZ011
        f" load {busy:.2f} at the start. `{command}`: {given.rounds} rounds of {given.seconds:g} s.",
    ]

    def section(title: str, lines: Callable[[], Iterator[str]]) -> None:
        print(f"{title} …", file=sys.stderr, flush=True)
        parts.extend((f"## {title}", "\n".join(lines())))

    postgres = None
    try:
        site = Site(folder / "sqlite")
        # The desk first: the load would add new requests, and an archive is old.
        section("Desk, SQLite", lambda: measure_desk(site, given.rows, given.rounds))
        section("Pages of patients, SQLite", lambda: measure_pages(site, given.rounds, given.seconds))
        section("Start", lambda: measure_start(site, folder / "project", given.rounds))
        if programs := find_programs():
            postgres = Postgres(programs)
            postgres.start()
            other = Site(folder / "postgres", postgres.url())
            section("Desk, PostgreSQL", lambda: measure_desk(other, given.rows, given.rounds))
            section("Pages of patients, PostgreSQL", lambda: measure_pages(other, given.rounds, given.seconds))
        given.out.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        print("\n\n".join(parts))
    finally:
        if postgres:
            postgres.throw_away()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
