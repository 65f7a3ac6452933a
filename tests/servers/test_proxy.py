"""The shipped nginx configuration, run for real before two replicas of the site."""

import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.conftest import Answer, Served, Visitor
from tests.postgres import free_port
from tests.servers.conftest import NGINX, ROOT, wait_until

# Around the shipped part: what nginx.conf says on Debian and in nginx's own image. None of it must win.
AROUND = """
{user} pid {folder}/pid; error_log {folder}/errors-around.log;
events {{ worker_connections 768; }}
http {{
    sendfile on; tcp_nopush on; gzip on; keepalive_timeout 65; types_hash_max_size 2048;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on;
    access_log {folder}/around.log;
    include site.conf;
}}
"""
EMERGENCY = b"signs=balance"


class Proxy:
    """The shipped file with other ports and folders. Everything else in it counts."""

    def __init__(self, folder: Path, replicas: list[Served]) -> None:
        self.folder, self.port, self.plain_port = folder, free_port(), free_port()
        certificate = ["-keyout", "site.key", "-out", "site.crt", "-subj", "/CN=localhost", "-days", "2"]
        new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-addext", "subjectAltName=DNS:localhost"]
        subprocess.run([*new, *certificate], cwd=folder, check=True, capture_output=True)
        text = (ROOT / "docs/server/nginx.conf").read_text("utf-8")
        for shipped, here in {
            "172.30.88.11:8000": f"127.0.0.1:{replicas[0].port}",
            "172.30.88.12:8000": f"127.0.0.1:{replicas[1].port}",
            "/etc/nginx/tls/": f"{folder}/",
            "/var/log/nginx/": f"{folder}/",
            "/var/cache/back-spasm": f"{folder}/cache",
            "listen 80 ": f"listen 127.0.0.1:{self.plain_port} ",
            "listen 443 ": f"listen 127.0.0.1:{self.port} ",
            "    listen [::]:80 default_server;\n": "",
            "    listen [::]:443 ssl http2 default_server;\n": "",
        }.items():
            assert shipped in text
            text = text.replace(shipped, here)
        (folder / "site.conf").write_text(text, "utf-8")
        (folder / "nginx.conf").write_text(
            AROUND.format(folder=folder, user="" if os.getuid() else "user root;"), "utf-8"
        )
        folder.chmod(0o755)
        self.process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"])
        self.trust = ssl.create_default_context(cafile=str(folder / "site.crt"))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def connect(self, address: str) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(address, 0))
        return self.trust.wrap_socket(plain, server_hostname="localhost")

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        return Visitor(self.port, trust=self.trust).ask(method, path, body, **headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def cached(self, path: str) -> str | None:
        """What the proxy says of its copy of this page."""
        return self.get(path).headers["X-Cache"]


@pytest.fixture(scope="module")
def replicas(tmp_path_factory) -> Iterator[list[Served]]:
    first = Served(tmp_path_factory.mktemp("replica"), WEB_CONCURRENCY="1")
    shared = {name: first.env[name] for name in ("SECRET_KEY", "DATA_DIR", "WEB_CONCURRENCY")}
    made = [first, Served(tmp_path_factory.mktemp("replica"), **shared)]
    for replica in made:
        replica.start()
    yield made
    for replica in made:
        replica.stop()


@pytest.fixture(scope="module")
def proxy(replicas, tmp_path_factory) -> Iterator[Proxy]:
    made = Proxy(tmp_path_factory.mktemp("proxy"), replicas)
    wait_until(lambda: (made.folder / "pid").exists())
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def as_new(proxy, replicas) -> Iterator[None]:
    yield
    for replica in replicas:
        if replica.master.poll() is not None:
            replica.start()
    wait_until(lambda: both_are_asked(proxy, replicas))


def both_are_asked(proxy: Proxy, replicas: list[Served]) -> bool:
    """The proxy leaves one alone for two seconds that it found away. It may still be alone with the other."""
    before = [replica.log.stat().st_size for replica in replicas]
    answers = {proxy.get("/book/").status for _ in range(4)}
    return answers == {200} and all(
        replica.log.stat().st_size > size for replica, size in zip(replicas, before, strict=True)
    )


def test_pages_come_over_tls_and_know_it(proxy):
    page = proxy.get("/")
    assert page.status == 200
    assert "Strict-Transport-Security" in page.headers, "the site knows that it was https"
    assert page.headers["Server"] == "nginx"
    assert "__Host-csrf=" in proxy.get("/book/").headers["Set-Cookie"]


def test_plain_http_is_led_to_https(proxy):
    answer = Visitor(proxy.plain_port).get("/es/medicines/?a=b")
    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/es/medicines/?a=b")


def test_no_older_tls(proxy):
    # Spoken by hand: today's libraries refuse to. A hello of TLS 1.1 with the oldest ciphers that are still known.
    hello = b"\x03\x02" + bytes(32) + b"\x00" + b"\x00\x04\xc0\x14\x00\x2f" + b"\x01\x00"
    message = b"\x01" + len(hello).to_bytes(3, "big") + hello
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as line:
        line.sendall(b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message)
        assert line.recv(2) == b"\x15\x03", "an alert, and no hello"


class Recorder(http.server.BaseHTTPRequestHandler):
    """Stands in for a replica, and answers with what it was told."""

    def do_GET(self) -> None:
        said = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *arguments: object) -> None:
        pass


