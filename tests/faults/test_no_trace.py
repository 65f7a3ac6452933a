"""A marked text is typed into every field. It is found in the request that was sent, and nowhere else."""

import json
import re
import secrets
import socket

import pytest

from tests.served import Answer, wait_until
from tests.servers.conftest import send_notices
from tests.servers.mail_server import MailServer
from tests.typed import PLAIN_REQUEST
from tests.unit.clinical.scenarios import PLAIN_SPASM

HIDDEN = re.compile(r'type="hidden" name="([^"]+)" value="([^"]*)"')
# Pages that do not use the database.
on_one_database = pytest.mark.parametrize("served", ["sqlite"], indirect=True)
CHECKED = PLAIN_SPASM | {"step": "2", "duration": "weeks_2_or_not_sure", "spread": "leg_or_tingling"}


@pytest.fixture
def mark() -> str:
    return f"zqx{secrets.token_hex(6)}"


@pytest.fixture
def mail_server(served):
    server = MailServer()
    served.env |= {"EMAIL_URL": server.url, "DESK_EMAIL": "desk@example.org"}
    yield server
    server.close()


def test_what_a_person_types_leaves_no_trace(served, mark, mail_server, django_db_blocker):
    visitor = served.visitor("198.51.100.201")
    agent = {"User-Agent": mark, "Referer": f"https://localhost/{mark}", "Accept-Language": mark}
    answers = [
        visitor.ask("GET", f"/{mark}/?q={mark}", **agent),
        visitor.ask("GET", f"/check/?{mark}", **agent),
        visitor.ask("GET", f"/book/?name={mark}", **agent),
        visitor.ask("GET", "/", **(agent | {"Host": f"{mark}.example"})),
        visitor.ask(mark.upper(), "/check/", **agent),
        visitor.ask("POST", "/check/advice/", f'{{"{mark}": 1'.encode(), **{"Content-Type": "application/json"}),
        visitor.post("/check/advice/", {"signs": mark}),
        visitor.post("/check/advice/", CHECKED | {"age": mark, mark: mark}),
        visitor.post("/check/advice/", CHECKED | {"change": "details", "duration": mark}),
        visitor.post("/check/advice/", {f"{mark}{n}": mark for n in range(101)}),
        visitor.post("/book/", PLAIN_REQUEST | {"note": mark}),
        visitor.post("/admin/login/", {"username": mark, "password": mark}),
    ]
    # Redirects to the sign-in with this address, to return to it afterwards.
    visitor.ask("GET", f"/admin/triage/bookingrequest/{mark}/change/", **agent)
    form = visitor.post("/book/from-advice/", CHECKED | {mark: mark})
    typed = dict(HIDDEN.findall(form.text)) | PLAIN_REQUEST | {"share": "on", "name": mark, "phone": "(212) 555-0007"}
    typed |= {"email": f"{mark}@example.org", "reach_by": "email", "note": mark}
    answers += [
        form,
        visitor.post("/book/", typed | {"phone": mark}),
        visitor.post("/es/book/", typed | {"switch": "unchecked"}),
        visitor.post("/book/", typed | {"csrfmiddlewaretoken": mark}),
        visitor.post("/book/", typed | {"opened": mark, "request_key": mark}),
        visitor.post("/book/", typed),
        visitor.get("/book/sent/"),
    ]
    assert answers[-2].status == 302
    assert mark in answers[-1].text  # "we will email …"
    for answer in answers:
        assert mark not in str(answer.headers)
        assert not re.search(f"<title>[^<]*{mark}", answer.text)
    assert mark not in str(visitor.cookies)

    with django_db_blocker.unblock():
        assert mark not in send_notices(served)
    (ours,) = [mail for mail in mail_server.taken if mail["To"] == f"{mark}@example.org"]
    del ours["To"]
    assert "desk@example.org" in {mail["To"] for mail in mail_server.taken}
    for mail in mail_server.taken:
        assert mark not in f"{mail.items()} {mail.get_payload(decode=True)}"

    assert mark not in served.log.read_text()
    found = {table for table, rows in served.tables().items() if mark in rows}
    assert found == {"triage_bookingrequest"}


@on_one_database
def test_a_request_is_logged_as_one_line_without_personal_data(served):
    before = served.log.stat().st_size
    visitor = served.visitor()
    with socket.create_connection(("127.0.0.1", served.port)) as stranger:
        stranger.sendall(b"GET /?numb-leg HTTP/9.9\r\n\r\n")
        stranger.recv(1000)
    answers = [visitor.get("/nowhere%0Aforged?sign=numb-leg"), visitor.get("/check/?sign=numb-leg")]
    unknown, check = lines_about(served, answers)
    assert set(check) == {"time", "level", "logger", "message", "request_id", "route", "method", "status", "ms"}
    assert (check["route"], check["method"], check["status"]) == ("checker:check", "GET", 200)
    assert (unknown["route"], unknown["status"]) == ("unknown", 404)
    text = served.log.read_text()[before:]
    assert '"Invalid request"' in text
    for secret in ("numb-leg", "forged", visitor.address, "ip="):
        assert secret not in text


