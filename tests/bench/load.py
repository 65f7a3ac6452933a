"""Sends requests as fast as they are answered, and measures what that costs the server."""

import http.client
import itertools
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import psutil

NUMBERS = itertools.count(1_000_000)  # no two requests may get the same number


@dataclass(frozen=True)
class Request:
    """In `body`, NUMBER becomes ten digits that no other request has, PHONE a phone number, and KEY what `sign` makes
    of a new UUID.
    """

    path: str
    method: str = "GET"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    sign: Callable[[str], str] = str


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """The CPU time that these processes have used so far."""
    spent = [process.cpu_times() for process in processes]
    return sum(times.user + times.system for times in spent)


class Answers(NamedTuple):
    """The number of answers, the number with an unexpected status, and one such status."""

    answers: int
    wrong: int
    last: int


def cpu_per_request(server: int, port: int, request: Request, connections: int, seconds: float) -> float:
    """Milliseconds of CPU that the processes of `server` spent on each. Raises AssertionError at a wrong answer."""
    first = psutil.Process(server)
    # Listed once: a worker that ends meanwhile then causes an error, not a wrong figure.
    processes = [first, *first.children()]
    before = cpu_seconds(processes)
    seen = load(port, request, connections, seconds)
    spent = cpu_seconds(processes) - before
    assert seen.answers and not seen.wrong, f"{request.method} {request.path}: {seen}"
    return spent / seen.answers * 1000


def load(port: int, request: Request, connections: int, seconds: float) -> Answers:
    """Send `request` again and again for `seconds`, on each connection as fast as it is answered."""
    end, results = time.monotonic() + seconds, []

    def work() -> None:
        server = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        answers = wrong = last = 0
        while time.monotonic() < end:
            n = next(NUMBERS)
            address = {"X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"}
            body = request.body.replace("NUMBER", f"{n:010}").replace("PHONE", str(2122000000 + n % 8_000_000))
            body = body.replace("KEY", request.sign(str(uuid.UUID(int=n))))
            server.request(request.method, request.path, body or None, request.headers | address)
            answer = server.getresponse()
            answer.read()
            answers += 1
            if answer.status != request.status:
                wrong, last = wrong + 1, answer.status
        results.append((answers, wrong, last))

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == connections, "a connection was lost"
    answers, wrong, last = zip(*results, strict=True)
    return Answers(sum(answers), sum(wrong), max(last))
