"""The audit trail and the notices: lists to read. A notice can be sent again."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from triage.booking import outbox
from triage.booking.models import WAITING, AuditEvent, BookingRequest, Notice, Status
from triage.booking.search import plain_number
from triage.desk.base import DeskFilter, ReadOnlyAdmin
from triage.desk.display import format_moment

# Fields that were renamed since, and those of accounts, have none.
LABELS = {field.name: str(field.verbose_name) for field in BookingRequest._meta.fields}
STATUSES = dict(Status.choices)


@admin.display(description="details")
def describe(event: AuditEvent) -> str:
    """Return the details of an event as text: the labels of the fields, then other names and counts."""
    details = event.details.copy()
    parts = [", ".join(LABELS.get(field, field) for field in details.pop("fields", []))]
    for field, (before, after) in details.pop("changed", {}).items():
        shown = [STATUSES.get(value, value) or "nobody" for value in (before, after)]
        parts.append(f"{LABELS.get(field, field)} from {shown[0]} to {shown[1]}")
    for name, value in details.items():
        parts.append(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    return "; ".join(filter(None, parts))


class WhatFilter(DeskFilter):
    title, parameter_name, field = "what", "what", "what"
    options = AuditEvent.What.choices


class WhoFilter(DeskFilter):
    title, parameter_name, field = "who", "who", "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        staff = User.objects.filter(is_staff=True).order_by("username")
        return [*((str(user.pk), user) for user in staff), ("none", "No one signed in")]


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "by", "what", "number_link", describe)
    list_filter = (WhatFilter, WhoFilter)
    list_select_related = ("by",)
    search_fields = ("number",)  # shows the box; get_search_results decides what it finds
    search_help_text = "Request number"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return queryset.filter(number=plain_number(search_term)) if search_term else queryset, False


class StateFilter(DeskFilter):
    title, parameter_name = "state", "state"
    options = (("waiting", "Waiting"), ("given_up", "Given up"), ("sent", "Sent"))
    conditions = {"waiting": WAITING, "given_up": Q(given_up_at__isnull=False), "sent": Q(sent_at__isnull=False)}

    def condition(self, value: str) -> Q:
        return self.conditions[value]


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

    def state(self, obj: Notice) -> str:
        if obj.sent_at:
            return f"Sent {format_moment(obj.sent_at)}"
        return f"Given up {format_moment(obj.given_up_at)}" if obj.given_up_at else "Waiting"

    def next_try(self, obj: Notice) -> str:
        return "" if obj.sent_at or obj.given_up_at else format_moment(obj.next_try_at)
