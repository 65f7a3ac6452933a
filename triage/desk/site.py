"""The admin site of the staff, behind our own sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from triage.booking.actions import record
from triage.booking.models import AuditEvent, BookingRequest
from triage.desk import sign_in
from triage.desk.base import NOT_HERE, REQUEST_LIST, redirect_back
from triage.desk.front_page import front_page


def handle_refusals(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a staff view: record tries without permission, and redirect from a request that does not exist."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except BookingRequest.DoesNotExist:  # perhaps erased just now
            messages.warning(request, NOT_HERE)
            return redirect(REQUEST_LIST)
        except PermissionDenied:
            page = str(request.resolver_match.url_name) if request.resolver_match else ""
            key = str(kwargs.get("object_id", ""))
            has_request = page.startswith("triage_bookingrequest") and key.isdecimal()
            stored = BookingRequest.objects.filter(pk=key).first() if has_request else None
            record(AuditEvent.What.REFUSED, by=cast(User, request.user), request=stored, page=page)
            raise

    return wrapper


class StaffAdminSite(admin.AdminSite):
    site_header = site_title = "Back spasm guide: staff"
    index_title = "Requests for a visit"
    enable_nav_sidebar = False  # the lists need the room

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, front_page(request.user) | (extra_context or {}))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"idle_seconds": settings.SESSION_IDLE_AGE}

    def get_urls(self) -> list[Any]:
        """Add a URL that keeps the session alive (the middleware does it), and one to switch keyboard shortcuts."""
        return [
            path("stay/", self.admin_view(lambda request: HttpResponse()), name="stay"),
            path("keys/", self.admin_view(self.switch_keys), name="keys"),
            *super().get_urls(),
        ]

    def switch_keys(self, request: HttpRequest) -> HttpResponse:
        """Switch keyboard shortcuts off or on for this session: speech input may trigger them (WCAG 2.1.4)."""
        if request.method == "POST":
            request.session["keys_off"] = "off" in request.POST
        return redirect_back(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(handle_refusals(view), cacheable)

    def has_permission(self, request: HttpRequest) -> bool:
        return sign_in.may_work(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show Django's page, but limit wrong tries, refuse the same password again, and record the change."""
        if request.method == "GET" and request.session.get(sign_in.GIVEN_PASSWORD):
            messages.warning(request, "Somebody else knows your password. Choose one that only you know, and go on.")
        if request.method == "POST":
            old = request.POST.get("old_password", "")
            if old and old == request.POST.get("new_password1"):
                messages.error(request, "This is the password you have. Choose another one.")
                return redirect("admin:password_change")
            try:
                get_adapter().reauthenticate(request.user, old)
            except ValidationError:  # too many wrong tries
                return respond_429(request)
        response = super().password_change(request, extra_context)
        if response.status_code == 302:
            user = cast(User, request.user)
            record(AuditEvent.What.ACCOUNT, by=user, account=user.pk, fields=["password"])
            request.session.pop(sign_in.GIVEN_PASSWORD, None)
        return response
