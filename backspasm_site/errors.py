"""Answers a form that failed the CSRF check."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from triage.booking.views import reopen_request_form
from triage.desk import unsaved
from triage.errors import NO_COOKIE, has_no_cookie, refusal
from triage.handover import is_from_our_pages


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show the request form again (see booking). Answer any other form with a page that says what to do (403).

    A page of the desk that was open before its reader signed in again has an old token. What was typed there is kept,
    so that it can be sent again. Only a form from our own pages is kept: see is_from_our_pages.
    """
    match = request.resolver_match
    if match and match.view_name == "booking:request":
        return reopen_request_form(request)
    is_desk = match and match.app_name == "admin" and request.user.has_module_perms("triage")
    if is_desk and is_from_our_pages(request) and unsaved.keep(request, request.user.pk):
        return redirect("admin:index")
    return refusal(request, 403, NO_COOKIE if has_no_cookie(request) else None)
