"""The shipped nginx configuration, run for real before two replicas of the site."""

import http.server
import json
import os
import re
import resource
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median

import pytest
from django.conf import settings

from tests.once import ROOT
from tests.postgres import free_port
from tests.served import Answer, Served, Visitor, wait_until
from tests.servers.conftest import NGINX

EMERGENCY = b"signs=balance"


class Proxy:
    """nginx with the shipped configuration, except for ports and folders."""

    def __init__(self, folder: Path, ports: list[int], believed: str = "127.0.0.9") -> None:
        self.folder, self.port, self.plain_port = folder, free_port(), free_port()
        certificate = ["-keyout", "site.key", "-out", "site.crt", "-subj", "/CN=localhost", "-days", "2"]
        new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-addext", "subjectAltName=DNS:localhost"]
        subprocess.run([*new, *certificate], cwd=folder, check=True, capture_output=True)
        text = (ROOT / "docs/server/nginx.conf").read_text("utf-8")
        for shipped, here in {
            "user www-data;": f"{'' if os.getuid() else 'user root;'} pid {folder}/pid;",
            "172.30.88.11:8000": f"127.0.0.1:{ports[0]}",
            "172.30.88.12:8000": f"127.0.0.1:{ports[1]}",
            "/etc/nginx/tls/": f"{folder}/",
            "/var/log/nginx/": f"{folder}/",
            "/run/back-spasm": f"{folder}/cache",
            "/var/www/back-spasm": f"{folder}/kept",
            "listen 80 ": f"listen 127.0.0.1:{self.plain_port} ",
            "listen 443 ": f"listen 127.0.0.1:{self.port} ",
            "        listen [::]:80 default_server;\n": "",
            "        listen [::]:443 ssl default_server;\n": "",
        }.items():
            assert shipped in text
            text = text.replace(shipped, here)
        if re.search(r"nginx/1\.2[0-4]\.", subprocess.run([NGINX, "-v"], capture_output=True, text=True).stderr):
            text = text.replace(f":{self.port} ssl", f":{self.port} ssl http2").replace("http2 on;", "")
        (folder / "nginx.conf").write_text(text, "utf-8")
        # In place of a CDN, or a hospital's own proxy.
        (folder / "proxies.conf").write_text(f"set_real_ip_from {believed};", "utf-8")
        (folder / "kept" / "static").mkdir(parents=True)
        folder.chmod(0o755)
        self.process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"])
        self.trust = ssl.create_default_context(cafile=str(folder / "site.crt"))
        wait_until(lambda: (folder / "pid").exists())

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def connect(self, address: str) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(address, 0))
        return self.trust.wrap_socket(plain, server_hostname="localhost")

    def ask(self, method: str, path: str, body: bytes = b"", address: str = "", **headers: str) -> Answer:
        return Visitor(self.port, trust=self.trust, source=address).ask(method, path, body, **headers)

    def get(self, path: str, address: str = "", **headers: str) -> Answer:
        return self.ask("GET", path, address=address, **headers)

    def cached(self, path: str) -> str | None:
        """The X-Cache header for this page."""
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
        replica.kill_all()


@pytest.fixture(scope="module")
def proxy(replicas, tmp_path_factory) -> Iterator[Proxy]:
    with closing(Proxy(tmp_path_factory.mktemp("proxy"), [replica.port for replica in replicas])) as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
def never_ending(proxy) -> Iterator[list[Future[bytes]]]:
    """The proxy's answers to two clients that never finish, started before the first test."""
    with ExitStack() as hold, ThreadPoolExecutor(2) as patience:
        yield [patience.submit(line.recv, 12) for line in slow_clients(proxy, 2, hold)]


@pytest.fixture(autouse=True)
def as_new(proxy, replicas) -> Iterator[None]:
    yield
    for replica in replicas:
        if replica.master.poll() is not None:
            replica.start()
    wait_until(lambda: both_are_asked(proxy, replicas))


def both_are_asked(proxy: Proxy, replicas: list[Served]) -> bool:
    """Whether both replicas get requests. (The proxy avoids one for two seconds after a failure.)"""
    before = [replica.log.stat().st_size for replica in replicas]
    answers = {proxy.get("/book/").status for _ in range(4)}
    now = [replica.log.stat().st_size for replica in replicas]
    return answers == {200} and all(size > old for size, old in zip(now, before, strict=True))


