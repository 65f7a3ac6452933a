"""The filters of the lists."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from triage.booking import actions
from triage.booking.deadlines import due_now, overdue, visits_on
from triage.booking.models import OPEN, WAITING, AuditEvent, Language, Status
from triage.booking.outbox import UNSENT
from triage.booking.retention import untouched_for
from triage.clinical.care_levels import CareLevel
from triage.desk.accounts import at_desk, location_of

STAFF = User.objects.filter(is_staff=True).order_by("username")


class DeskFilter(admin.SimpleListFilter):
    """A filter by `options`, pairs of a value and its label. Unknown values are ignored.

    A value selects the rows whose `field` equals it, "none" those where it is NULL, "all" all rows.
    """

    options: Iterable[tuple[str, Any]] = ()
    field = ""

    def chosen(self) -> str:
        """Return the label of the value; "" for all rows."""
        value = self.value()
        return "" if value == "all" else str(dict(self.lookup_choices).get(value or "", ""))

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.options)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(self.condition(str(self.value()))) if self.chosen() else queryset

    def choices(self, changelist: Any) -> Any:
        """Leave out Django's own "All" if "all" is one of the options."""
        choices = list(super().choices(changelist))
        return choices[1:] if "all" in dict(self.lookup_choices) else choices

    def condition(self, value: str) -> Q:
        """Return the condition for the rows of one of the values."""
        return Q(**{self.field: None if value == "none" else value})


def shown_status(request: HttpRequest) -> str:
    """Return which requests the list shows: a status, "open" by default, or "all" in a search."""
    asked = request.GET.get("status", "")
    if asked in ("open", "all", *Status.values):
        return asked
    # These filters also find scheduled requests, which are not open.
    of_due = {"today": Status.SCHEDULED, "idle": "all"}
    return of_due.get(request.GET.get("due", ""), "all" if request.GET.get("q") else "open")


class StatusFilter(DeskFilter):
    """Open requests by default, all of them in a search."""

    title, parameter_name = "status", "status"
    options = (("open", "Open"), *Status.choices, ("all", "All"))

    def value(self) -> str:
        return shown_status(self.request)

    def condition(self, value: str) -> Q:
        return Q(status__in=OPEN if value == "open" else [value])


class DueFilter(DeskFilter):
    title, parameter_name = "what is next", "due"
    options = (
        ("now", "Due now"),
        ("overdue", "Overdue"),
        ("today", "Visits today"),
        ("idle", f"Untouched for {settings.IDLE_DAYS} days"),
    )

    def condition(self, value: str) -> Q:
        now = timezone.now()
        return {
            "now": due_now(now),
            "overdue": overdue(now),
            "today": visits_on(timezone.localdate(now)),
            "idle": untouched_for(settings.IDLE_DAYS),
        }[value]


class AssignedFilter(DeskFilter):
    title, parameter_name, field = "assigned to", "assigned", "assigned_to"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        others = STAFF.exclude(username=request.user.get_username())
        return [("me", "Me"), ("none", "Nobody"), *((str(user.pk), user) for user in others)]

    def condition(self, value: str) -> Q:
        """Return the condition. "none" includes what is assigned to a closed account."""
        if value == "none":
            return ~Q(assigned_to__in=actions.COLLEAGUES)
        return Q(assigned_to=self.request.user.pk) if value == "me" else super().condition(value)


class LevelFilter(DeskFilter):
    title, parameter_name, field = "what the check told them", "level", "shared_level"
    options = (*((str(level.value), level.shown.label) for level in CareLevel), ("none", "Not shared"))


class LocationFilter(DeskFilter):
    """The requests of the user's own desk by default, but all of them in a search or if assigned to the user."""

    title, parameter_name = "location", "location"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = {place.code: place.name for place in settings.CLINIC.locations}
        self.desk = location_of(request.user)
        own = [("desk", f"{names[self.desk]}, or any")] if self.desk else []
        return [*own, *names.items(), ("none", "Any of these"), ("all", "All")]

    def value(self) -> str:
        asked = self.request.GET
        is_whole = not self.desk or "q" in asked or "number" in asked or asked.get("assigned") == "me"
        return asked.get("location") or ("all" if is_whole else "desk")

    def is_own(self) -> bool:
        """Return whether the list shows only the user's own desk. For admin/pagination.html."""
        return self.desk != "" and self.value() == "desk"

    def condition(self, value: str) -> Q:
        return at_desk(self.desk) if value == "desk" else Q(location="" if value == "none" else value)


class LanguageFilter(DeskFilter):
    title, parameter_name, field = "language", "language", "language"
    options = Language.choices


class WhatFilter(DeskFilter):
    title, parameter_name, field = "what", "what", "what"
    options = AuditEvent.What.choices


class WhoFilter(DeskFilter):
    title, parameter_name, field = "who", "who", "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((str(user.pk), user) for user in STAFF.all()), ("none", "No one signed in")]


class StateFilter(DeskFilter):
    title, parameter_name = "state", "state"
    options = (("waiting", "Waiting"), ("unsent", "To deal with"), ("given_up", "Did not go out"), ("sent", "Sent"))

    def condition(self, value: str) -> Q:
        failed, sent = Q(given_up_at__isnull=False), Q(sent_at__isnull=False)
        return {"waiting": WAITING, "unsent": UNSENT, "given_up": failed, "sent": sent}[value]
