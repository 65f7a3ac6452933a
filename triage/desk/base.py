"""What the desk's admin pages share."""

from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from triage.booking.models import AuditEvent

REQUEST_LIST = "admin:triage_bookingrequest_changelist"
# A hundred pages. Counting on would take longer than the list itself, and tells no one more.
MOST_COUNTED = 5_000


def capped_count(rows: QuerySet) -> int:
    """How many, up to one more than MOST_COUNTED."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def count_shown(count: int) -> str:
    return f"more than {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"


class CappedPaginator(Paginator):
    """Never counts a whole archive, and leads no further than it has counted."""

    @cached_property
    def _counted(self) -> int:
        return capped_count(cast(QuerySet, self.object_list))

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)

    @property
    def count_shown(self) -> str:
        return count_shown(self._counted)


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

    def log_addition(self, *args: Any, **kwargs: Any) -> Any: ...

    def log_change(self, *args: Any, **kwargs: Any) -> Any: ...


class QueueFilter(admin.SimpleListFilter):
    """A filter on one field. A value it does not know filters nothing."""

    field = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {str(value) for value, _label in self.lookup_choices}
        return queryset.filter(self.wanted(request, str(self.value()))) if self.value() in known else queryset

    def wanted(self, request: HttpRequest, value: str) -> Q:
        return Q(**{self.field: value})


class DeskList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Looks for the keys of a page first: an index alone can tell them, where few rows of an archive match."""
        super().get_results(request)
        keys = list(self.result_list.values_list("pk", flat=True)) if self.result_count else []
        # Without the filters: they would lead the database back to where it came from.
        rows = self.apply_select_related(self.root_queryset.filter(pk__in=keys))
        self.result_list = rows.order_by(*self.get_ordering(request, self.queryset))


class DeskAdmin(StaffModelAdmin):
    """What is worked or read, never added, edited as a record, or deleted. As quick with a million rows as with ten."""

    paginator = CappedPaginator
    # A page with all boxes checked must stay under the 100 fields that a post may have.
    list_per_page = list_max_show_all = 50

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the filters of the list. Stock admin would hand `?name__regex=(` to the database."""
        return lookup in {cast(Any, each).parameter_name for each in self.list_filter}


class ReadOnlyAdmin(DeskAdmin):
    list_display_links = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="request")
    def number_link(self, obj: Any) -> str:
        number = obj.number if isinstance(obj, AuditEvent) else obj.request.number
        shown = f"{number[:3]}\u00a0{number[3:]}"
        return format_html('<a href="{}?q={}">{}</a>', reverse(REQUEST_LIST), number, shown) if number else "–"