def test_pages_come_over_tls_with_its_headers(proxy):
    page = proxy.get("/")
    assert page.status == 200
    assert "Strict-Transport-Security" in page.headers, "the site knows that it was https"
    assert page.headers["Server"] == "nginx"
    assert "__Host-csrf=" in proxy.get("/book/").headers["Set-Cookie"]


def test_plain_http_is_redirected_for_our_own_name_only(proxy):
    plain = Visitor(proxy.plain_port)
    answer = plain.get("/es/medicines/?a=b")
    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/es/medicines/?a=b")
    for host in ("evil.example", "localhost.evil.example", "evil.example:80"):
        answer = plain.ask("GET", "/es/medicines/", Host=host)
        assert (answer.status, answer.headers["Location"]) == (400, None)
        assert "evil" not in answer.text


def test_no_older_tls(proxy):
    # Written as bytes, as today's libraries refuse to: a ClientHello of TLS 1.1 with old ciphers.
    hello = b"\x03\x02" + bytes(32) + b"\x00" + b"\x00\x04\xc0\x14\x00\x2f" + b"\x01\x00"
    message = b"\x01" + len(hello).to_bytes(3, "big") + hello
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as line:
        line.sendall(b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message)
        assert line.recv(2) == b"\x15\x03", "an alert, and no hello"


class Recorder(http.server.BaseHTTPRequestHandler):
    """A fake replica that answers with the request's headers."""

    server: "Recorders"

    def do_GET(self) -> None:
        said = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Cache-Control", settings.GUIDE_CACHE_CONTROL)
        self.end_headers()
        self.wfile.write(said)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *arguments: object) -> None:
        pass


class Recorders(http.server.ThreadingHTTPServer):
    status = 200