def test_answers_that_are_not_sent_are_nowhere(served):
    """The check leaves the database unchanged."""
    visitor = served.visitor("198.51.100.202")
    before = served.tables()
    for fields in (CHECKED, {"signs": "chest_or_jaw"}, CHECKED | {"change": "signs"}, CHECKED | {"step": "3"}):
        assert visitor.post("/check/advice/", fields).status == 200
    visitor.post("/book/from-advice/", CHECKED)
    assert served.tables() == before
    assert "weeks_2_or_not_sure" not in served.log.read_text()


@on_one_database
def test_health_is_asked_without_https_and_the_rest_is_not(served):
    visitor = served.visitor()
    for path in ("/healthz", "/readyz"):
        assert visitor.ask("GET", path, **{"X-Forwarded-Proto": "http"}).status == 200
    moved = visitor.ask("GET", "/check/", **{"X-Forwarded-Proto": "http"})
    assert (moved.status, moved.headers["Location"]) == (301, "https://localhost/check/")


@on_one_database
def test_cookies_are_locked_to_the_host(served):
    visitor = served.visitor("198.51.100.203")
    answer = visitor.book("Cookie")
    lines = [*visitor.get("/book/").headers.get_all("Set-Cookie"), *answer.headers.get_all("Set-Cookie")]
    assert len(lines) == 2
    for line in lines:
        assert line.startswith("__Host-")
        for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert word in line
        assert "Domain" not in line


@on_one_database
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),
        ({"X-Forwarded-Host": "evil.example"}, 200),
        ({"X-Forwarded-Port": "8443"}, 200),
        ({"Script-Name": "/evil"}, 200),
        ({"Path-Info": "/admin/"}, 200),
    ],
)
def test_forged_headers_do_not_change_our_addresses(served, headers, status):
    page = served.visitor().ask("GET", "/check/", **headers)
    assert page.status == status
    assert "evil" not in page.text
    assert status != 200 or "Symptom check" in page.text


@on_one_database
@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "/%5cevil.example/", "//evil.example/.."])
@pytest.mark.parametrize("target", ["{}", "/admin/login/?next={}", "/es{}"])
def test_no_address_redirects_to_another_site(served, path, target):
    page = served.visitor().ask("GET", target.format(path))
    assert page.status < 500
    assert not re.match(r"(https?:)?[/\\]{2}(?!localhost/)", page.headers.get("Location", ""))


@on_one_database
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_strange_methods_are_refused(served, method):
    assert served.visitor().ask(method, "/check/").status in (400, 403, 405, 411, 501)


ANSWERS = [
    *({}, {"medicine": ["none"], "age": "15"}, {"pregnancy": "weeks_20_up"}),  # care at home
    *({"spread": ["leg_or_tingling"], "start": "injury_or_not_sure"}, {"duration": "weeks_2_or_not_sure"}),  # a doctor
    *({"notice": "fever"}, {"health": ["cancer_recent", "weak_immune"]}),  # today
    *({"signs": ["balance"]}, {"signs": ["none", "chest_or_jaw", "saddle"]}),  # 911
]


@on_one_database
def test_no_line_of_the_log_tells_one_answer_from_another(served):
    """Apart from the time, the ID and the milliseconds, the lines are the same for all answers."""
    visitor = served.visitor("198.51.100.204")
    answers = [PLAIN_SPASM | {"step": "2"} | differs for differs in ANSWERS]
    forms = [visitor.post("/book/from-advice/", posted) for posted in answers[:5]]
    requests = [dict(HIDDEN.findall(form.text)) | PLAIN_REQUEST | {"share": "on"} for form in forms]
    requests = [typed | {"phone": f"(212) 555-{n:04}", "note": n * "x"} for n, typed in enumerate(requests, 100)]
    for path, posts in (("/check/advice/", answers), ("/check/handout/", answers), ("/book/from-advice/", answers)):
        assert len(kinds_of_lines(served, visitor, path, posts)) == 1
    (line,) = kinds_of_lines(served, visitor, "/book/", requests)
    assert '"status": 302' in line, "they were stored"


def lines_about(served, answers: list[Answer]) -> list[dict]:
    """The log lines about these requests, without those about others."""
    numbers = {answer.headers["X-Request-ID"] for answer in answers}

    def lines() -> list[dict]:
        log = served.log.read_text().splitlines()
        return [json.loads(line) for line in log if any(number in line for number in numbers)]

    # The last line about a request is written after its answer is sent.
    wait_until(lambda: sum(line["message"] == "request" for line in lines()) == len(numbers))
    return lines()


def kinds_of_lines(served, visitor, path: str, posts: list[dict]) -> set[str]:
    """The log lines about these posts, without what differs between all requests."""
    lines = lines_about(served, [visitor.post(path, posted) for posted in posts])
    assert len(lines) == len(posts)
    left_out = {"time", "request_id", "ms"}
    return {json.dumps({name: line[name] for name in line.keys() - left_out}, sort_keys=True) for line in lines}
