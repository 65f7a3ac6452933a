"""Hundreds of random bad inputs: never a bare error page, and never accepted."""

import string
from contextlib import suppress
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import BROWSER, new_key
from tests.sec.site import forms
from triage.booking.models import BookingRequest, RateLimitHit
from triage.guide.pages import PAGES


def many(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,  # the same on each machine, so that a failure comes from a change of the code
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


PATHS = [f"{root}{path}" for root in ("/", "/es/") for path in (*(page.path for page in PAGES), "check/", "book/")]
FORMS = {"/check/advice/": "details", "/es/check/advice/": "symptom", "/book/": "booking", "/es/book/": "booking"}
NASTY = ["\x00", "\ud800", "\u202e", "' OR 1=1--", "<script>x()</script>"]
NASTY += ["{{7*7}}", "٣", "9" * 5000, "../../x", "=1+1"]
text = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.text(string.printable, max_size=2000))
names = st.one_of(st.sampled_from(["signs", "age", "next", "status", "csrfmiddlewaretoken", "switch", "change"]), text)
header_names = st.sampled_from(
    [
        *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Type", "Cookie", "Expect", "Host"),
        *("If-Modified-Since", "If-None-Match", "Origin", "Range", "Referer", "Transfer-Encoding", "User-Agent"),
        *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-HTTP-Method-Override", "X-Request-ID"),
    ]
)
# gunicorn passes on headers as single bytes, without line breaks.
header_values = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=200)


@pytest.fixture
def stranger(db, settings) -> Client:
    settings.TRUSTED_PROXIES = 1
    client = Client(raise_request_exception=False)
    client.cookies["csrftoken"] = BROWSER
    return client


def valid(path: str) -> dict:
    (spec,) = [spec for spec in forms() if spec["name"] == FORMS[path]]
    known = {name: field["valid"][0] for name, field in spec["fields"].items()}
    return known | {"request_key": new_key()}


def clear() -> None:
    """Delete all requests and hits, so that no limit is reached."""
    BookingRequest.objects.all().delete()
    RateLimitHit.objects.all().delete()


def encoded(fields: list[tuple[str, str]]) -> bytes:
    return urlencode(fields, encoding="utf-8", errors="surrogatepass").encode()


def assert_polite(page, *, is_staff: bool = False) -> None:
    assert page.status_code < 500
    assert "Content-Security-Policy" in page.headers
    assert not page.headers.get("Location", "/").startswith(("//", "/\\", "http"))
    if page.status_code not in (301, 302, 304) and "html" in page.headers["Content-Type"]:
        assert is_staff or b"tel:" in page.content, "no way to call"
        assert b"<script>x()" not in page.content
        assert b"Traceback" not in page.content


@many(150)
@given(path=st.sampled_from(sorted(FORMS)), bad=st.dictionaries(names, text, max_size=3), drop=st.sets(names))
def test_fields(stranger, path, bad, drop):
    clear()
    right = valid(path)
    fields = {name: value for name, value in (right | bad).items() if name not in drop}
    page = stranger.generic("POST", path, encoded(list(fields.items())), "application/x-www-form-urlencoded")
    assert_polite(page)
    if page.status_code == 302 and "/sent/" in page.headers["Location"]:
        stored = BookingRequest.objects.get()
        assert stored.name == fields["name"].strip()
        assert not set("\x00\u202e") & set(stored.name + stored.note)
        assert stored.status == "new"


@many(100)
@given(path=st.sampled_from(sorted(FORMS)), name=st.sampled_from(sorted(valid("/book/"))), value=text)
def test_one_wrong_field_is_not_taken(stranger, path, name, value):
    """An unknown choice, and a field that is posted twice, are refused."""
    right = valid(path)
    if name not in right or name == "request_key" or value in str(right):
        return
    clear()
    twice = [*right.items(), (name, value)]
    page = stranger.generic("POST", path, encoded(twice), "application/x-www-form-urlencoded")
    assert_polite(page)
    if path.endswith("/book/"):
        assert page.status_code == 422
        assert not BookingRequest.objects.exists()


@many(150)
@given(path=st.sampled_from([*PATHS, *FORMS, "/admin/login/"]), headers=st.dictionaries(header_names, header_values))
def test_headers(stranger, path, headers):
    if path in FORMS:
        page = stranger.post(path, b"signs=none", "application/x-www-form-urlencoded", headers=headers)
    else:
        page = stranger.get(path, headers=headers)
    assert_polite(page, is_staff=path.startswith("/admin/"))


@many(200)
@given(path=st.sampled_from([*PATHS, "/"]), tail=text, query=st.dictionaries(names, text, max_size=4))
def test_addresses(stranger, path, tail, query):
    with suppress(UnicodeEncodeError):
        tail = quote(tail)
    address = f"{path}{tail}?{encoded(list(query.items())).decode()}"
    assert_polite(stranger.get(address.replace("\ud800", "%ed%a0%80")))


@many(200)
@given(
    path=st.sampled_from(sorted(FORMS)), body=st.binary(max_size=500), kind=st.sampled_from(["", "/json", "; charset="])
)
def test_bodies(stranger, path, body, kind):
    kinds = {"": "application/x-www-form-urlencoded", "/json": "application/json"}
    page = stranger.generic("POST", path, body, kinds.get(kind, "application/x-www-form-urlencoded; charset=utf-7"))
    assert_polite(page)
    assert page.status_code in (200, 302, 400, 411, 413, 415, 422)