def test_what_a_client_claims_of_itself_is_not_passed_on(proxy, replicas):
    """The site would count a lie as a client's address, or take plain http for https."""
    for replica in replicas:
        replica.kill_all()
    wait_until(lambda: not replicas[0].answers())  # its workers die a little later
    with http.server.ThreadingHTTPServer(("127.0.0.1", replicas[0].port), Recorder) as recorder:
        threading.Thread(target=recorder.serve_forever).start()
        claims = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9", "X-Request-ID": "mine-mine-mine"}
        said = json.loads(proxy.get("/book/", **claims).text)
        recorder.shutdown()
    assert (said["x-forwarded-for"], said["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert re.fullmatch(r"[0-9a-f]{32}", said["x-request-id"])


def test_one_number_leads_through_both_logs(proxy, replicas):
    number = proxy.get("/book/?phone=2125550142", Referer="https://localhost/typed").headers["X-Request-ID"]
    wait_until(lambda: number in (proxy.folder / "access.log").read_text())
    lines = (proxy.folder / "access.log").read_text()
    (line,) = [json.loads(line) for line in lines.splitlines() if number in line]
    assert line | {"time": 0, "seconds": 0} == {
        "time": 0, "logger": "proxy", "request_id": number, "method": "GET", "status": 200, "seconds": 0,
        "cache": "BYPASS",
    }  # fmt: skip
    for secret in ("127.0.0.1", "2125550142", "/book/", "typed"):
        assert secret not in lines
    for other in ("around.log", "errors-around.log", "error.log"):
        assert (proxy.folder / other).read_text() == "", "nobody else writes down who asked for what"
    wait_until(lambda: any(number in replica.log.read_text() for replica in replicas))


def test_a_body_beyond_what_any_form_sends_is_refused(proxy):
    assert proxy.ask("POST", "/check/advice/", b"a=" + b"x" * 65_000).status == 422
    assert proxy.ask("POST", "/check/advice/", b"a=" + b"x" * 66_000).status == 413


def test_the_guide_is_kept_and_what_is_a_persons_is_not(proxy):
    for path in ("/medicines/", "/es/", "/check/", "/handout/"):
        proxy.get(path)
        assert proxy.cached(path) == "HIT", path
        assert proxy.cached(f"{path}?utm=else") == "HIT", path
    for path in (
        "/book/",
        "/es/book/",
        "/check/handout/",
        "/admin/",
        "/admin/sign-in/",
        "/healthz",
        "/readyz",
        "/nothing/",
    ):
        proxy.get(path)
        assert proxy.cached(path) != "HIT", path
    advice = [proxy.ask("POST", "/check/advice/", EMERGENCY).headers["X-Cache"] for _ in range(2)]
    assert advice == [None, None], "a post does not come near the cache"


def test_each_packing_has_its_own_copy(proxy):
    for packing, wanted in (("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("identity", None)):
        answer = proxy.ask("HEAD", "/exercise/", **{"Accept-Encoding": packing})  # which nginx asks for as a GET
        assert (answer.status, answer.headers["Content-Encoding"]) == (200, wanted)


def test_a_replica_may_die(proxy, replicas):
    replicas[0].kill_all()
    pages = [proxy.ask("POST", "/check/advice/", EMERGENCY) for _ in range(6)]
    assert {page.status for page in pages} == {200}
    assert proxy.get("/book/").status == 200


def test_with_both_dead_the_guide_is_still_there(proxy, replicas):
    fresh = proxy.get("/when-to-get-help/")
    for replica in replicas:
        replica.kill_all()
    make_stale(proxy)
    page = proxy.get("/when-to-get-help/")
    assert (page.status, page.text) == (200, fresh.text)
    assert page.headers["X-Cache"] == "STALE"
    assert fresh.headers["X-Request-ID"] != page.headers["X-Request-ID"]
    for answer in (proxy.ask("POST", "/check/advice/", EMERGENCY), proxy.get("/book/")):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Call 911" in answer.text
        assert "Llame al 911" in answer.text


def test_a_changed_page_is_new_at_the_first_request_after_its_time(proxy, replicas):
    assert "180 days" in proxy.get("/privacy/").text
    for replica in replicas:
        replica.kill_all()
        replica.env["RETENTION_DAYS"] = "77"
        replica.start()
    wait_until(lambda: both_are_asked(proxy, replicas))
    assert "180 days" in proxy.get("/privacy/").text
    make_stale(proxy)
    assert "77 days" in proxy.get("/privacy/").text
    for replica in replicas:
        del replica.env["RETENTION_DAYS"]


def make_stale(proxy: Proxy) -> None:
    """As if its time were over: nginx keeps the moment as a number in the copy's first bytes."""
    for path in (proxy.folder / "cache").rglob("*"):
        if path.is_file():
            content = bytearray(path.read_bytes())
            content[8:16] = (int(time.time()) - 1).to_bytes(8, "little")
            path.write_bytes(content)


def slow_clients(proxy: Proxy, count: int, hold: ExitStack) -> list[ssl.SSLSocket]:
    """So many that never end: half within their headers, half within the body of a form. Each from its own address."""
    head = b"POST /check/advice/ HTTP/1.1\r\nHost: localhost\r\n"
    body = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nsigns=bal"
    made = []
    for number in range(count):
        line = hold.enter_context(proxy.connect(f"127.0.{1 + number // 200}.{1 + number % 200}"))
        line.sendall(head + (body if number % 2 else b"X-Slow: a"))
        made.append(line)
    return made


def test_two_hundred_slow_clients_hurt_nobody(proxy):
    with ExitStack() as hold:
        made = slow_clients(proxy, 200, hold)
        pages = []
        for _ in range(20):
            for line in made[:20]:
                line.sendall(b"a")
            pages.append(proxy.ask("POST", "/check/advice/", EMERGENCY))
        assert {page.status for page in pages} == {200}
        # Figures are for a quiet machine; this only tells the site from one that waits for them.
        assert sorted(page.seconds for page in pages)[-2] < 3


def test_who_never_ends_is_sent_away(proxy):
    with ExitStack() as hold:
        made = slow_clients(proxy, 2, hold)
        start = time.monotonic()
        for line in made:
            assert line.recv(100)[:12] in (b"", b"HTTP/1.1 408")
        assert time.monotonic() - start < 20


def test_one_address_has_so_many_lines_and_no_more(proxy):
    with ExitStack() as hold:
        for _ in range(40):
            line = hold.enter_context(proxy.connect("127.0.3.1"))
            line.sendall(b"POST /check/advice/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na")
        time.sleep(0.5)
        with proxy.connect("127.0.3.1") as one_more:
            one_more.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert one_more.recv(20).startswith(b"HTTP/1.1 429")
        assert proxy.get("/").status == 200
