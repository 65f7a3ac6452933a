"""The numbers of the staff's front page: what waits, and how quickly people hear from us."""

import datetime as dt
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from triage.booking.deadlines import by_what_is_next, due_now, midnight, overdue, visits_on
from triage.booking.models import OPEN, BookingRequest, ClosingReason, Status
from triage.booking.outbox import given_up
from triage.booking.retention import untouched_for
from triage.desk.accounts import at_desk, location_of
from triage.desk.base import capped_count, format_count
from triage.desk.display import format_hours, level, reach, waiting

SHOWN_FIRST = 10
WEEKS = 8
# Contacts that make the median of a week, the latest ones. With more, a flood of requests would slow the page.
MAX_CONTACTS = 100


@dataclass(frozen=True)
class Week:
    """A week from Monday on: the requests that came in, and the median time until a first contact."""

    monday: dt.date
    asked: int
    contact_time: dt.timedelta | None  # None: no first contact in this week

    @property
    def contact_time_shown(self) -> str:
        return "–" if self.contact_time is None else format_hours(self.contact_time)


def recent_weeks(now: dt.datetime) -> list[Week]:
    """Return the last WEEKS weeks in clinic time, the current one last. Spam is left out."""
    today = timezone.localdate(now)
    monday = today - dt.timedelta(days=today.weekday())
    requests = BookingRequest.objects.exclude(status=Status.SPAM)
    return [_week(monday - dt.timedelta(weeks=ago), requests) for ago in reversed(range(WEEKS))]


def _week(monday: dt.date, requests: QuerySet[BookingRequest]) -> Week:
    start, end = midnight(monday), midnight(monday + dt.timedelta(weeks=1))
    contacts = requests.filter(first_contact_at__gte=start, first_contact_at__lt=end).order_by("-first_contact_at")
    times: Any = contacts.values_list("created_at", "first_contact_at")[:MAX_CONTACTS]
    seconds = [
        settings.CLINIC.open_time(created_at, contacted_at).total_seconds() for created_at, contacted_at in times
    ]
    return Week(
        monday,
        requests.filter(created_at__gte=start, created_at__lt=end).count(),
        dt.timedelta(seconds=median(seconds)) if seconds else None,
    )


def charts(weeks: list[Week]) -> list[dict[str, Any]]:
    """Return the bar charts: title, bars of (Monday, value, label), and the highest value."""
    asked = [(week.monday, week.asked, week.asked) for week in weeks]
    contact = [
        (week.monday, week.contact_time.total_seconds() if week.contact_time else 0, week.contact_time_shown)
        for week in weeks
    ]
    return [
        {"title": title, "bars": bars, "highest": max(value for _monday, value, _label in bars)}
        for title, bars in (("Requests", asked), ("Usual wait for a first call", contact))
    ]


def closings() -> list[tuple[str, int, int]]:
    """Return each reason that requests were closed for, and how often: last month, and this month so far."""
    this_month = timezone.localdate().replace(day=1)
    last_month = (this_month - dt.timedelta(days=1)).replace(day=1)
    this, last = Q(status_changed_at__gte=midnight(this_month)), Q(status_changed_at__gte=midnight(last_month))
    counted = BookingRequest.objects.exclude(closing_reason="").filter(last).order_by().values("closing_reason")
    rows = counted.annotate(last=Count("pk", filter=~this), this=Count("pk", filter=this)).order_by("-this", "-last")
    return [(ClosingReason(row["closing_reason"]).label, row["last"], row["this"]) for row in rows]


def _count_to_tell(rows: QuerySet, may_know: bool) -> str:
    """Return how many there are; "" if there is none, or the user may not know."""
    count = capped_count(rows) if may_know else 0
    return format_count(count) if count else ""


def front_page(user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context of the front page; empty for a user who may not see requests."""
    if not user.has_perm("triage.view_bookingrequest"):
        return {}
    now = timezone.now()
    location = location_of(user)
    requests = BookingRequest.objects.filter(at_desk(location))
    new = requests.filter(status=Status.NEW)
    asked_today = requests.filter(created_at__gte=midnight(timezone.localdate(now)))
    open_requests = requests.filter(status__in=OPEN)
    first = open_requests.select_related("assigned_to").order_by(*by_what_is_next(now))[:SHOWN_FIRST]
    visits = requests.filter(visits_on(timezone.localdate(now)))
    weeks = recent_weeks(now)
    idle = BookingRequest.objects.filter(untouched_for(settings.IDLE_DAYS))
    return {
        "queue": {
            "desk": BookingRequest(location=location).location_shown,
            "first": [(each, waiting(each), reach(each), level(each)) for each in first],
            "due_now": format_count(capped_count(open_requests.filter(due_now(now)))),
            "visits_today": format_count(capped_count(visits)),
            "waiting": format_count(capped_count(new)),
            "overdue": format_count(capped_count(new.filter(overdue(now)))),
            "asked_today": format_count(capped_count(asked_today.exclude(status=Status.SPAM))),
            "weeks": weeks,
            "charts": charts(weeks),
            "closings": closings(),
            "idle_days": settings.IDLE_DAYS,
            "idle": _count_to_tell(idle, user.has_perm("triage.erase_bookingrequest")),
            "given_up": _count_to_tell(given_up(), user.has_perm("triage.view_notice")),
        }
    }
