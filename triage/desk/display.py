"""Dates, waiting times and ways to reach a person, as the desk shows them."""

import datetime as dt
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from triage.booking.deadlines import is_overdue
from triage.booking.models import BookingRequest, ReachBy


def format_hours(duration: dt.timedelta) -> str:
    """Return whole hours, such as "16 h", or minutes under an hour."""
    hours = duration // dt.timedelta(hours=1)
    return f"{hours} h" if hours else f"{duration // dt.timedelta(minutes=1)} min"


def format_waiting(request: BookingRequest, now: dt.datetime) -> str:
    """Return how long the request has waited while the desk was open: work days from two on, else hours."""
    open_time = settings.CLINIC.open_time(request.created_at, now)
    days = open_time // settings.CLINIC.usual_day
    return f"{days} work days" if days > 1 else format_hours(open_time)


def waiting(request: BookingRequest) -> str:
    """Return how long an open request has waited, or the day another came in, with marks: overdue, one of very many."""
    if not request.is_open:
        return f"asked {format_day(request.created_at)}"
    now = timezone.now()
    mark = mark_safe(' <strong class="overdue">overdue</strong>') if is_overdue(request, now) else ""
    flag = mark_safe(" <strong>one of very many</strong>") if request.is_flagged else ""
    return format_html("{}{}{}", format_waiting(request, now), mark, flag)


def format_day(moment: dt.datetime) -> str:
    """Return the day in clinic time, without the year if it is this year."""
    day = timezone.localdate(moment)
    return date_format(day, "M j" if day.year == timezone.localdate().year else "M j, Y")


def format_moment(moment: dt.datetime) -> str:
    """Return the day and the time in clinic time."""
    return f"{format_day(moment)}, {date_format(timezone.localtime(moment), 'g:i A')}"


def mail_link(request: BookingRequest, **filled_in: str) -> str:
    """Return the email address as a link that writes to it alone, whatever else it holds; "" if there is none.

    filled_in: the subject and the body of the email.
    """
    local, _at, domain = request.email.rpartition("@")
    address = f"{quote(local, safe='')}@{quote(domain, safe='')}?{urlencode(filled_in, quote_via=quote)}".rstrip("?")
    return format_html('<a href="mailto:{}">{}</a>', address, request.email) if domain else ""


def text_link(request: BookingRequest, body: str) -> str:
    """Return the phone number as a link that opens a text message with `body`; "" if they did not ask for texts."""
    if request.reach_by != ReachBy.TEXT:
        return ""
    number = request.bare_phone.removeprefix("tel:").replace("-", "")
    return format_html('<a href="sms:{}?body={}">{}</a>', number, quote(body, safe=""), request.phone_shown)


@admin.display(description="reach by")
def reach(request: BookingRequest) -> str:
    """Return how the person wants to be reached, as a link that calls, texts or writes."""
    if request.reach_by == ReachBy.EMAIL:
        return format_html("Email {}", mail_link(request))
    verb = "Text" if request.reach_by == ReachBy.TEXT else "Call"
    return format_html('{} <a class="phone" href="{}">{}</a>', verb, request.phone, request.phone_shown)
