"""Closed and short days, for managers: Django's own pages, with a line in the audit trail for each change."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html

from triage.booking.actions import record
from triage.booking.deadlines import visits_on
from triage.booking.models import AuditEvent, BookingRequest, Closure, Status
from triage.desk.base import REQUEST_LIST, DeskAdmin
from triage.desk.forms import FARTHEST

# Before today: a snow day is entered when the desk is back. In December, January 4 is not that of this year.
LONGEST_OVER = dt.timedelta(days=-60)


class ClosureForm(forms.ModelForm):
    def clean_date(self) -> dt.date:
        """Reject a wrong year or weekday. Any day of the next calendar year is allowed."""
        date: dt.date = self.cleaned_data["date"]
        if "date" not in self.changed_data:
            return date
        if not LONGEST_OVER <= date - timezone.localdate() <= 2 * FARTHEST:
            raise forms.ValidationError("This day is long over, or more than two years away. Check the year.")
        if date.weekday() not in settings.CLINIC.hours:
            raise forms.ValidationError(f"We are closed on {date:%A}s anyway. Check the day.")
        return date

    def clean_closes_at(self) -> dt.time | None:
        """Reject a time that would close the whole day, or nothing: "3:00" typed for 3 PM is 3 AM."""
        date, closes = self.cleaned_data.get("date"), self.cleaned_data["closes_at"]
        hours = settings.CLINIC.hours.get(date.weekday()) if date else None
        if date and closes and not (hours and hours[0] < closes <= hours[1]):
            raise forms.ValidationError("This is not within our hours of that weekday. Check the day, and AM or PM.")
        return closes


@admin.register(Closure)
class ClosureAdmin(DeskAdmin):
    form = ClosureForm
    list_display = ("day", "closes", "reason")
    actions = None  # deleted one at a time, which is audited
    # The browser's own date and time inputs. Django's cannot be used with a keyboard.
    formfield_overrides = {
        models.DateField: {"widget": forms.DateInput({"type": "date"}, format="%Y-%m-%d")},
        models.TimeField: {"widget": forms.TimeInput({"type": "time"}, format="%H:%M")},
    }

    @admin.display(description="day")
    def day(self, obj: Closure) -> str:
        return date_format(obj.date, "D, M j, Y")

    @admin.display(description="closes at", empty_value="closed all day")
    def closes(self, obj: Closure) -> str:
        return time_format(obj.closes_at, "f A") if obj.closes_at else ""

    def save_model(self, request: HttpRequest, obj: Closure, form: forms.ModelForm, change: bool) -> None:
        before = str(Closure.objects.get(pk=obj.pk)) if change else "open"
        super().save_model(request, obj, form, change)
        record(AuditEvent.What.CLOSURE, by=cast(User, request.user), was=before, now=str(obj))
        closes = dt.datetime.combine(obj.date, obj.closes_at or dt.time(), settings.CLINIC.zone)
        if visits := BookingRequest.objects.filter(visits_on(obj.date), visit_at__gte=closes).count():
            link = f"{reverse(REQUEST_LIST)}?status={Status.SCHEDULED}&location=all"
            told = format_html('Visits set for when we are closed: {}. <a href="{}">See all visits</a>', visits, link)
            messages.warning(request, told)

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        record(AuditEvent.What.CLOSURE, by=cast(User, request.user), was=str(obj), now="open")
        super().delete_model(request, obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Redirect to the audit trail. Django's own log is empty."""
        return redirect(reverse("admin:triage_auditevent_changelist") + f"?what={AuditEvent.What.CLOSURE}")
