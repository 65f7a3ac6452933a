"""Error pages. Each says what to do next, and has the clinic's phone number."""

import re
import sys
from typing import Any

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils import translation
from django.utils.translation import gettext_lazy as _

# status -> (heading, what to do)
WORDS = {
    400: (_("We could not read that"), _("Go back, check what you typed, and send it again.")),
    403: (_("This page was open too long"), _("Go back, load the page again, and send it once more.")),
    404: (_("We cannot find that page"), _("The address may have changed. Start from one of these pages.")),
    405: (_("This page opens another way"), _("Start from one of these pages.")),
    411: (_("We could not read that"), _("Go back and send the form again.")),
    413: (_("That was too long"), _("Go back, make the text shorter, and send it again.")),
    414: (_("That address is too long"), _("Start from one of these pages.")),
    415: (_("We could not read that"), _("Use the form on this site to send your answers.")),
    429: (_("Many people are asking at once"), _("Wait a minute, then try again, or call us.")),
    431: (_("Your browser sent too many cookies"), _("Open this site in a private window, or call us.")),
    503: (_("Something broke on our side"), _("Try again in a few minutes, or call us.")),
    500: (_("Something broke on our side"), _("Try again in a few minutes, or call us.")),
}

# The database does not answer, its disk is full, or it is read-only.
AWAY = (InterfaceError, InternalError, OperationalError)

NO_COOKIE = (
    _("Your browser did not keep our cookie"),
    _("Turn on cookies for this site. Then load the page again, and send it once more."),
)

NOT_KEPT = (_("Your advice is not kept"), _("We do not save your answers. Check again to see your advice."))

# What follows an address in a text, and gets into its link: ends of sentences, quotes, marks of bold text, spaces.
AFTER_LINKS = ".,:;!?…)]}>»”’\"'*_ \u00a0\u200b"

# For when the template cannot be rendered. Both languages, no dependency.
LAST_RESORT = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Something broke</title>"
    "<h1>Something broke on our side</h1>"
    "<p>In an emergency, <a href=tel:911>call 911</a>. For anything else, call us: {phone}</p>"
    "<p lang=es>Algo falló. En una emergencia, <a href=tel:911>llame al 911</a>. Para lo demás, llámenos: {phone}</p>"
)


def has_no_cookie(request: HttpRequest) -> bool:
    """Whether a form came without the CSRF cookie: the browser refuses cookies, or they were cleared."""
    return settings.CSRF_COOKIE_NAME not in request.COOKIES


def refusal(
    request: HttpRequest, status: int, words: tuple[Any, Any] | None = None, template: str = "error.html"
) -> HttpResponse:
    """The error page for `status`, in the page's language. words: heading and what to do, if not those in WORDS."""
    heading, what_to_do = words or WORDS[status]
    try:
        response = render(request, template, {"heading": heading, "what_to_do": what_to_do}, status=status)
    except Exception:
        if status < 500:
            raise
        response = HttpResponse(LAST_RESORT.format(phone=settings.CLINIC.phone_shown), status=status)
    if status == 503:
        response.headers["Retry-After"] = "60"
    # What is missing here may be served in a minute, when the next release has taken over.
    response.headers["Cache-Control"] = "no-store"
    return response


def page_for_proxy(request: HttpRequest, status: int) -> HttpResponse:
    """The error page for what the proxy itself refuses (docs/server/nginx.conf). The proxy caches it.

    Answers 200, as the proxy caches nothing else, and sends its own status. Raises Http404 for an unknown status.
    """
    if status not in WORDS:
        raise Http404
    response = refusal(request, status)
    response.status_code, response.headers["Cache-Control"] = 200, settings.GUIDE_CACHE_CONTROL
    return response


def check_again(request: HttpRequest, status: int = 200, words: tuple[Any, Any] = NOT_KEPT) -> HttpResponse:
    """The page for a GET of an address that shows advice for posted answers, as after a browser's restart.

    Advice or a blank form could be taken for the person's own result. words: heading and what to do.
    """
    return refusal(request, status, words, "check_again.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """503 if the database failed to save a staff session, for which Django raises BadRequest; otherwise 400."""
    failure = exception.__context__ and exception.__context__.__context__
    return refusal(request, 503 if isinstance(failure, AWAY) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Only staff pages raise PermissionDenied. (CSRF failures: see backspasm_site.errors.)"""
    return render(request, "sign_in/forbidden.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Redirect an address in capitals (as in QR codes) or with AFTER_LINKS at its end. Otherwise show the 404 page."""
    plain = re.sub("/+", "/", request.path_info.lower().rstrip(AFTER_LINKS) + "/")
    with translation.override(translation.get_language_from_path(plain) or settings.LANGUAGE_CODE):
        if request.resolver_match is None and plain != request.path_info and is_valid_path(plain):
            return HttpResponsePermanentRedirect(plain)
    return refusal(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database does not answer; 500 for any other error."""
    return refusal(request, 503 if isinstance(sys.exc_info()[1], AWAY) else 500)
