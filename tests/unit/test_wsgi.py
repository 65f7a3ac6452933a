"""What Django never gets: cookies that it would take for ours, and headers that it parses slowly."""

from http.cookies import SimpleCookie
from wsgiref.util import setup_testing_defaults

import pytest

from backspasm_site import wsgi
from tests.conftest import BROWSER

# At the start of a request Django checks the connections that other tests left open.
pytestmark = pytest.mark.django_db


def secret_taken(**headers: str) -> str:
    """The CSRF secret that the request form uses."""
    sent: list[tuple[str, str]] = []
    environ = {"PATH_INFO": "/book/"} | headers
    setup_testing_defaults(environ)
    wsgi.application(environ, lambda _status, given: sent.extend(given))
    return SimpleCookie(dict(sent)["Set-Cookie"])["csrftoken"].value


# Chromium lets any site of the same domain set a `__Host-` cookie with one of these before its name, except the last.
SPACES = ["\u2003", "\xa0", "\u3000", "\x85", "\u2028", "\u1680", "\v", "\x1c"]


@pytest.mark.parametrize("place", ["{0}{1}", "{1}{0}", "{0}{0}{1}{0}"])
@pytest.mark.parametrize("space", SPACES)
def test_a_cookie_with_white_space_in_its_name_is_ignored(space, place):
    name = place.format(space, "csrftoken").encode().decode("latin-1")  # as WSGI has it
    tossed, ours = f"{name}={'t' * 32}", f"csrftoken={BROWSER}"
    assert secret_taken(HTTP_COOKIE=tossed) not in ("t" * 32, BROWSER)
    assert {secret_taken(HTTP_COOKIE=f"{one}; {other}") for one, other in ((tossed, ours), (ours, tossed))} == {BROWSER}


@pytest.mark.parametrize("header", ["CONTENT_TYPE", "HTTP_ACCEPT_ENCODING"])
def test_long_headers_that_django_parses_slowly_are_dropped(header, monkeypatch):
    """32 KB of quoted `;` take half a second."""
    read = {}
    monkeypatch.setattr(wsgi, "_django", lambda environ, _start: read.update(environ))
    for text, kept in (('x;a="' + ";" * 32_000, ""), ("gzip, deflate, br", "gzip, deflate, br")):
        wsgi.application({header: text}, None)
        assert read[header] == kept


def test_a_cookie_is_read_as_it_was_sent():
    """Python's quoted cookies could put NUL into a session key, which PostgreSQL refuses."""
    assert secret_taken(HTTP_COOKIE='csrftoken="' + r"\164" * 32 + '"') != "t" * 32
