"""The staff side: Django's admin with our name on it, and a demo account that works on this machine alone."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import path
from django.utils.translation import gettext_lazy as _

from backspasm_site.patterns import show_patterns
from triage.booking.demo import is_refused


class StaffSignInForm(AdminAuthenticationForm):
    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        if is_refused(user, self.request):
            raise ValidationError(_("The demo account works only on the machine that the site runs on."), code="demo")


class StaffAdminSite(AdminSite):
    site_header = _("Back spasm guide: staff")
    site_title = _("Back spasm guide: staff")
    index_title = _("Requests for a visit")
    enable_nav_sidebar = False  # there is one list to go to, and it needs the room
    login_form = StaffSignInForm

    def has_permission(self, request: HttpRequest) -> bool:
        # Asked at every page, so a session that was made on this machine is worth nothing elsewhere.
        return super().has_permission(request) and not is_refused(request.user, request)

    def get_urls(self) -> list[Any]:
        show = self.admin_view(show_patterns)
        return [
            path("patterns/", show, name="patterns"),
            path("patterns/<slug:name>/", show, name="pattern"),
            *super().get_urls(),
        ]
