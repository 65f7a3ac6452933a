"""Base classes of the desk's admin pages."""

import re
from functools import cached_property
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst

from triage.booking.models import AuditEvent
from triage.booking.retention import SEARCHES
from triage.desk.display import EMPTY, capped_count
from triage.text import LONGEST_LETTER, UNREADABLE, clean

MAX_SEARCHES, MAX_WORDS = 20, 200  # a session keeps its latest searches, for the links of pages that are still open
KEY = re.compile(r"[0-9]{1,18}")
REQUEST_LIST = "admin:triage_bookingrequest_changelist"
NOT_HERE = "This request is not here. It may have been erased."
NEW_SINCE = "triage_bookingrequest_new"  # the URL that the script of an open list polls
FEW = 500  # up to so many rows are found by their keys before they are sorted


def redirect_back(request: HttpRequest) -> HttpResponse:
    """Redirect to the page whose button was pressed (the posted `back`), or to the list of requests."""
    back = request.POST.get("back", "")
    # Django would read a plain word as the name of a URL, and fail.
    is_path = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_path else REQUEST_LIST)


class CappedPaginator(Paginator):
    """Counts at most MAX_COUNT rows (triage.desk.display), and has no pages beyond."""

    @cached_property
    def count(self) -> int:
        return capped_count(cast(QuerySet, self.object_list))

    def validate_number(self, number: Any) -> int:
        """Return the last page in place of one that is gone: a button that emptied it leads back to it."""
        return super().validate_number(min(number, self.num_pages))


class DeskChangeList(ChangeList):
    """A list whose address holds a token for the searched words, never the words."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        self.query = request.session.get(SEARCHES, {}).get(request.GET.get(SEARCH_VAR), "")
        return super().get_queryset(request, exclude_parameters)

    def get_filters(self, request: HttpRequest) -> Any:
        try:
            return super().get_filters(request)
        except OverflowError as error:  # a year of thirty digits; Django catches ValueError only
            raise IncorrectLookupParameters from error

    def get_results(self, request: HttpRequest) -> None:
        """Find few rows before they are sorted. SQLite would read the whole table in the order of the list."""
        keys = list(self.queryset.order_by().values_list("pk", flat=True)[: FEW + 1])
        if len(keys) <= FEW:
            self.queryset = self.queryset.filter(pk__in=keys)
        super().get_results(request)

    def without_search(self) -> str:
        return self.get_query_string(remove=[SEARCH_VAR])

    def narrowed_to(self) -> str:
        """Return the chosen filters, such as "New, Overdue"; "" if there are none."""
        chosen = [each.chosen() for each in self.filter_specs if hasattr(each, "chosen")]
        if self.date_hierarchy and f"{self.date_hierarchy}__year" in self.params:
            chosen.append("these days")
        return ", ".join(filter(None, chosen))


class DeskAdmin(admin.ModelAdmin):
    """The options of every list of the desk."""

    paginator = CappedPaginator
    change_list: type[ChangeList] = DeskChangeList
    empty_value_display = EMPTY
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    # With all boxes checked, a post must stay below DATA_UPLOAD_MAX_NUMBER_FIELDS.
    list_per_page = list_max_show_all = 50

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if SEARCH_VAR in request.POST:
            return self.start_search(request)
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return self.change_list

    def start_search(self, request: HttpRequest) -> HttpResponse:
        """Store the posted words in the session, and redirect to the list with a token for them."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        typed = request.POST[SEARCH_VAR][: LONGEST_LETTER * MAX_WORDS]
        address, words = request.GET.copy(), re.sub(UNREADABLE, "", clean(typed))[:MAX_WORDS]
        for name in (SEARCH_VAR, PAGE_VAR, ERROR_FLAG):
            address.pop(name, None)
        if words:
            address[SEARCH_VAR] = token = get_random_string(12)
            latest = list(request.session.get(SEARCHES, {}).items())[1 - MAX_SEARCHES :]
            request.session[SEARCHES] = dict([*latest, (token, words)])
        return redirect(f"{request.path}?{address.urlencode()}")

    def response_action(self, request: HttpRequest, queryset: QuerySet, *args: Any) -> HttpResponse | None:
        """Run an action on the checked rows. Django fails with 500 if a key is not a number."""
        if all(map(KEY.fullmatch, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            return super().response_action(request, queryset, *args)
        messages.warning(request, "Check the rows to change, then press the button again.")
        return None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse superusers, too, what no role may do. Django permits them everything."""
        return "add" in self.opts.default_permissions and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "delete" in self.opts.default_permissions and super().has_delete_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the filters of the list, and a number. Django would pass `?name__regex=(` to the database."""
        days = (f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day"))
        filters = (getattr(each, "parameter_name", f"{each}__exact") for each in self.list_filter)
        # PostgreSQL refuses NUL in a text. The filters check their own values.
        return lookup in {*days, *filters} or (lookup == "number" and "\0" not in value)

    def do_not_log(self, *args: Any, **kwargs: Any) -> Any:
        """Write nothing to Django's own log, which would keep names for ever."""

    log_addition = log_change = log_deletions = do_not_log


class ReadOnlyAdmin(DeskAdmin):
    list_display_links = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="request")
    def number_link(self, obj: Any) -> str:
        """Return a link to the list with this request alone, as an erased one has no page."""
        about = obj if isinstance(obj, AuditEvent) else obj.request
        number = about.number if about else ""
        shown = f"{number[:3]}\u00a0{number[3:]}"
        link = '<a href="{}?status=all&amp;number={}">{}</a>'
        return format_html(link, reverse(REQUEST_LIST), number, shown) if number else ""
