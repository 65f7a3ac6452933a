"""Pages that are answered from memory: the same as rendered ones, and never out of date."""

import gzip

import brotli
import pytest
from django.conf import settings
from django.http import HttpResponse

from backspasm_site.middleware import PageMemory, best_coding
from triage.guide import views

BROWSER = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd"}
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.fixture
def rendered(monkeypatch):
    """The addresses of the guide that were rendered, in order."""
    seen = []
    render = views.render

    def counting(request, *args, **kwargs):
        seen.append(request.path)
        return render(request, *args, **kwargs)

    monkeypatch.setattr(views, "render", counting)
    return seen


@pytest.mark.parametrize("path", ["/", "/es/medicines/", "/privacy/"])
@pytest.mark.parametrize(("accepted", "coding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0", None)])
def test_a_page_from_memory_equals_the_rendered_one(client, rendered, path, accepted, coding):
    first, again = (client.get(path, HTTP_ACCEPT_ENCODING=accepted) for _ in range(2))
    assert rendered == [path]
    assert again.content == first.content
    assert UNPACK[coding](again.content) == client.get(path).content
    numbers = [page.headers.pop("X-Request-ID") for page in (first, again)]
    assert numbers[0] != numbers[1]
    assert again.headers == first.headers
    assert (again.headers.get("Content-Encoding"), again.headers["Vary"]) == (coding, "Accept-Encoding")
    assert again.headers["Content-Length"] == str(len(again.content))
    assert "default-src 'none'" in again.headers["Content-Security-Policy"]
    assert again.headers["Content-Language"] == ("es" if path.startswith("/es/") else "en")
    assert not again.cookies


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip;q=0, br;q=0", ""),
        ("BR;q=0.000 , GZIP ; Q=0", ""),
        ("identity;q=0, gzip", "gzip"),
        ("*;q=0", ""),
        ("identity;q=0", ""),
        ("br;q=0.5, gzip;q=1", "gzip"),
        ("gzip;q=1, br", "br"),
        ("GZIP ; Q = 0.001 ,br;q=0.0", "gzip"),
        ("gzip;q=0.5, identity", ""),
        ("br;q=x, gzip;q=nan", ""),
        ("brotli, x-gzip,, ;q=1", ""),
        ("*", ""),
        ("", ""),
    ],
)
def test_best_coding(accepted, coding):
    assert best_coding(accepted) == coding


@pytest.mark.parametrize("path", ["/check/handout/", "/book/", "/book/sent/", "/admin/", "/healthz", "/no-such-page/"])
def test_personal_pages_are_not_kept_in_memory(client, db, path):
    assert "ETag" not in client.get(path).headers
    assert "ETag" not in client.post("/check/advice/", {"signs": "none"}).headers


def test_a_304_and_a_head_have_no_body(client):
    first = client.get("/", **BROWSER)
    again = client.get("/", HTTP_IF_NONE_MATCH=first.headers["ETag"], **BROWSER)
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy"):
        assert again.headers[name] == first.headers[name]
    assert client.get("/", HTTP_IF_NONE_MATCH='"other"', **BROWSER).status_code == 200
    head = client.head("/", **BROWSER)
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", first.headers["ETag"])


def test_a_change_shows_within_a_minute(client, rendered, settings, monkeypatch):
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    old = client.get("/privacy/")
    settings.RETENTION_DAYS = 77
    now += PageMemory.SECONDS
    assert client.get("/privacy/").content == old.content
    now += 0.1
    assert b"77 days" in client.get("/privacy/").content
    assert len(rendered) == 2


def test_each_scheme_and_host_has_its_own_answer(client, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    assert client.get("/").status_code == 200
    assert client.get("/", HTTP_HOST="evil.example").status_code == 400
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/", secure=True).status_code == 200


def test_it_does_not_grow_without_end(rf):
    def answer(request):
        return HttpResponse(headers={"Cache-Control": settings.GUIDE_CACHE_CONTROL})

    memory = PageMemory(answer)
    for port in range(PageMemory.MAX_PAGES + 20):
        memory(rf.get("/", HTTP_HOST=f"testserver:{port + 1}"))
    assert len(memory.pages) == 20


def test_the_log_names_its_route(client):
    for _ in range(2):
        answer = client.get("/es/check/")
        log = {"request_id": answer.headers["X-Request-ID"], "route": "checker:check"}
        assert answer.wsgi_request.META["backspasm.log"] == log
