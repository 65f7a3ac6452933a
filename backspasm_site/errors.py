"""Which room answers a form that failed the CSRF check."""

from django.http import HttpRequest, HttpResponse

from triage.booking.views import reopen_request_form
from triage.errors import NO_COOKIE, has_no_cookie, refusal


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The request form comes back, as booking decides. Any other form gets a page that says what to do (403)."""
    match = request.resolver_match
    if match and match.view_name == "booking:request":
        return reopen_request_form(request)
    return refusal(request, 403, NO_COOKIE if has_no_cookie(request) else None)
