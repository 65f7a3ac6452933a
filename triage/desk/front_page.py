"""What waits for the staff, and how quickly we answer: the numbers of their front page."""

import datetime as dt
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.utils import timezone

from triage.booking.deadlines import is_overdue, overdue
from triage.booking.models import BookingRequest, Status
from triage.booking.outbox import given_up
from triage.desk.base import capped_count, count_shown
from triage.desk.display import hours_shown, reach_link, waiting_shown

LONGEST_WAITING = 10
WEEKS = 8
# Contacts of one week. A clinic has fewer; a flood must not slow the page.
ENOUGH_FOR_MEDIAN = 300
BAR_WIDTH, BAR_GAP, CHART_HEIGHT = 34, 12, 90


@dataclass(frozen=True)
class Week:
    """One week from Monday on: requests that came in, and the median time until people first heard from us."""

    monday: dt.date
    asked: int
    contact_time: dt.timedelta | None

    @property
    def contact_time_shown(self) -> str:
        return "–" if self.contact_time is None else hours_shown(self.contact_time)


def recent_weeks(now: dt.datetime) -> list[Week]:
    """The last WEEKS weeks in clinic time, this one last. Spam is left out."""
    today = timezone.localdate(now)
    monday = today - dt.timedelta(days=today.weekday())
    mondays = [monday - dt.timedelta(weeks=back) for back in reversed(range(-1, WEEKS))]
    starts = [dt.datetime.combine(day, dt.time(), settings.CLINIC.zone) for day in mondays]
    requests = BookingRequest.objects.exclude(status=Status.SPAM)
    return [
        Week(
            monday,
            requests.filter(created_at__gte=start, created_at__lt=end).count(),
            _median_contact_time(requests, start, end),
        )
        for monday, start, end in zip(mondays, starts, starts[1:], strict=False)
    ]


def _median_contact_time(
    requests: QuerySet[BookingRequest], start: dt.datetime, end: dt.datetime
) -> dt.timedelta | None:
    """How long people waited, while the desk was open, who first heard from us between these moments."""
    contacts: Any = requests.filter(first_contact_at__gte=start, first_contact_at__lt=end).order_by("-first_contact_at")
    seconds = [
        settings.CLINIC.open_time(created_at, contacted_at).total_seconds()
        for created_at, contacted_at in contacts.values_list("created_at", "first_contact_at")[:ENOUGH_FOR_MEDIAN]
    ]
    return dt.timedelta(seconds=median(seconds)) if seconds else None


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, in the units of its drawing."""

    x: int
    y: int
    height: int
    shown: str
    monday: dt.date

    @property
    def middle(self) -> int:
        return self.x + BAR_WIDTH // 2


def bars(weeks: list[Week], sizes: list[float], shown: list[str]) -> list[Bar]:
    """Bars in proportion to `sizes`, the largest as high as the chart."""
    heights = [round(size / (max(sizes) or 1) * CHART_HEIGHT) for size in sizes]
    return [
        Bar(BAR_GAP + n * (BAR_WIDTH + BAR_GAP), 20 + CHART_HEIGHT - heights[n], heights[n], shown[n], week.monday)
        for n, week in enumerate(weeks)
    ]


def front_page(user: User | AnonymousUser) -> dict[str, Any]:
    """What the front page shows `user`: nothing of the requests to those who may not see them."""
    if not user.has_perm("triage.view_bookingrequest"):
        return {}
    now = timezone.now()
    clinic = settings.CLINIC
    new = BookingRequest.objects.filter(status=Status.NEW)
    midnight = dt.datetime.combine(now.astimezone(clinic.zone).date(), dt.time(), clinic.zone)
    asked_today = BookingRequest.objects.filter(created_at__gte=midnight).exclude(status=Status.SPAM)
    weeks = recent_weeks(now)
    seconds = [week.contact_time.total_seconds() if week.contact_time else 0 for week in weeks]
    return {
        "queue": {
            "longest_waiting": [
                {
                    "request": each,
                    "waiting": waiting_shown(each, now),
                    "is_overdue": is_overdue(each, now),
                    "reach": reach_link(each),
                }
                for each in new.select_related("assigned_to")[:LONGEST_WAITING]
            ],
            "waiting": count_shown(capped_count(new)),
            "overdue": count_shown(capped_count(overdue(new, now))),
            "asked_today": count_shown(capped_count(asked_today)),
            "this_week": weeks[-1],
            "weeks": weeks,
            "asked_bars": bars(weeks, [week.asked for week in weeks], [str(week.asked) for week in weeks]),
            "contact_bars": bars(weeks, seconds, [week.contact_time_shown for week in weeks]),
            "given_up": given_up().count() if user.has_perm("triage.view_notice") else 0,
        }
    }
