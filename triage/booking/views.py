"""The request form, and the page that confirms a request."""

import logging
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from triage.booking.actions import submit_booking_request
from triage.booking.deadlines import reply_to
from triage.booking.forms import RequestForm
from triage.booking.limits import CONTACT_WINDOW, TooManyError, client_address
from triage.booking.models import BookingRequest, Status
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.care_levels import CareLevel
from triage.database import database_thread
from triage.errors import check_again, has_no_cookie
from triage.handover import is_from_our_pages, seal

log = logging.getLogger(__name__)

NOT_FROM_OUR_PAGES = _(
    "We cannot tell that this came from our own page, so we did not use it. Fill in the form here."
    " If you see this again, use another browser, or call us."
)

NO_TIME_FOR_A_VISIT = (
    _("Do not wait for a visit"),
    _("You have a sign that needs care sooner. Check again to see what to do."),
)

SENT_COOKIE = "__Host-request-sent" if settings.IS_HTTPS else "request-sent"
SENT_COOKIE_SECONDS = 60 * 60
HIDDEN = "-hidden"  # ends the cookie once its request is not to be shown; first_name in _form_page still needs it
# How the cookie is signed, and how long it is valid. It holds what `_sent_now` returned for the request.
SENT_COOKIE_SEAL: dict[str, Any] = {"salt": "triage.booking.sent", "max_age": SENT_COOKIE_SECONDS}
FAILURES = ("not_stored", "too_many", "no_cookie")  # templates for a form that was not stored: see _form_page


@require_http_methods(["GET", "HEAD", "POST"])
def request_visit(request: HttpRequest) -> HttpResponse:
    """Show the form. A valid POST stores the request and redirects to the confirmation."""
    if request.method != "POST":
        return _form_page(request, _form(request))
    if "switch" in request.POST:
        return _in_other_language(request)
    form = _form(request, request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        with database_thread():
            stored = submit_booking_request(
                request=form.instance, shared=form.shared(), now=timezone.now(), client=client_address(request)
            )
    except TooManyError:
        page = _form_page(request, form, shown_as="too_many", status=429)
        page.headers["Retry-After"] = str(int(CONTACT_WINDOW.total_seconds()))
        return page
    except (DatabaseError, InterfaceError) as error:
        # Only the kind of error: the database's message may quote the row.
        log.error("A request could not be stored: %s", type(error).__name__)
        return _form_page(request, form, shown_as="not_stored", status=503)
    return _to_sent(_sent_now(stored))


# No CSRF token: this only shows a form with what was posted. It changes nothing and uses no session.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def from_advice(request: HttpRequest) -> HttpResponse:
    """Show the form with the answers to the check, to be sent along by choice. Another site's answers are dropped."""
    if request.method != "POST":
        return check_again(request)
    if not is_from_our_pages(request):
        return _form_page(request, _form(request), notice=NOT_FROM_OUR_PAGES)
    answers = SymptomAnswers.from_fields(request.POST.getlist)
    if answers and assess(answers).level > CareLevel.DOCTOR:
        # Such a person must not wait for a visit, and their result does not link here. Not a redirect: its status in
        # the log would tell the level.
        return check_again(request, words=NO_TIME_FOR_A_VISIT)
    return _form_page(request, _form(request, sealed_answers=seal(answers) if answers else ""))


def _in_other_language(request: HttpRequest) -> HttpResponse:
    """Show the form in the other language, with all that was typed. Store nothing."""
    shown_as, data = request.POST["switch"], request.POST.copy()
    if shown_as == "unchecked":
        # As on a blank form, the language to speak with the person is that of the page.
        data["language"] = get_language()
    form = _form(request, data)
    if shown_as == "unchecked":
        form.skip_validation()
    return _form_page(request, form, shown_as=shown_as)


def reopen_request_form(request: HttpRequest) -> HttpResponse:
    """Show the form after a failed CSRF check (403), with what was typed if it came from our own page.

    Otherwise it is blank, as another site must not choose what a patient sends. In both cases the form gets a new
    request key: whoever made up a posted key could read and replace the request.
    """
    if not is_from_our_pages(request):
        return _form_page(request, _form(request), notice=NOT_FROM_OUR_PAGES, status=403)
    data = request.POST.copy()
    data.pop("request_key", None)  # the form then says that the page was open too long
    shown_as = "no_cookie" if has_no_cookie(request) else ""
    return _form_page(request, _form(request, data), shown_as=shown_as, status=403)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True)
