"""1,000 requests through three replicas, while one is killed, one paused, the database restarted, and one more killed.

Replicas, nginx and PostgreSQL are started and hurt by the rig `replicas.py`; this sends, and counts what is there at
the end: nothing lost, nothing doubled, limits shared by the replicas, one mail for each notice, by three workers.

    python -m tests.sec.three_replicas RIGS/fresh/replicas.py       (as root, some six minutes)
"""

import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from tests.browser.conftest import free_port
from tests.servers.mail_server import MailServer

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"
FOLDER = Path(tempfile.mkdtemp(prefix="three-replicas-"))
FOLDER.chmod(0o755)  # PostgreSQL runs as another user
FRONT = free_port()
MAIL = MailServer()
SITE_URL = f"http://127.0.0.1:{FRONT}"
# Programs fill in forms faster than people. One process in each replica is enough to see what they share.
SETTINGS = {
    "SECRET_KEY": uuid.uuid4().hex * 2,
    "SITE_URL": SITE_URL,
    "DATA_DIR": str(FOLDER),
    "STATIC_DIR": str(FOLDER / "static"),
    "TRUSTED_PROXIES": "1",
    "MINIMUM_FILL_SECONDS": "0",
    "WEB_CONCURRENCY": "1",
    "EMAIL_URL": MAIL.url,
    "DESK_EMAIL": "desk@example.org",
    "DEBUG": "false",
}
REQUESTS, SENDERS = 1000, 8
WAITING = "select count(*) from triage_notice where sent_at is null and given_up_at is null"
# After so many were confirmed, this happens.
EVENTS = (
    *((150, "kill r1"), (300, "start r1"), (400, "pause r2"), (450, "resume r2")),
    *((600, "restart pg"), (800, "kill r3"), (900, "start r3")),
)


def rig(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, sys.argv[1], "--state", FOLDER / "rig", *words], capture_output=True, text=True
    )  # noqa: S603 - ours
    print(" ".join(words)[:40], "→", done.returncode, (done.stdout + done.stderr).strip()[-200:], flush=True)
    assert done.returncode == 0


def ask(method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection("127.0.0.1", FRONT, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode(errors="replace")
    finally:
        connection.close()


def sql(query: str) -> list[tuple[int, ...]]:
    with psycopg.connect(json.loads((FOLDER / "rig" / "rig.json").read_text())["database_url"]) as connection:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


class Senders:
    """People who each send a request of their own, and send it again until it is confirmed."""

    def __init__(self) -> None:
        _, headers, form = ask("GET", "/book/")
        self.cookie = headers["Set-Cookie"].partition(";")[0]
        self.hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|opened)" value="([^"]+)"', form))
        self.numbers = iter(range(REQUESTS))
        self.answers: Counter[object] = Counter()
        self.slowest = 0.0
        self.lock = threading.Lock()

    def send(self, number: int, address: str, key: int | None = None) -> tuple[int, str]:
        """The status, and which replica gave it."""
        fields = {
            **self.hidden,
            "for_whom": "me",
            "name": "Made-up Person",
            "phone": str(2122000000 + number),
            "email": f"p{number}@example.com",
            "reach_by": "email",
            **dict.fromkeys(("good_time", "part_of_day", "location"), "any"),
            "language": "en",
            "note": "",
            "consent": "on",
            "request_key": str(uuid.UUID(int=(number if key is None else key) + 1)),
        }
        status, headers, _ = ask(
            "POST", "/book/", urlencode(fields), Content_Type="application/x-www-form-urlencoded",
            Cookie=self.cookie, Origin=SITE_URL, X_Forwarded_For=address,
        )  # fmt: skip
        return status, headers.get("X-Replica", "")

    def send_all(self) -> None:
        for number in self.numbers:
            answer: object = None
            while answer != 302:
                begun = time.monotonic()
                try:
                    answer, _ = self.send(number, f"10.1.{number // 250}.{number % 250}")
                except (OSError, http.client.HTTPException) as error:
                    answer = type(error).__name__
                with self.lock:
                    self.answers[answer] += 1
                    self.slowest = max(self.slowest, time.monotonic() - begun)
                time.sleep(0.3)


@contextmanager
def replicas():
    prepare = f"{PYTHON} manage.py collectstatic --noinput -v0"
    serve = f"{PYTHON} -m gunicorn --config backspasm_site/gunicorn_conf.py"
    settings = [word for name, value in SETTINGS.items() for word in ("--env", f"{name}={value}")]
    how = ["--cwd", str(ROOT), "--app-user", "root", "--front", str(FRONT), "-n", "3", "--trust-forwarded"]
    try:
        rig("up", *how, "--read-timeout", "10", "--before", prepare, "--start", serve, *settings)
        yield
    finally:
        rig("down")


@contextmanager
def workers():
    words = [
        sys.executable,
        sys.argv[1],
        "--state",
        FOLDER / "rig",
        "run",
        f"exec {shlex.quote(str(PYTHON))} manage.py send_notices",
    ]
    with (FOLDER / "workers.log").open("w") as log:
        started = [subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True) for _ in range(3)]  # noqa: S603 - ours
    try:
        yield
    finally:
        for worker in started:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGTERM)


def main() -> None:
    with replicas():
        rig("run-all", f"{PYTHON} manage.py migrate -v0")
        with workers():
            senders = Senders()
            threads = [threading.Thread(target=senders.send_all) for _ in range(SENDERS)]
            for thread in threads:
                thread.start()
            for count, event in EVENTS:
                while senders.answers[302] < count and any(thread.is_alive() for thread in threads):
                    time.sleep(0.05)
                if event.startswith("resume"):
                    time.sleep(3)
                rig(*event.split())
            for thread in threads:
                thread.join()
            print("answers", dict(senders.answers), f"slowest {senders.slowest:.1f} s")
            ((rows, keys),) = sql("select count(*), count(distinct request_key) from triage_bookingrequest")
            print("stored", rows, "with", keys, "keys")
            assert rows == keys == REQUESTS

            one_client = [senders.send(5000 + number, "10.77.7.7") for number in range(25)]
            print("one client", Counter(status for status, _ in one_client), Counter(by for _, by in one_client))
            assert [status for status, _ in one_client].index(429) == 20
            one_phone = [senders.send(7000, f"10.88.{number}.1", key=8000 + number)[0] for number in range(9)]
            print("one phone number and email address", one_phone)
            assert one_phone.index(429) == 6

            until = time.monotonic() + 600
            while sql(WAITING)[0][0] and time.monotonic() < until:
                time.sleep(1)
            ids = MAIL.ids()
            notices = sql("select count(*) from triage_notice")[0][0]
            print("notices", notices, "waiting", sql(WAITING)[0][0], "mails", len(ids), "different", len(set(ids)))
            # The fourth and later confirmations to one address in a day are left out on purpose.
            assert len(ids) == len(set(ids)) == notices - 3


if __name__ == "__main__":
    main()
