"""The staff side: Django's admin with our name on it, behind our own sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import respond_429
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from triage.booking.actions import record
from triage.booking.models import AuditEvent, BookingRequest
from triage.desk import sign_in
from triage.desk.front_page import front_page


def recording_refusals(view: Callable[..., Any]) -> Callable[..., Any]:
    """A staff view of which the audit trail says who tried it without permission."""

    @wraps(view)
    def recorded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except PermissionDenied:
            page = request.resolver_match.url_name if request.resolver_match else ""
            key = str(kwargs.get("object_id", ""))
            is_about_a_request = str(page).startswith("triage_bookingrequest") and key.isdecimal()
            about = BookingRequest.objects.filter(pk=key).first() if is_about_a_request else None
            record(AuditEvent.What.REFUSED, by=cast(User, request.user), request=about, page=page)
            raise

    return recorded


class StaffAdminSite(admin.AdminSite):
    site_header = "Back spasm guide: staff"
    site_title = "Back spasm guide: staff"
    index_title = "Requests for a visit"
    enable_nav_sidebar = False  # there is one list to go to, and it needs the room

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, front_page(request.user) | (extra_context or {}))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(recording_refusals(view), cacheable)

    def has_permission(self, request: HttpRequest) -> bool:
        # Asked at every page, so a session that was made on this machine is worth nothing elsewhere.
        return sign_in.may_work(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Leads to the sign-in. Nothing is asked here, so nothing can be guessed here."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME)
        query = f"?{urlencode({REDIRECT_FIELD_NAME: wanted})}" if wanted else ""
        return HttpResponseRedirect(reverse("account_login") + query)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Django's own page. The old password cannot be guessed here either, and the change is recorded."""
        if request.method == "POST":
            try:
                get_adapter().reauthenticate(request.user, request.POST.get("old_password", ""))
            except ValidationError:  # too many wrong tries
                return respond_429(request)
        response = super().password_change(request, extra_context)
        if response.status_code == 302:
            user = cast(User, request.user)
            record(AuditEvent.What.ACCOUNT, by=user, account=user.pk, fields=["password"])
        return response
