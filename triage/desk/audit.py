"""The audit trail and the outbox in the admin: to read, and to send a notice again."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from triage.booking import outbox
from triage.booking.models import WAITING, AuditEvent, BookingRequest, Notice
from triage.booking.search import plain_number
from triage.desk.base import QueueFilter, ReadOnlyAdmin
from triage.desk.display import moment_shown


def said(event: AuditEvent) -> str:
    """What an event tells besides what was done: the fields, by the names that people see, and counts."""
    details = event.details.copy()
    fields = [_name(field) for field in details.pop("fields", [])]
    others = [f"{name}: {', '.join(map(str, it)) if isinstance(it, list) else it}" for name, it in details.items()]
    return "; ".join([", ".join(fields)] * bool(fields) + others)


def _name(field: str) -> str:
    try:
        return str(cast(Any, BookingRequest._meta.get_field(field)).verbose_name)
    except FieldDoesNotExist:  # it had another name then
        return field


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
