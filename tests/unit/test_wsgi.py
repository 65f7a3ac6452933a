"""What is kept from Django: cookies that pass for ours, and headers that it takes long to read."""

from http.cookies import SimpleCookie
from time import process_time
from wsgiref.util import setup_testing_defaults

import pytest

from backspasm_site.wsgi import application
from tests.conftest import BROWSER


def secret_taken(**headers: str) -> str:
    """The secret that the request form takes for that of the browser, which its answer sets anew."""
    sent: list[tuple[str, str]] = []
    environ = {"PATH_INFO": "/book/"} | headers
    setup_testing_defaults(environ)
    application(environ, lambda _status, given: sent.extend(given))
    return SimpleCookie(dict(sent)["Set-Cookie"])["csrftoken"].value


# Chromium lets any site of the same domain set a `__Host-` cookie with one of these before its name, but for the last.
SPACES = ["\u2003", "\xa0", "\u3000", "\x85", "\u2028", "\u1680", "\v", "\x1c"]


@pytest.mark.parametrize("place", ["{0}{1}", "{1}{0}", "{0}{0}{1}{0}"])
@pytest.mark.parametrize("space", SPACES)
def test_a_cookie_with_white_space_in_its_name_is_none_of_ours(space, place):
    name = place.format(space, "csrftoken").encode().decode("latin-1")  # as WSGI has it
    tossed, ours = f"{name}={'t' * 32}", f"csrftoken={BROWSER}"
    assert secret_taken(HTTP_COOKIE=tossed) not in ("t" * 32, BROWSER)
    assert {secret_taken(HTTP_COOKIE=f"{one}; {other}") for one, other in ((tossed, ours), (ours, tossed))} == {BROWSER}


HEADERS = ["CONTENT_TYPE", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT", "HTTP_COOKIE", "HTTP_REFERER"]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("text", ['x;a="' + ";" * 32_000, '";' * 16_000, "a=b;" * 8_000, "," * 32_000])
def test_no_header_takes_long_to_read(header, text):
    started = process_time()
    secret_taken(**{header: text})
    assert process_time() - started < 0.3
