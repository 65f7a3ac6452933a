"""The staff side: Django's admin with our name on it, behind our own sign-in."""

from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import respond_429
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from backspasm_site import sign_in
from backspasm_site.patterns import show_patterns
from triage.booking.actions import record
from triage.booking.audit import recording_refusals
from triage.booking.models import AuditEvent
from triage.booking.queue import front_page


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

    def get_urls(self) -> list[Any]:
        show = self.admin_view(show_patterns)
        return [
            path("patterns/", show, name="patterns"),
            path("patterns/<slug:name>/", show, name="pattern"),
            *super().get_urls(),
        ]

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


class StaffModelAdmin(admin.ModelAdmin):
    """A page of the admin that writes no entries of Django's own log, which keeps names for ever.

    What was done stands in the audit trail.
    """

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any: ...

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any: ...

    def log_deletion(self, request: HttpRequest, obj: Any, object_repr: str) -> Any: ...

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any: ...
