"""Dates, waiting times and links for the desk: the template library "desk", and columns of its lists."""

import datetime as dt
from collections.abc import Iterable
from itertools import takewhile
from urllib.parse import quote

from django import template
from django.conf import settings
from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import ordinal
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from triage.booking.deadlines import due_at
from triage.booking.models import DESK_FACTS, BookingRequest, ForWhom, Language, PartOfDay, ReachBy, StaffNote, Status
from triage.clinical.care_levels import CareLevel

register = template.Library()

EMPTY = "–"  # where there is nothing to show
MAX_COUNT = 5_000  # a hundred pages of a list. Counting a whole archive takes longer than the page itself.


def capped_count(queryset: QuerySet) -> int:
    """Return the number of rows, at most MAX_COUNT."""
    return queryset.order_by()[:MAX_COUNT].count()


@register.filter("count")
def format_count(count: int) -> str:
    """Return a capped count as text, such as "1,234" or "5,000 or more"."""
    return f"{count:,}" if count < MAX_COUNT else f"{count:,} or more"


@register.filter("hours")
def format_hours(duration: dt.timedelta | None) -> str:
    """Return whole hours, such as "16 h", or minutes under an hour; EMPTY for None."""
    if duration is None:
        return EMPTY
    hours = duration // dt.timedelta(hours=1)
    return f"{hours} h" if hours else f"{duration // dt.timedelta(minutes=1)} min"


def format_waiting(request: BookingRequest, now: dt.datetime) -> str:
    """Return how long the request has waited while the desk was open: work days from two on, else hours."""
    open_time = settings.CLINIC.open_time(request.created_at, now)
    days = open_time // settings.CLINIC.usual_day
    return f"{days} work days" if days > 1 else format_hours(open_time)


@register.filter
@admin.display(description="what is next")
def waiting(request: BookingRequest) -> str:
    """Return what is next for a request: a call, a visit, or an answer, and how long it has waited."""
    now = timezone.now()
    if request.status == Status.SCHEDULED:
        was = "" if request.is_visit_ahead else "was "  # the same weekday may be yesterday's or next week's
        return f"visit {was}{format_moment(request.visit_at)}" if request.visit_at else "visit, no date yet"
    if not request.is_open:
        return f"asked {format_day(request.created_at)}"
    parts: list[str] = []
    if request.status == Status.NEW and (due := due_at(request.created_at, settings.CLINIC)) <= now:
        parts.append(format_html('<strong class="overdue">overdue since {}</strong>', format_moment(due)))
    if request.call_at:
        due_now = mark_safe(' <strong class="overdue">due now</strong>') if request.call_at <= now else ""
        parts.append(format_html("call again {}{}", format_moment(request.call_at), due_now))
    if not parts:
        since = f"since {format_moment(request.created_at)}"
        has_waited = settings.CLINIC.open_time(request.created_at, now) >= dt.timedelta(minutes=1)
        parts.append(f"waits {format_waiting(request, now)}, {since}" if has_waited else f"waits {since}")
    if request.is_flagged:
        parts.append(mark_safe("<strong>one of very many</strong>"))
    return in_lines(parts)


def in_lines(parts: Iterable[str]) -> str:
    """Return the parts as HTML, each in a line of its own."""
    return format_html_join(mark_safe("<br>"), "{}", ((part,) for part in parts))


@admin.display(description="number")
def number_shown(request: BookingRequest) -> str:
    return str(request).replace(" ", "\u00a0")  # never broken over two lines


@admin.display(description="name")
def who(request: BookingRequest) -> str:
    parts = [request.name]
    if request.same_person:
        parts.append(f"{ordinal(request.same_person[0])} of {request.same_person[1]}")
    if request.language != Language.EN:
        parts.append(request.get_language_display())
    return in_lines(parts)


@admin.display(description="assigned to")
def worker(request: BookingRequest) -> str:
    return in_lines([request.assigned_to_shown or EMPTY, *request.opened])


def tries(request: BookingRequest) -> list[StaffNote]:
    """Return the notes that record a try to reach the person."""
    return [note for note in request.notes.all() if note.contact]