@pytest.fixture
def recorders(tmp_path) -> Iterator[Recorders]:
    server = Recorders(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def recorded(recorders, tmp_path) -> Iterator[Proxy]:
    """A proxy with a recorder in the place of each replica."""
    with closing(Proxy(tmp_path, [recorders.server_port] * 2)) as made:
        yield made


def test_forged_headers_are_not_passed_on(recorded):
    """Forged headers could fake a client's address, or https. A proxy named in proxies.conf is trusted for the
    address that it has seen."""
    claims = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.1, 203.0.113.9", "X-Request-ID": "mine-mine"}
    claims |= {"Forwarded": "for=192.0.2.1", "X-Real-IP": "192.0.2.1", "X-Original-URL": "/admin/", "Proxy": "x"}
    for address, known_as in (("127.0.0.1", "127.0.0.1"), ("127.0.0.9", "203.0.113.9")):
        said = json.loads(recorded.get("/book/", address, **claims).text)
        assert re.fullmatch(r"[0-9a-f]{32}", said.pop("x-request-id"))
        wanted = {"host": "localhost", "x-forwarded-for": known_as, "x-forwarded-proto": "https"}
        assert said == wanted | {"connection": "close"}


def test_a_removed_page_is_not_shown_from_the_cache(recorded, recorders):
    assert [recorded.get("/ease-the-pain/").headers["X-Cache"] for _ in range(2)] == ["MISS", "HIT"]
    recorders.status = 404
    assert get_stale(recorded, "/ease-the-pain/").status == 404


@pytest.mark.parametrize(("dead", "status"), [(0, 404), (0, 500), (1, 200)])
def test_just_after_both_failed_each_that_runs_is_asked(tmp_path, dead, status):
    """By many at once, whose tries take turns. If both give the same answer, it is passed on."""
    port = free_port()
    with closing(Proxy(tmp_path, [free_port() if dead else port, port])) as proxy:
        assert proxy.get("/book/").status == 503, "so both have failed"
        with Recorders(("127.0.0.1", port), Recorder) as server, ThreadPoolExecutor(16) as at_once:
            server.status = status
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
            answers = [answer.status for answer in at_once.map(proxy.get, [f"/{n}/" for n in range(100)])]
            server.shutdown()
    assert set(answers) == {status}


def ask_at_once(proxy: Proxy, ways: list[tuple[str, str]]) -> list[Answer]:
    """At the same moment: after a failure, the proxy avoids a replica for two seconds."""
    with ThreadPoolExecutor(len(ways)) as at_once:
        return list(at_once.map(lambda way: proxy.ask(*way, EMERGENCY * (way[0] == "POST")), ways))


def test_a_hanging_replica_loses_no_answer(tmp_path, replicas):
    with socket.create_server(("127.0.0.1", 0), backlog=99) as mute:
        ports = [mute.getsockname()[1], replicas[1].port]
        with closing(Proxy(tmp_path, ports)) as proxy:
            answers = ask_at_once(proxy, [("GET", "/privacy/"), ("GET", "/book/"), ("POST", "/check/advice/")] * 4)
    assert {answer.status for answer in answers} == {200}
    assert max(answer.seconds for answer in answers) > 7, "some were asked of it first"


def test_a_replica_that_is_broken_costs_nobody_an_answer(tmp_path, recorders, replicas):
    recorders.status = 500
    ways = [("GET", "/privacy/"), ("POST", "/book/"), ("POST", "/check/advice/"), ("GET", "/admin/sign-in/")] * 4
    for other, expected in ((replicas[1].port, {200, 403}), (recorders.server_port, {500})):
        (folder := tmp_path / str(other)).mkdir()
        with closing(Proxy(folder, [recorders.server_port, other])) as proxy:
            statuses = {answer.status for answer in ask_at_once(proxy, ways)}
        assert statuses == expected, "403: the form's token is missing"


def test_the_proxy_and_the_site_log_the_same_request_id(proxy, replicas):
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
    assert (proxy.folder / "error.log").read_text() == "", "nginx writes nothing else down of who asked for what"
    wait_until(lambda: any(number in replica.log.read_text() for replica in replicas))


def assert_own_words(answer: Answer, status: int, path: str = "/") -> None:
    """The answer is an error page of the site, in the language of the address."""
    assert answer.status == status
    assert f'<html lang="{"es" if path.startswith("/es/") else "en"}">' in answer.text
    assert 'href="tel:911"' in answer.text
    assert 'href="tel:+' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


LONG = "a" * 30_000
OF_OTHERS = {
    "a tracker's cookie": ("", {"Cookie": f"_t={LONG[:9000]}"}),
    "cookies of 30 KB": ("", {"Cookie": "; ".join(f"_t{place}={LONG[:990]}" for place in range(29))}),
    "an address of 5 KB": (f"?utm_source={LONG[:5000]}", {}),
    "an address of 30 KB": (f"?fbclid={LONG}", {}),
    "300 headers": ("", {f"X-Via-{place}": LONG[:90] for place in range(300)}),
}


@pytest.mark.parametrize("path", ["/medicines/", "/es/check/", "/es/book/", "/admin/sign-in/"])
def test_long_cookies_and_addresses_of_other_sites(proxy, path):
    for what, (query, headers) in OF_OTHERS.items():
        assert proxy.get(path + query, **headers).status == 200, what
    assert_own_words(proxy.get(path, Cookie=f"_t={LONG}{LONG}"), 431, path)
    assert_own_words(proxy.get(f"{path}?utm={LONG}{LONG}"), 414)  # nginx has not read of which page


def test_without_the_proxy_too_as_far_as_gunicorn_goes(replicas):
    direct = replicas[0].visitor()
    for what in ("a tracker's cookie", "cookies of 30 KB", "an address of 5 KB"):
        query, headers = OF_OTHERS[what]
        assert direct.ask("GET", f"/medicines/{query}", **headers).status == 200, what
    for query, headers, status in ((LONG, {}, 414), ("", {"Cookie": LONG * 2}, 431), ("", {"X A": "b"}, 400)):
        answer = direct.ask("GET", f"/medicines/?{query}", **headers)
        assert answer.status == status
        assert "tel:911" in answer.text
        assert re.search(r"call us: \(\d{3}\) \d{3}-\d{4}", answer.text)


def test_invalid_and_oversized_requests_get_our_own_error_pages(proxy):
    assert_own_words(proxy.get("/es/medicines/", Host="a b"), 400, "/es/")
    assert_own_words(proxy.ask("TRACE", "/medicines/"), 405)
    assert_own_words(Visitor(proxy.port).get("/medicines/"), 400)  # plain http on the port for TLS
    assert proxy.ask("POST", "/check/advice/", b"a=" + b"x" * 65_000).status == 422
    for path in ("/check/advice/", "/es/book/", "/static/x.css"):
        assert_own_words(proxy.ask("POST", path, b"a=" + b"x" * 66_000), 413, path)


def test_a_page_is_compressed_as_asked_and_complete(proxy, replicas):
    """With and without the proxy. test_page_memory.py has more headers."""
    path = stylesheet_of(proxy)
    for ask in (proxy.ask, replicas[0].visitor().ask):
        for accepted, coding in (("gzip, deflate, br, zstd", "br"), ("BR;q=0.000 , GZIP ; Q=0", None)):
            for each in ("/exercise/", path):
                answer = ask("HEAD", each, **{"Accept-Encoding": accepted})
                assert (answer.status, answer.headers["Content-Encoding"]) == (200, coding)
        whole = ask("GET", path, **{"Accept-Encoding": "identity"}).text
        for part in ("bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=999999-", "bytes=0-0,2-3"):
            answer = ask("GET", path, **{"Accept-Encoding": "identity", "Range": part})
            assert (answer.status, answer.text) == (200, whole)


def stylesheet_of(proxy: Proxy) -> str:
    return re.search(r'/static/css/[^"]+', proxy.get("/").text)[0]


def test_files_of_other_releases_are_found_and_missing_ones_not_cached(proxy, replicas):
    (proxy.folder / "kept/static/css").mkdir()
    (proxy.folder / "kept/static/css/old.0123456789ab.css").write_text("old")
    kept = proxy.get("/static/css/old.0123456789ab.css")
    assert (kept.status, kept.text, kept.headers["Content-Type"]) == (200, "old", "text/css")
    for path in ("/static/css/new.0123456789ab.css", "/static/", "/static/css", "/static/staticfiles.json", "/nope/"):
        assert_own_words(proxy.get(path), 404)
        assert_own_words(replicas[0].visitor().get(path), 404)


def test_only_pages_for_everybody_are_cached(proxy):
    for path in ("/medicines/", "/es/", "/check/", "/handout/"):
        proxy.get(path)
        assert proxy.cached(path) == "HIT", path
        assert proxy.cached(f"{path}?utm=else") == "HIT", path
        answer = proxy.ask("GET", path, Host="www.localhost")  # a form in the cache could not be sent
        assert (answer.status, answer.headers["Location"]) == (302, f"https://localhost{path}")
    for path in ("/book/", "/es/book/", "/check/handout/", "/admin/", "/admin/sign-in/", "/readyz", "/nothing/"):
        proxy.get(path)
        assert proxy.cached(path) != "HIT", path
    advice = [proxy.ask("POST", "/check/advice/", EMERGENCY).headers["X-Cache"] for _ in range(2)]
    assert advice == [None, None], "a post does not come near the cache"


def test_a_stopping_replica_takes_no_new_requests(proxy, replicas):
    """New requests go to the other replica while it still answers a slow client."""
    with socket.create_connection(("127.0.0.1", replicas[0].port)) as slow:
        slow.sendall(b"POST /book/ HTTP/1.1\r\nHost: localhost\r\n")
        time.sleep(0.2)
        replicas[0].master.terminate()
        for _ in range(20):
            answer = proxy.ask("POST", "/admin/sign-in/", b"login=a")
            assert answer.status == 403, "an answer of the site's own: the form's token is missing"
            assert answer.seconds < 2
        assert replicas[0].master.poll() is None
    replicas[0].master.wait(15)


def test_the_proxy_survives_each_failure_of_the_replicas(proxy, replicas):
    """One test, as each part would have to start replicas again."""
    fresh = proxy.get("/when-to-get-help/")
    assert "180 days" in proxy.get("/privacy/").text
    assert proxy.cached("/privacy/") == "HIT"
    both = [lambda: proxy.ask("POST", "/check/advice/", EMERGENCY), lambda: proxy.get("/book/")] * 3

    replicas[0].kill_all()
    assert {ask().status for ask in both} == {200}

    # Its container is recreated: nothing refuses the connection.
    wait_until(lambda: not replicas[0].answers())
    with ExitStack() as hold:
        mute = hold.enter_context(socket.create_server(("127.0.0.1", replicas[0].port), backlog=0))
        for _ in range(3):  # its queue is full, so that the next client gets no answer
            waiting = hold.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(mute.getsockname())
        for ask in both:
            answer = ask()
            assert answer.status == 200
            assert answer.seconds < 5

    replicas[1].kill_all()
    wait_until(lambda: not replicas[1].answers())  # its workers die a little later
    make_stale(proxy)
    page = proxy.get("/when-to-get-help/")
    assert (page.status, page.text) == (200, fresh.text)
    assert page.headers["X-Cache"] == "STALE"
    assert fresh.headers["X-Request-ID"] != page.headers["X-Request-ID"]
    for ask in both[:2]:
        answer = ask()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Call 911" in answer.text
        assert "Llame al 911" in answer.text
        for name in ("Strict-Transport-Security", "Content-Security-Policy", "X-Request-ID"):
            assert answer.headers[name]

    # A changed page shows at the first request after the copy has expired.
    for replica in replicas:
        replica.env["RETENTION_DAYS"] = "77"
        replica.start()
        del replica.env["RETENTION_DAYS"]
    wait_until(lambda: both_are_asked(proxy, replicas))
    wait_until(lambda: "77 days" in get_stale(proxy, "/privacy/").text, seconds=10)


def make_stale(proxy: Proxy) -> None:
    """Make the cached copies expire: nginx stores the time in their first bytes."""
    for path in (proxy.folder / "cache").rglob("*"):
        if path.is_file():
            content = bytearray(path.read_bytes())
            content[8:16] = (int(time.time()) - 1).to_bytes(8, "little")
            path.write_bytes(content)


def get_stale(proxy: Proxy, path: str) -> Answer:
    """The answer after the copy has expired."""
    make_stale(proxy)
    return proxy.get(path)


def slow_clients(proxy: Proxy, count: int, hold: ExitStack) -> list[ssl.SSLSocket]:
    """Open `count` unfinished requests from different addresses, half within their headers, half within a body."""
    head = b"POST /check/advice/ HTTP/1.1\r\nHost: localhost\r\n"
    body = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nsigns=bal"
    made = []
    for number in range(count):
        line = hold.enter_context(proxy.connect(f"127.0.{1 + number // 200}.{1 + number % 200}"))
        line.sendall(head + (body if number % 2 else b"X-Slow: a"))
        made.append(line)
    return made


def test_two_hundred_slow_clients(proxy):
    with ExitStack() as hold:
        made = slow_clients(proxy, 200, hold)
        pages = []
        for _ in range(20):
            for line in made[:20]:
                line.sendall(b"a")
            pages.append(proxy.ask("POST", "/check/advice/", EMERGENCY))
        assert {page.status for page in pages} == {200}
        # Not a measurement: it only shows that the site does not wait for these clients.
        assert sorted(page.seconds for page in pages)[-2] < 3


def test_an_unfinished_request_times_out(never_ending):
    for answer in never_ending:
        assert answer.result() in (b"", b"HTTP/1.1 408"), "and not a TimeoutError after half a minute"


def test_thousands_of_unfinished_handshakes(proxy):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 5000), hard))
    try:
        with ExitStack() as hold:
            for _ in range(2000):
                line = hold.enter_context(socket.create_connection(("127.0.0.1", proxy.port), timeout=30))
                line.sendall(b"\x16\x03\x01")
            answers = [proxy.ask("POST", "/check/advice/", EMERGENCY) for _ in range(5)]
            answers += [proxy.get("/es/when-to-get-help/") for _ in range(5)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert {answer.status for answer in answers} == {200}
    assert median(answer.seconds for answer in answers) < 1


def test_a_shared_address_may_read_and_check(proxy):
    """As in a hospital. Only requests for a visit are limited, if 200 others are being sent."""
    with ExitStack() as hold:
        for place in range(205):
            line = hold.enter_context(proxy.connect("127.0.0.1"))
            way = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 9  # of which it reads nothing
            if place % 5:
                way = b"POST /es/book/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na"
            line.sendall(way)
        for _ in range(60):
            line = hold.enter_context(proxy.connect("127.0.0.1"))
            line.sendall(b"POST /check/advice/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na")
        wait_until(lambda: proxy.ask("POST", "/es/book/", b"name=a").status == 429, 10)
        assert_own_words(proxy.ask("POST", "/es/book/", b"name=a"), 429, "/es/book/")
        for path in ("/", "/es/medicines/", "/check/", "/book/", stylesheet_of(proxy)):
            assert proxy.get(path).status == 200
        assert proxy.ask("POST", "/check/advice/", EMERGENCY).status == 200
        assert proxy.ask("POST", "/es/book/", b"name=a", address="127.0.3.1").status == 403, "the token is missing"
