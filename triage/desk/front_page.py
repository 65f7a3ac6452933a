"""The numbers of the staff's front page."""

import datetime as dt
from statistics import median
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count, Q
from django.utils import timezone

from triage.booking.deadlines import by_what_is_next, due_now, midnight, overdue, visits_on
from triage.booking.models import OPEN, BookingRequest, ClosingReason, Notice, Status
from triage.booking.outbox import UNSENT
from triage.booking.retention import untouched_for
from triage.desk.accounts import at_desk, location_of
from triage.desk.display import capped_count, place

SHOWN_FIRST = 10
WEEKS = 8
# The median of a week is that of its latest contacts, so that a flood of requests does not slow the page.
MAX_CONTACTS = 100


class Week(NamedTuple):
    """A week from Monday on: the requests that came in, and the median time until a first contact."""

    monday: dt.date
    asked: int
    contact_time: dt.timedelta | None  # None: no first contact in this week


def recent_weeks(now: dt.datetime) -> list[Week]:
    """Return the last WEEKS weeks in clinic time, the current one last. Spam is left out."""
    today = timezone.localdate(now)
    requests = BookingRequest.objects.exclude(status=Status.SPAM)
    weeks = []
    for ago in reversed(range(WEEKS)):
        monday = today - dt.timedelta(days=today.weekday(), weeks=ago)
        start, end = midnight(monday), midnight(monday + dt.timedelta(weeks=1))
        contacts = requests.filter(first_contact_at__gte=start, first_contact_at__lt=end).order_by("-first_contact_at")
        times: Any = contacts.values_list("created_at", "first_contact_at")[:MAX_CONTACTS]
        waits: list[Any] = [settings.CLINIC.open_time(*each) for each in times]
        asked = requests.filter(created_at__gte=start, created_at__lt=end).count()
        weeks.append(Week(monday, asked, median(waits) if waits else None))
    return weeks


def closings() -> list[tuple[str, int, int]]:
    """Return each reason for closing, and its counts in the last month and in this one so far."""
    this_month = timezone.localdate().replace(day=1)
    last_month = (this_month - dt.timedelta(days=1)).replace(day=1)
    this, last = Q(status_changed_at__gte=midnight(this_month)), Q(status_changed_at__gte=midnight(last_month))
    counted = BookingRequest.objects.exclude(closing_reason="").filter(last).order_by().values("closing_reason")
    rows = counted.annotate(last=Count("pk", filter=~this), this=Count("pk", filter=this)).order_by("-this", "-last")
    return [(ClosingReason(row["closing_reason"]).label, row["last"], row["this"]) for row in rows]


def front_page(user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context of the front page; empty for a user who may not see requests."""
    if not user.has_perm("triage.view_bookingrequest"):
        return {}
    now = timezone.now()
    location = location_of(user)
    requests = BookingRequest.objects.filter(at_desk(location))
    asked_today = requests.filter(created_at__gte=midnight(timezone.localdate(now)))
    open_requests = requests.filter(status__in=OPEN)
    idle = BookingRequest.objects.filter(untouched_for(settings.IDLE_DAYS))
    return {
        "queue": {
            "desk": place(location),
            "first": open_requests.select_related("assigned_to").order_by(*by_what_is_next(now))[:SHOWN_FIRST],
            "due_now": capped_count(open_requests.filter(due_now(now))),
            "visits_today": capped_count(requests.filter(visits_on(timezone.localdate(now)))),
            "waiting": capped_count(requests.filter(status=Status.NEW)),
            "overdue": capped_count(requests.filter(overdue(now))),
            "asked_today": capped_count(asked_today.exclude(status=Status.SPAM)),
            "weeks": recent_weeks(now),
            "closings": closings(),
            "idle_days": settings.IDLE_DAYS,
            "idle": capped_count(idle) if user.has_perm("triage.erase_bookingrequest") else 0,
            "given_up": capped_count(Notice.objects.filter(UNSENT)) if user.has_perm("triage.view_notice") else 0,
        }
    }