def sent(request: HttpRequest) -> HttpResponse:
    """Confirm the request, for an hour, to the browser that sent its present content. Tell others how to call us.

    A POST hides it from the next person at a shared computer.
    """
    stored = None
    if cookie := request.get_signed_cookie(SENT_COOKIE, "", **SENT_COOKIE_SEAL):
        if request.method == "POST":
            return _to_sent(f"{cookie}{HIDDEN}")
        try:
            with database_thread():
                stored = BookingRequest.objects.filter(pk=cookie.partition("-")[0]).first()
        except (DatabaseError, InterfaceError) as error:
            log.error("A request could not be shown again: %s", type(error).__name__)
    if stored is None or cookie != _sent_now(stored):
        return render(request, "booking/sent_plain.html")
    # By when the form was sent, so that reloading shows the same promise; none after we answered.
    reply = reply_to(stored.consented_at, settings.CLINIC) if stored.status == Status.NEW else None
    is_closed = not settings.CLINIC.is_open_at(timezone.now())
    return render(request, "booking/sent.html", {"sent": stored, "reply": reply, "is_closed": is_closed})


def _to_sent(cookie: str) -> HttpResponse:
    """Redirect to the page of the request that `cookie` names."""
    response = redirect("booking:sent")
    response.headers["Cache-Control"] = "no-store"
    options: dict[str, Any] = {"secure": settings.IS_HTTPS, "httponly": True, "samesite": "Lax"}
    response.set_signed_cookie(SENT_COOKIE, cookie, **SENT_COOKIE_SEAL, **options)
    return response


def _sent_now(stored: BookingRequest) -> str:
    """Return the request's key and when its content was sent. (Its version also goes up when the staff work on it.)"""
    return f"{stored.pk}-{stored.consented_at.timestamp()}"


def _form(request: HttpRequest, data: QueryDict | None = None, sealed_answers: str = "") -> RequestForm:
    """The form. Its keys are signed with the secret in the browser's CSRF cookie."""
    if "CSRF_COOKIE" not in request.META:
        get_token(request)  # sends the cookie with the response
    return RequestForm(data, browser=request.META["CSRF_COOKIE"], sealed_answers=sealed_answers)


def _form_page(
    request: HttpRequest, form: RequestForm, shown_as: str = "", notice: Any = "", status: int = 200
) -> HttpResponse:
    """The page with the form.

    shown_as: "unchecked", "checked", or one of FAILURES; kept when the language is switched.
    notice: a sentence above the form.
    """
    template = f"booking/{shown_as if shown_as in FAILURES else 'request'}.html"
    shown_as = shown_as or ("checked" if form.errors else "unchecked")
    sent_before = request.get_signed_cookie(SENT_COOKIE, "", **SENT_COOKIE_SEAL)
    context = {
        "form": form,
        "shown_as": shown_as,
        "notice": notice,
        "sent_before": sent_before and not sent_before.endswith(HIDDEN) and request.method != "POST",
        # After Back, a browser fills in a form again if its first fields have the same names. This name changes when
        # the form is sent, and each hour, as the cookie lasts for an hour.
        "first_name": f"form-{time.time() // SENT_COOKIE_SECONDS:.0f}-{sent_before}",
    }
    response = render(request, template, context, status=status)
    # Browsers write cached pages to disk, and this one may hold what was typed.
    response.headers["Cache-Control"] = "no-store"
    return response
