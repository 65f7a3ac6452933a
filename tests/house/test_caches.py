"""Every address, in every state and with every method, may be cached as docs/caches.md says."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError
from django.http import HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from whitenoise.middleware import WhiteNoiseMiddleware

from backspasm_site.settings import STORAGES
from tests.conftest import PatientClient, new_key
from tests.house.test_papers import ROOT
from tests.journeys.test_handout import LEVELS, SENSELESS
from tests.once import static_files as collected
from tests.typed import PLAIN_REQUEST
from tests.unit.booking.test_get_changes_nothing import ADDRESSES, address_of, everything, fill_in  # noqa: F401
from tests.unit.clinical.scenarios import PLAIN_SPASM
from tests.unit.conftest import answers, send  # noqa: F401
from triage.booking import views
from triage.booking.limits import TooManyError
from triage.guide.pages import PAGES

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ERROR, FORM, STEP = "an error of any status", "the request form", "a step of the check"
CONFIRMED, NOT_KEPT = "the page that confirms a request", "a page that says that advice is not kept"
FILE, STAFF, MONITOR = "`robots.txt`", "a staff page", "an answer to a monitor"
FOR_ALL, FOR_PROXY = "a page that is the same for everybody", "a page for what our proxy refuses"
REDIRECT = "a redirect to the address as it should be"
# By the names of the views. robots.txt has none.
KINDS = {"booking:request": FORM, "booking:from-advice": FORM, "booking:sent": CONFIRMED, "refused": FOR_PROXY}
KINDS |= {"checker:advice": STEP, "checker:filled-handout": STEP, "healthz": MONITOR, "readyz": MONITOR}
KINDS |= {"checker:check": FOR_ALL, "checker:handout": FOR_ALL, "site:": FILE, "site:sitemap": FILE}
KINDS |= {"site:security-txt": FILE} | {f"guide:{page.name}": FOR_ALL for page in PAGES}


def directives(header: str) -> set[str]:
    return set(filter(None, header.split(", ")))


def allowed(kind: str) -> set[str]:
    """The directives that docs/caches.md lists for a kind."""
    lines = (ROOT / "docs" / "caches.md").read_text("utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith(f"| {kind}")]
    header = line.split(" | ")[1]
    return set() if header == "none" else directives(header.strip("`"))


def assert_as_written(kind: str, answer: HttpResponse, asked: object = "") -> None:
    assert directives(answer.headers.get("Cache-Control", "")) == allowed(kind), f"{kind}: {asked}"


def patients_addresses(patterns: list, before: str = "", names: str = "") -> Iterator[tuple[str, str]]:
    """Each address outside /admin/, with the name of its view."""
    for each in patterns:
        address = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield fill_in(address, 404), names + (each.name or "")
        elif isinstance(each, URLResolver) and address != "admin/":
            inner = f"{each.namespace}:" if each.namespace else names
            yield from patients_addresses(each.url_patterns, address, inner)


def test_every_address_of_a_patient_by_every_method(db):
    found = dict(patients_addresses(get_resolver().url_patterns))
    assert set(found.values()) == KINDS.keys(), "each view has its kind"
    for path, view in found.items():
        for method in METHODS:
            for language in ("", "/es"):
                answer = PatientClient().generic(method, language + path)
                kind = KINDS[view]
                if answer.status_code in (404, 405):
                    kind = ERROR
                elif method != "POST" and view in ("checker:advice", "checker:filled-handout", "booking:from-advice"):
                    kind = NOT_KEPT
                assert_as_written(kind, answer, f"{method} {language}{path}: {answer.status_code}")


@pytest.mark.parametrize("language", ["", "/es"])
def test_every_state_of_the_check(client, language):
    changes = [PLAIN_SPASM | {"change": change, "step": "2"} for change in ("signs", "details")]
    for data in ({"signs": "none"}, {"step": "2"}, *LEVELS.values(), *SENSELESS, *changes):
        for path in ("/check/advice/", "/check/handout/"):
            assert_as_written(STEP, client.post(language + path, data), data)
        assert_as_written(FORM, client.post(f"{language}/book/from-advice/", data), data)


@pytest.mark.parametrize("language", ["", "/es"])
def test_every_state_of_a_request(client, db, language, monkeypatch):
    book, right = f"{language}/book/", PLAIN_REQUEST | {"request_key": new_key()}
    for typed in ({"phone": "1"}, {"switch": "checked"}, {"extra_line": "x"}, {"request_key": ""}):
        assert_as_written(FORM, client.post(book, right | typed), typed)
    strict = PatientClient(enforce_csrf_checks=True)
    for _with_and_without_cookies in range(2):
        for origin in (settings.SITE_URL, "https://lure.example"):
            assert_as_written(FORM, strict.post(book, right, HTTP_ORIGIN=origin), origin)
        strict.cookies.clear()

    for path in (book, f"{book}sent/"):
        assert_as_written(CONFIRMED, client.post(book, right) if path == book else client.get(path))
    assert_as_written(FORM, client.get(book), "after sending")
    for error in (TooManyError, OperationalError):
        monkeypatch.setattr(views, "submit_booking_request", Mock(side_effect=error))
        assert_as_written(FORM, client.post(book, right), error)


@pytest.mark.slow
def test_the_whole_staff_side(everything):  # noqa: F811
    managers = PatientClient()
    managers.force_login(User.objects.get(username="manager"))
    paths = [address_of(address, name, everything) for address, name in ADDRESSES]
    export = {"action": "export_csv", "_selected_action": everything.pk}
    for client, methods in ((PatientClient(), ("GET", "HEAD", "OPTIONS", "PUT")), (managers, ("GET",))):
        assert_as_written(STAFF, client.post("/admin/triage/bookingrequest/", export), "export")
        for method in methods:  # to a manager, the pages answer each of these as they answer GET
            for path in paths:
                assert_as_written(STAFF, client.generic(method, path), f"{method} {path}")


def test_errors_of_every_status(client, monkeypatch):
    form, path = "application/x-www-form-urlencoded", "/check/advice/"
    asked = [client.get("/no-such-page/"), client.get("/static/none.css"), client.get("/es/no-such-page/")]
    asked += [client.post(path, b"a=" + b"x" * 70_000), client.post(path, b"{}", content_type="application/json")]
    asked += [client.post(path, b"&".join(b"f%d=1" % n for n in range(200)), content_type=form)]
    asked += [client.post("/handout/", {"signs": "balance"})]
    assert b"This page opens another way" in asked[-1].content
    assert asked[-1].headers["Allow"] == "GET, HEAD"
    asked += [client.generic("POST", path, b"", form, HTTP_TRANSFER_ENCODING="chunked")]
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("triage.guide.views.structured_data", lambda *_: 1 / 0)
        asked.append(client.get("/privacy/"))
    strict = PatientClient(enforce_csrf_checks=True)
    assert [answer.status_code for answer in asked] == [404, 404, 404, 413, 415, 400, 405, 411, 500]
    for answer in asked:
        assert_as_written(ERROR, answer, answer.status_code)
    assert_as_written(STAFF, strict.post("/admin/sign-in/", {}), "sign-in without its token")


def test_a_redirect_to_the_address_as_it_should_be(client, settings):
    for path in ("/check", "/CHECK/"):
        assert_as_written(REDIRECT, client.get(path))
    settings.SECURE_SSL_REDIRECT = True
    assert_as_written(REDIRECT, PatientClient().get("/check/"))


@contextmanager
def static_files() -> Iterator[WhiteNoiseMiddleware]:
    """What serves the static files of a server."""
    folder = collected()
    with override_settings(STATIC_DIR=folder, STATIC_ROOT=f"{folder}/files", STORAGES=STORAGES):
        yield WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))


def test_every_static_file(rf):
    with static_files() as serve:
        paths = [path for path in serve.files if "LICENSE" not in path]
        assert any(path.startswith("/static/css/site.") for path in paths)
        for path in paths:
            for method in (rf.get, rf.head):
                answer = serve(method(path))
                assert_as_written("a static file", answer, path)
                assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
