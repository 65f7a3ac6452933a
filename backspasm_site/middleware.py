"""What every answer carries, and which requests are refused before any view sees them."""

import gzip
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256

import brotli
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch
from django.utils import translation
from django.utils.cache import get_conditional_response

from backspasm_site.logs import number_for, request_id
from triage.errors import refusal

GetResponse = Callable[[HttpRequest], HttpResponse]

# Everything comes from this site, and nothing runs or styles inline. `data:` is Django admin's icons.
# `connect-src` lets the passkey script ask this site, and checkers that run in the page read robots.txt.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
}


class RequestId:
    """Gives each request a number, which its answer and its log lines carry, and tells gunicorn's log the route."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Only a proxy of ours may number requests: a stranger's number could be a name, or another's number.
        number = number_for(request.META.get("HTTP_X_REQUEST_ID", "") if settings.TRUSTED_PROXIES else "")
        token = request_id.set(number)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        # The route and not the path: someone may have typed anything after our name.
        if match := request.resolver_match:
            route = match.view_name
        else:
            is_static = response.status_code in (200, 304) and request.path.startswith(settings.STATIC_URL)
            route = "static" if is_static else "unknown"
        request.META["backspasm.log"] = {"request_id": number, "route": route}
        response.headers["X-Request-ID"] = number
        return response


class PageMemory:
    """Answers pages that are the same for everybody from memory, packed as the browser asks.

    Kept for a minute is what a view sent with `settings.GUIDE_CACHE_CONTROL`. Stands above all middleware whose headers
    such a page has, so they are kept with it. Each process has its own pages, gone with the process.
    """

    SECONDS = 60
    MOST_PAGES = 500  # so that made-up ports in the Host header cannot fill the memory
    PACKERS: dict[str, Callable[[bytes], bytes]] = {
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
        accepted = [*request.META.get("HTTP_ACCEPT_ENCODING", "").replace(" ", "").split(","), ""]
        coding = next(name for name in self.PACKERS if name in accepted)
        key = (coding, request.scheme or "", request.META.get("HTTP_HOST", ""), request.path_info)
        until, page, match = self.pages.get(key, (0, None, None))
        if page is None or time.monotonic() > until:
            page = self.get_response(request)
            if page.status_code != 200 or page.headers.get("Cache-Control") != settings.GUIDE_CACHE_CONTROL:
                return page
            self._pack(page, coding)
            if len(self.pages) >= self.MOST_PAGES:
                self.pages.clear()
            self.pages[key] = time.monotonic() + self.SECONDS, page, request.resolver_match
        request.resolver_match = match or request.resolver_match
        answer = get_conditional_response(request, etag=page.headers["ETag"]) or HttpResponse(page.content)
        for name, value in page.headers.items():
            answer.headers[name] = value
        if answer.status_code == 304:
            del answer.headers["Content-Length"], answer.headers["Content-Encoding"]
        return answer

    def _pack(self, page: HttpResponse, coding: str) -> None:
        page.headers["ETag"] = f'"{sha256(page.content).hexdigest()[:20]}{coding[:1]}"'
        page.content = self.PACKERS[coding](page.content)
        page.headers["Content-Length"] = str(len(page.content))
        page.headers["Vary"] = "Accept-Encoding"
        if coding:
            page.headers["Content-Encoding"] = coding


class SecurityHeaders:
    """Sets the headers Django has no setting for. Stands above WhiteNoise, whose answers skip what is below it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class LanguageByPath:
    """Answers in the language of the address: /es/… is Spanish, the rest English.

    Django's LocaleMiddleware does the same but adds `Vary: Accept-Language`, which would make
    every cache keep a copy of each page per browser setting.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class BackFindsTheForm:
    """Lets the Back button find a form as it was left, with its one-time key.

    Django marks each page with a token `Vary: Cookie`. On a page that only the browser may keep it protects nobody,
    but sending the form sets a cookie, so Back would fetch a new form, and sending that would make a second request.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Cache-Control") == "private, no-cache" and response.headers.get("Vary") == "Cookie":
            del response.headers["Vary"]
        return response


class RefuseForeignBodies:
    """Refuses a body no form of ours sends, with a page that says what to do.

    411 a body without a length, 413 over 64 KiB, 415 another type than a plain form or another
    charset than UTF-8 (stock Django answers a bare 500 to an unknown charset).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return self.get_response(request)
        if request.META.get("HTTP_TRANSFER_ENCODING"):
            return refusal(request, 411)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return refusal(request, 413)
        if not int(length) and not request.content_type:
            return self.get_response(request)
        charset = (request.content_params or {}).get("charset", "utf-8").strip("\"'").lower()
        if request.content_type != "application/x-www-form-urlencoded" or charset not in ("utf-8", "utf8"):
            return refusal(request, 415)
        return self.get_response(request)
