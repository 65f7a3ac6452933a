"""Base classes of the desk's admin pages."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from triage.booking.models import AuditEvent

REQUEST_LIST = "admin:triage_bookingrequest_changelist"
# A hundred pages. An exact count of a whole archive takes longer than the page itself.
MAX_COUNT = 5_000


def capped_count(queryset: QuerySet) -> int:
    """Return the number of rows, at most MAX_COUNT."""
    return queryset.order_by()[:MAX_COUNT].count()


def format_count(count: int) -> str:
    """Return a capped count as text, such as "1,234" or "5,000 or more"."""
    return f"{count:,}" if count < MAX_COUNT else f"{count:,} or more"


class CappedPaginator(Paginator):
    """Counts at most MAX_COUNT rows, and has no page beyond them."""

    @cached_property
    def count(self) -> int:
        return capped_count(cast(QuerySet, self.object_list))

    @property
    def formatted_count(self) -> str:
        return format_count(self.count)


class StaffModelAdmin(admin.ModelAdmin):
    """The options of every list of the desk.

    Nothing is written to Django's own log, which keeps names for ever: the audit trail says what was done.
    """

    empty_value_display = "–"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the filters of the list only. Django's own method passes `?name__regex=(` to the database."""
        return lookup in {getattr(each, "parameter_name", f"{each}__exact") for each in self.list_filter}

    def log_addition(self, *args: Any, **kwargs: Any) -> Any: ...

    def log_change(self, *args: Any, **kwargs: Any) -> Any: ...


class DeskFilter(admin.SimpleListFilter):
    """A filter on `field` by `options`, pairs of a value and its label.

    The value "none" finds rows where the field is `empty`. An unknown value filters nothing.
    """

    options: Iterable[tuple[str, Any]] = ()
    field = ""
    empty: Any = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.options)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(**{self.field: self.empty if value == "none" else value})


class DeskAdmin(StaffModelAdmin):
    """Rows that staff work on or read. None is added or deleted here."""

    paginator = CappedPaginator
    # A page with all boxes checked must stay under the 100 fields that a post may have.
    list_per_page = list_max_show_all = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class ReadOnlyAdmin(DeskAdmin):
    list_display_links = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="request")
    def number_link(self, obj: Any) -> str:
        """Return a link to the request, found by its number: an erased one has no page."""
        number = obj.number if isinstance(obj, AuditEvent) else obj.request.number
        shown = f"{number[:3]}\u00a0{number[3:]}"
        return format_html('<a href="{}?q={}">{}</a>', reverse(REQUEST_LIST), number, shown) if number else ""
