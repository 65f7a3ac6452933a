"""How the desk writes moments, waiting times and ways to reach a person."""

import datetime as dt

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from triage.booking.models import BookingRequest, ReachBy


def hours_shown(open_time: dt.timedelta) -> str:
    hours = open_time // dt.timedelta(hours=1)
    return f"{hours} h" if hours else f"{open_time // dt.timedelta(minutes=1)} min"


def waiting_shown(request: BookingRequest, now: dt.datetime) -> str:
    """How long it has waited while the desk was open, in the roughest unit that still tells."""
    open_time = settings.CLINIC.open_time(request.created_at, now)
    days = open_time // settings.CLINIC.usual_day
    return f"{days} work days" if days > 1 else hours_shown(open_time)


def day_shown(moment: dt.datetime) -> str:
    """In clinic time, without the year if it is this one."""
    day = timezone.localdate(moment)
    return date_format(day, "M j" if day.year == timezone.localdate().year else "M j, Y")


def moment_shown(moment: dt.datetime) -> str:
    return f"{day_shown(moment)}, {date_format(timezone.localtime(moment), 'g:i A')}"


def reach_link(request: BookingRequest) -> str:
    """How the person wants to be reached, as a link that calls or writes."""
    if request.reach_by == ReachBy.EMAIL:
        return format_html('Email <a href="mailto:{0}">{0}</a>', request.email)
    verb = "Text" if request.reach_by == ReachBy.TEXT else "Call"
    return format_html('{} <a class="phone" href="{}">{}</a>', verb, request.phone, request.phone_shown)
