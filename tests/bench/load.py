"""Sends requests as fast as they are answered: by wrk where it is installed, else by threads of our own."""

import http.client
import itertools
import os
import re
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psutil

WRK = shutil.which("wrk")
# No request may find a number that another had: wrk has no way to tell us how far it came.
NUMBERS = itertools.count(1_000_000, 100_000)
SCRIPT = """
local n = %d
local body = [[%s]]
request = function()
  n = n + 1
  local number = string.format("%%010d", n)
  local headers = {}
  for name, value in pairs(wrk.headers) do headers[name] = value end
  local high, middle = math.floor(n / 65536) %% 256, math.floor(n / 256) %% 256
  headers["X-Forwarded-For"] = string.format("10.%%d.%%d.%%d", high, middle, n %% 256)
  local sent = string.gsub(string.gsub(body, "NUMBER", number), "PHONE", tostring(2122000000 + n %% 8000000))
  return wrk.format("%s", nil, headers, sent)
end
wrong, last = 0, 0
response = function(status) if status ~= %d then wrong = wrong + 1; last = status end end
setup = function(thread) it = thread end
done = function(s) io.write("ANSWERS ", s.requests, " WRONG ", it:get("wrong"), " LAST ", it:get("last"),
  " LOST ", s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout, "\\n") end
"""


@dataclass(frozen=True)
class Request:
    """In `body`, NUMBER becomes ten digits that no other request has, and PHONE a phone number."""

    path: str
    method: str = "GET"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """What they have spent so far."""
    spent = [process.cpu_times() for process in processes]
    return sum(times.user + times.system for times in spent)


class Answers(NamedTuple):
    """How many came, how many of them not with the status that was expected, and one such status."""

    answers: int
    wrong: int
    last: int


def load(port: int, request: Request, connections: int, seconds: float) -> Answers:
    return (_by_wrk if WRK else _by_threads)(port, request, connections, seconds)


def cpu_per_request(server: int, port: int, request: Request, connections: int, seconds: float) -> float:
    """Milliseconds of CPU that the processes of `server` spent on each. Raises AssertionError at a wrong answer."""
    first = psutil.Process(server)
    # Asked for once: a worker that ends meanwhile is an error then, and not a wrong figure.
    processes = [first, *first.children()]
    before = cpu_seconds(processes)
    seen = load(port, request, connections, seconds)
    spent = cpu_seconds(processes) - before
    assert seen.answers and not seen.wrong, f"{request.method} {request.path}: {seen}"
    return spent / seen.answers * 1000


def _by_wrk(port: int, request: Request, connections: int, seconds: float) -> Answers:
    script = Path(os.environ["BENCH_FOLDER"], "load.lua")
    script.write_text(SCRIPT % (next(NUMBERS), request.body, request.method, request.status))
    headers = [part for name, value in request.headers.items() for part in ("-H", f"{name}: {value}")]
    command = [
        str(WRK),
        "-t1",
        f"-c{connections}",
        f"-d{seconds:.0f}s",
        "--timeout",
        "20s",
        "-s",
        str(script),
        *headers,
    ]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{request.path}"], capture_output=True, text=True, check=True
    )
    found = re.search(r"ANSWERS (\d+) WRONG (\d+) LAST (\d+) LOST (\d+)", done.stdout)
    assert found, done.stdout
    return Answers(int(found[1]), int(found[2]) + int(found[4]), int(found[3]))


def _by_threads(port: int, request: Request, connections: int, seconds: float) -> Answers:
    numbers, end, results = itertools.count(next(NUMBERS)), time.monotonic() + seconds, []

    def work() -> None:
        server = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        answers = wrong = last = 0
        while time.monotonic() < end:
            n = next(numbers)
            address = {"X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"}
            body = request.body.replace("NUMBER", f"{n:010}").replace("PHONE", str(2122000000 + n % 8_000_000))
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
