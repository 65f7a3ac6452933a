"""The audit trail and the notices: lists to read. A notice can be sent again."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format

from triage.booking import outbox
from triage.booking.deadlines import midnight
from triage.booking.models import (
    WAITING,
    AuditEvent,
    Notice,
)
from triage.booking.search import plain_number
from triage.desk.base import DeskFilter, ReadOnlyAdmin
from triage.desk.display import format_moment
from triage.desk.history import describe


class WhatFilter(DeskFilter):
    title, parameter_name, field = "what", "what", "what"
    options = AuditEvent.What.choices


class WhoFilter(DeskFilter):
    title, parameter_name, field = "who", "who", "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        staff = User.objects.filter(is_staff=True).order_by("username")
        return [*((str(user.pk), user) for user in staff), ("none", "No one signed in")]


class DaysForm(forms.Form):
    since, until = (
        forms.DateField(
            label=label,
            required=False,
            widget=forms.DateInput({"type": "date"}),
            # Beyond these, clocks have no midnight.
            validators=[MinValueValidator(dt.date(2000, 1, 1)), MaxValueValidator(dt.date(2999, 12, 31))],
        )
        for label in ("From", "to")
    )


class DaysFilter(admin.ListFilter):
    """A filter by the first and the last day, both included, in clinic time. What is no date filters nothing."""

    title, template = "day", "admin/days_filter.html"
    parameters = ("since", "until")

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.form = DaysForm({name: params.pop(name)[-1] for name in self.parameters if name in params})
        self.form.is_valid()
        self.since, self.until = (self.form.cleaned_data.get(name) for name in self.parameters)

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameters)

    def choices(self, changelist: Any) -> Any:
        """Return what else filters the list, for the form to keep."""
        return [(name, value) for name, value in changelist.params.items() if name not in (*self.parameters, PAGE_VAR)]

    def chosen(self) -> str:
        words = (("from", self.since), ("to", self.until))
        return " ".join(f"{word} {date_format(day, 'M j, Y')}" for word, day in words if day)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.since:
            queryset = queryset.filter(at__gte=midnight(self.since))
        if self.until:
            queryset = queryset.filter(at__lt=midnight(self.until + dt.timedelta(days=1)))
        return queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("when", "by", "what", "number_link", describe)
    list_filter = (DaysFilter, WhatFilter, WhoFilter)
    list_select_related = ("by",)
    search_fields = ("number",)  # shows the box; get_search_results decides what it finds
    search_help_text = "Request number"

    def when(self, obj: AuditEvent) -> str:
        return format_moment(obj.at)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in DaysFilter.parameters or super().lookup_allowed(lookup, value, request)

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
    list_display = (
        "number_link",
        "kind",
        "state",
        "made",
        "tries",
        "last_error",
        "next_try",
    )
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

    def made(self, obj: Notice) -> str:
        return format_moment(obj.created_at)

    def next_try(self, obj: Notice) -> str:
        return "" if obj.sent_at or obj.given_up_at else format_moment(obj.next_try_at)
