"""Headers of every response, and requests that are refused before a view sees them."""

import gzip
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from hashlib import sha256
from urllib.parse import urlsplit

import brotli
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import ResolverMatch
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import parse_header_parameters

from backspasm_site.logs import GOOD_ID, request_id
from triage.errors import refusal

GetResponse = Callable[[HttpRequest], HttpResponse]


def middleware(answer: Callable[[HttpRequest, GetResponse], HttpResponse]) -> Callable[[GetResponse], GetResponse]:
    """Decorate answer(request, get_response), so that it can stand in MIDDLEWARE."""
    return lambda get_response: lambda request: answer(request, get_response)


HEADERS = {
    # Everything comes from this site, and no script or style is inline. `data:` is for Django admin's icons.
    # `connect-src` is for the passkey script, and for checkers that run in the page and read robots.txt.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
}


@middleware
def identify_request(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    """Give each request an ID, which its response and its log lines carry, and tell gunicorn's log the route."""
    number = request.META.get("HTTP_X_REQUEST_ID", "")
    # Only a proxy of ours may set the ID: a stranger's could be a name, or another request's ID.
    if not settings.TRUSTED_PROXIES or not GOOD_ID.fullmatch(number):
        number = uuid.uuid4().hex
    token = request_id.set(number)
    try:
        response = get_response(request)
    finally:
        request_id.reset(token)
    # The route and not the path, which may hold what a person typed.
    if match := request.resolver_match:
        route = match.view_name
    else:
        is_static = response.status_code in (200, 304) and request.path.startswith(settings.STATIC_URL)
        route = "static" if is_static else "unknown"
    request.META["backspasm.log"] = {"request_id": number, "route": route}
    response.headers["X-Request-ID"] = number
    return response


@middleware
def choose_encoding(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    """Reduce Accept-Encoding to the one coding to answer with ("br", "gzip" or ""), and drop Range.

    PageMemory and WhiteNoise only look for a name in Accept-Encoding, and would read `br;q=0` as a request for br.
    WhiteNoise refuses a range of one byte, and no file here is large enough to be fetched in parts.
    """
    request.META["HTTP_ACCEPT_ENCODING"] = best_coding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    request.META.pop("HTTP_RANGE", None)
    return get_response(request)


def best_coding(accepted: str) -> str:
    """The coding that an Accept-Encoding header prefers: "br", "gzip", or "" for none."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        name, parameters = parse_header_parameters(part)
        with suppress(ValueError):
            weights[name] = float(parameters.get("q", 1))
    best = max(("br", "gzip", "identity"), key=lambda name: weights.get(name, 0))
    return best if weights.get(best, 0) > 0 and best != "identity" else ""


class PageMemory:
    """Answer pages that are the same for everybody from memory, compressed as the browser asks.

    A response with `settings.GUIDE_CACHE_CONTROL` is kept for a minute, in each process. It is kept with the headers
    of all middleware below this one.
    """

    SECONDS = 60
    MAX_PAGES = 500  # made-up ports in the Host header must not fill the memory
    COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
        "br": partial(brotli.compress, quality=9),
        "gzip": partial(gzip.compress, mtime=0),
        "": bytes,
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.pages: dict[tuple[str, ...], tuple[float, HttpResponse, ResolverMatch | None]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        coding = request.META.get("HTTP_ACCEPT_ENCODING", "")  # one of COMPRESSORS: see choose_encoding
        key = (coding, request.scheme or "", request.META.get("HTTP_HOST", ""), request.path_info)
        expires, page, match = self.pages.get(key, (0, None, None))
        if page is None or time.monotonic() > expires:
            page = self.get_response(request)
            if page.status_code != 200 or page.headers.get("Cache-Control") != settings.GUIDE_CACHE_CONTROL:
                return page
            self._pack(page, coding)
            if len(self.pages) >= self.MAX_PAGES:
                self.pages.clear()
            match = request.resolver_match
            self.pages[key] = time.monotonic() + self.SECONDS, page, match
        request.resolver_match = match
        response = get_conditional_response(request, etag=page.headers["ETag"]) or HttpResponse(page.content)
        for name, value in page.headers.items():
            response.headers[name] = value
        if response.status_code == 304:
            del response.headers["Content-Length"], response.headers["Content-Encoding"]
        return response

    def _pack(self, page: HttpResponse, coding: str) -> None:
        page.headers["ETag"] = f'"{sha256(page.content).hexdigest()[:20]}{coding[:1]}"'
        page.content = self.COMPRESSORS[coding](page.content)
        page.headers["Content-Length"] = str(len(page.content))
        page.headers["Vary"] = "Accept-Encoding"
        if coding:
            page.headers["Content-Encoding"] = coding


@middleware
def set_security_headers(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    """Set the headers that Django has no setting for."""
    response = get_response(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@middleware
def set_language_by_path(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    """Answer in the language of the address. (LocaleMiddleware adds `Vary: Accept-Language`, which splits caches.)"""
    language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
    with translation.override(language):
        request.LANGUAGE_CODE = language
        response = get_response(request)
    response.headers.setdefault("Content-Language", language)
    return response


@middleware
def refuse_foreign_hosts(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    """Refuse a Host that is not ours (400) before anything else reads it. Ours with or without www. is redirected.

    With DEBUG, Django's error page would show the settings to any site whose name points to a developer's machine.
    """
    try:
        request.get_host()
    except DisallowedHost:
        host, ours = request.META.get("HTTP_HOST", "").partition(":")[0].lower(), urlsplit(settings.SITE_URL).hostname
        if ours and host.removeprefix("www.") == ours.removeprefix("www."):
            # Not for ever: the other name may become ours, and browsers would go in a circle.
            return HttpResponseRedirect(f"{settings.SITE_URL}{request.get_full_path()}")
        return refusal(request, 400)
    return get_response(request)


@middleware
def explain_wrong_methods(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    """Replace Django's empty 405, which a form of an older release may get, with a page that says what to do."""
    response = get_response(request)
    if response.status_code != 405 or "Cache-Control" in response.headers:
        return response
    page = refusal(request, 405)
    page.headers["Allow"] = response.headers["Allow"]
    return page


@middleware
def refuse_foreign_bodies(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    """Refuse a body that no form of this site sends, with a page that says what to do.

    411: no length. 413: over DATA_UPLOAD_MAX_MEMORY_SIZE. 415: not a plain form, or not in UTF-8 (Django answers an
    unknown charset with 500).
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return get_response(request)
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        return refusal(request, 411)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return refusal(request, 413)
    is_empty = not int(length) and not request.content_type
    charset = (request.content_params or {}).get("charset", "utf-8").strip("\"'").lower()
    is_form = request.content_type == "application/x-www-form-urlencoded" and charset in ("utf-8", "utf8")
    return get_response(request) if is_empty or is_form else refusal(request, 415)