@register.filter
@admin.display(description="last try")
def last_try(request: BookingRequest) -> str:
    """Return the latest outcome, how often it came in a row, and when, such as "No answer ×3, 8:51 AM"."""
    made = tries(request)
    if not made:
        return ""
    last = made[-1]
    times = len(list(takewhile(lambda each: each.contact == last.contact, reversed(made))))
    count = f" ×{times}" if times > 1 else ""
    return f"{last.get_contact_display()}{count}, {format_moment(last.created_at)}"


@register.filter
@admin.display(description="what the check told them")
def level(request: BookingRequest) -> str:
    """Return the level that the patient shared, marked if it cannot wait until tomorrow."""
    told = request.get_shared_level_display() or EMPTY
    is_urgent = request.shared_level is not None and request.shared_level >= CareLevel.URGENT
    return format_html('<strong class="urgent">{}</strong>', told) if is_urgent else told


@register.filter("day")
def format_day(moment: dt.datetime) -> str:
    """Return the day in clinic time, without the year if it is this year."""
    day = timezone.localdate(moment)
    return date_format(day, "M j" if day.year == timezone.localdate().year else "M j, Y")


@register.filter("moment")
def format_moment(moment: dt.datetime) -> str:
    """Return a moment in clinic time: "8:51 AM" today, "Fri 5 PM" within six days, else "Fri, Nov 13, 5 PM"."""
    local = timezone.localtime(moment)
    days = abs((local.date() - timezone.localdate()).days)
    if days < 7:
        return date_format(local, "D f A" if days else "f A")
    return f"{date_format(local, 'D')}, {format_day(moment)}, {date_format(local, 'f A')}"


@register.filter
def desk_facts(request: BookingRequest) -> list[tuple[str, str]]:
    """Return what the desk was told in a call, with labels."""
    facts = request.desk_facts or {}
    if "born" in facts:
        facts = facts | {"born": date_format(dt.date.fromisoformat(facts["born"]), "M j, Y")}
    return [(label, facts[name]) for name, label in DESK_FACTS.items() if name in facts]


@register.filter
def mailto(request: BookingRequest) -> str:
    """Return a mailto: address. Quoted, as an email may hold `?bcc=`."""
    local, _at, domain = request.email.rpartition("@")
    return f"mailto:{quote(local, safe='')}@{quote(domain, safe='')}"


@register.filter
def sms(request: BookingRequest) -> str:
    """Return an sms: address, without separators, which some phones dial."""
    return request.bare_phone.replace("tel:", "sms:").replace("-", "")


@register.filter
def place(code: str) -> str:
    return settings.CLINIC.place(code)


@admin.display(description="location", empty_value="any")
def location_shown(request: BookingRequest) -> str:
    return place(request.location)


@register.filter
def visit_text(request: BookingRequest) -> str:
    """Return a line each for when and where the visit is, the request's number, who asked, and their phone."""
    name = request.name
    if request.for_whom != ForWhom.ME:
        name += f" (for whom: {request.get_for_whom_display().lower()})"
    when = date_format(timezone.localtime(request.visit_at), "l, F j, Y, f A")
    lines = [f"{when} ({settings.CLINIC.time_zone})", place(request.visit_location), f"Request {request}", name]
    return "\n".join(filter(None, [*lines, request.phone_shown]))


@register.filter
def reach(request: BookingRequest, name: str = "") -> str:
    """Return a link that calls, texts or writes, as the person asked. name: shown before the number."""
    # <bdi>, as a browser would reverse a phone number after an Arabic or Hebrew name.
    name = format_html(" <bdi>{}</bdi>", name) if name else ""
    if request.reach_by == ReachBy.EMAIL:
        return format_html('Email{} <a href="{}">{}</a>', name, mailto(request), request.email)
    # The link leaves out the extension, which a phone might dial as part of the number.
    address, verb = request.bare_phone, "Call"
    if request.reach_by == ReachBy.TEXT:
        address, verb = sms(request), "Text"
    return format_html('{}{} <a class="phone" href="{}">{}</a>', verb, name, address, request.phone_shown)


@admin.display(description="reach by")
def reach_shown(request: BookingRequest) -> str:
    good_time = "" if request.good_time == PartOfDay.ANY else f"in the {request.get_good_time_display().lower()}"
    return in_lines(filter(None, (reach(request), good_time)))
