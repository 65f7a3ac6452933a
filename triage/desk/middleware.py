"""Middleware for everything under /admin/."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from triage.booking.retention import SEARCHES
from triage.database import database_thread
from triage.desk import sign_in, unsaved
from triage.desk.base import NEW_SINCE, REQUEST_LIST

GetResponse = Callable[[HttpRequest], HttpResponse]

STAFF_PATH = "/admin/"
SEARCHED = re.compile(r"\b(?:q|term)=([^&]*)")


def limit_staff_threads(get_response: GetResponse) -> GetResponse:
    """Leave threads for advice while the database hangs. See triage.database."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_staff_page = request.path_info.startswith(STAFF_PATH)
        with database_thread() if is_staff_page else nullcontext():  # too many: server_error answers 503
            return get_response(request)

    return middleware


def has_search_words(request: HttpRequest) -> bool:
    """Return whether the query string holds searched words and no token, also in `next` or `_changelist_filters`."""
    address = request.META.get("QUERY_STRING", "")
    while (plain := unquote_plus(address)) != address:
        address = plain
    tokens = request.session.get(SEARCHES, {})
    return any(words not in tokens for words in SEARCHED.findall(address))


class GuardStaffPages:
    """Require a second factor, and first a password of one's own, for every page under /admin/ except the sign-in.

    Also ends sessions that are over. The admin site checks again on each page (StaffAdminSite.has_permission).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(STAFF_PATH):
            add_never_cache_headers(response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.path_info.startswith(STAFF_PATH):
            return None
        page = getattr(request.resolver_match, "view_name", "")
        # A script polls this: it keeps no session alive, and a session that is over ends with the next click.
        is_poll = page == f"admin:{NEW_SINCE}"
        if request.user.is_authenticated and sign_in.is_over(request, is_use=not is_poll):
            if is_poll:
                return redirect("account_login")
            owner = request.user.pk
            logout(request)
            request.session[unsaved.OWNER] = owner
            minutes, hours = settings.SESSION_IDLE_AGE // 60, settings.SESSION_COOKIE_AGE // 3600
            ends = f"You were signed out after {minutes} minutes without a click, or {hours} hours in all."
            messages.warning(request, ends)
        if has_search_words(request):
            is_export = page.endswith("_export")  # without its search it would hold more than the list showed
            if request.method != "POST" or is_export:
                if request.user.is_authenticated:
                    messages.warning(request, "That search has ended. Search again.")
                return redirect(REQUEST_LIST if is_export else request.path)
            # Handle the posted form, without the search that led to its page.
            request.META["QUERY_STRING"], request.GET = "", QueryDict()
        if request.method == "POST" and request.user.is_anonymous and page not in sign_in.OPEN_PAGES:
            # Without a message, and not through allauth: both would store a session for a stranger.
            is_kept = unsaved.keep(request, request.session.get(unsaved.OWNER))
            sign_in_page = f"{reverse('account_login')}?unsaved={'kept' if is_kept else 'lost'}"
            return redirect_to_login(request.get_full_path(), sign_in_page)
        if sign_in.may_work(request):
            if not request.session.get(sign_in.GIVEN_PASSWORD):
                return None if is_poll else unsaved.offer(request)
            is_work = page.startswith("admin:") and page not in ("admin:password_change", "admin:logout")
            return redirect("admin:password_change") if is_work else None
        if not request.user.is_authenticated:
            return None
        if not sign_in.may_enrol(request):
            logout(request)
        elif page not in sign_in.ENROLMENT_PAGES:
            return redirect("mfa_index")
        return None
