"""The audit trail and the outbox in the admin: to read, and to send a notice again."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from backspasm_site.admin_site import StaffModelAdmin
from triage.booking import outbox
from triage.booking.audit import said
from triage.booking.models import WAITING, AuditEvent, Notice
from triage.booking.queue import CappedPaginator, moment_shown
from triage.booking.search import plain_number

LIST = "admin:triage_bookingrequest_changelist"


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
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the filters of the list. Stock admin would hand `?name__regex=(` to the database."""
        return lookup in {cast(Any, each).parameter_name for each in self.list_filter}


class WhatFilter(QueueFilter):
    title, parameter_name, field = "what", "what", "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return AuditEvent.What.choices


class WhoFilter(QueueFilter):
    title, parameter_name, field = "who", "who", "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        staff = User.objects.filter(is_staff=True).order_by("username")
        return [*((str(user.pk), user) for user in staff), ("none", "No one signed in")]

    def wanted(self, request: HttpRequest, value: str) -> Q:
        return Q(by=None if value == "none" else value)


class ReadOnlyAdmin(DeskAdmin):
    list_display_links = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="request")
    def number_link(self, obj: Any) -> str:
        number = obj.number if isinstance(obj, AuditEvent) else obj.request.number
        shown = f"{number[:3]}\u00a0{number[3:]}"
        return format_html('<a href="{}?q={}">{}</a>', reverse(LIST), number, shown) if number else "–"


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "who", "what", "number_link", "details_shown")
    list_filter = (WhatFilter, WhoFilter)
    list_select_related = ("by",)
    search_fields = ("number",)  # shows the box; get_search_results decides what it finds
    search_help_text = "Request number"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return queryset.filter(number=plain_number(search_term)) if search_term else queryset, False

    @admin.display(description="who")
    def who(self, obj: AuditEvent) -> str:
        return str(obj.by or "–")

    @admin.display(description="details")
    def details_shown(self, obj: AuditEvent) -> str:
        return said(obj)


class StateFilter(QueueFilter):
    title, parameter_name = "state", "state"
    states = {
        "waiting": WAITING,
        "given_up": Q(given_up_at__isnull=False),
        "sent": Q(sent_at__isnull=False),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", "Waiting"), ("given_up", "Given up"), ("sent", "Sent")]

    def wanted(self, request: HttpRequest, value: str) -> Q:
        return self.states[value]


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("number_link", "kind", "state", "created_at", "tries", "last_error", "next_try")
    list_filter = (StateFilter,)
    list_select_related = ("request",)
    ordering = ("-pk",)
    actions = ("send_again",)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("triage.change_notice")

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        count = outbox.send_again(queryset, by=cast(User, request.user))
        self.message_user(request, f"To be sent again: {count}.", messages.SUCCESS)

    @admin.display(description="state")
    def state(self, obj: Notice) -> str:
        if obj.sent_at:
            return f"Sent {moment_shown(obj.sent_at)}"
        return f"Given up {moment_shown(obj.given_up_at)}" if obj.given_up_at else "Waiting"

    @admin.display(description="next try")
    def next_try(self, obj: Notice) -> str:
        return "–" if obj.sent_at or obj.given_up_at else moment_shown(obj.next_try_at)
