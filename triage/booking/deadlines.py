"""When we promise to answer a request, in clinic time."""

import datetime as dt
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Case, Q, When
from django.db.models.functions import Coalesce
from django.utils.dateformat import format as formatted
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from triage.booking.models import OPEN, Status
from triage.clinic import Clinic
from triage.clinical.care_levels import CareLevel

# Names that hold in summer and winter. Other zones are shown by their abbreviation.
ZONE_NAMES: dict[str, str | Promise] = {"America/New_York": _("Eastern Time")}

# When to try again to reach a person, for the desk.
CALL_AGAIN = {"hour": "In 1 hour", "afternoon": "This afternoon", "morning": "Next morning"}


class Reply(NamedTuple):
    """When we promise to answer, as texts for a sentence.

    was_open: whether the clinic was open when the person asked. If so, we answer by `time` on `day`, the end of the
        next work day; if not, after `time` on `day`, the next work day.
    """

    was_open: bool
    day: str
    time: str
    zone: str


def due_at(asked_at: dt.datetime, clinic: Clinic) -> dt.datetime:
    """Return when an answer is due: the end of the first work day that begins after `asked_at` (aware)."""
    return clinic.next_hours(asked_at)[1]


def reply_to(asked_at: dt.datetime, clinic: Clinic) -> Reply:
    """Return what to promise a person who asked at `asked_at` (aware)."""
    was_open = clinic.is_open_at(asked_at)
    opens, closes = clinic.next_hours(asked_at)
    # Translators: a time of day, like 9 AM, and like 9:30 AM.
    clock = gettext("f A").replace(" ", "\u00a0")  # never broken over two lines
    return Reply(
        was_open=was_open,
        # Translators: a date as Django's `date` filter writes it, like Monday, November 23.
        day=formatted(opens, gettext("l, F j")),
        time=formatted(closes if was_open else opens, clock),
        zone=str(ZONE_NAMES.get(clinic.time_zone, opens.tzname() or clinic.time_zone)),
    )


def overdue(now: dt.datetime) -> Q:
    """Return the condition for requests that are still new and past their deadline (due_at) at `now`."""
    return Q(status=Status.NEW, created_at__lt=settings.CLINIC.last_hours(now)[0])


def due_now(now: dt.datetime) -> Q:
    """Return the condition for requests to call again now, or whose answer is overdue."""
    return Q(status__in=OPEN, call_at__lte=now) | (overdue(now) & Q(call_at=None))


def midnight(day: dt.date) -> dt.datetime:
    """Return the moment at which `day` begins, in clinic time."""
    return dt.datetime.combine(day, dt.time(), settings.CLINIC.zone)


def visits_on(day: dt.date) -> Q:
    """Return the condition for requests with a visit on this day, in clinic time."""
    end = midnight(day + dt.timedelta(days=1))
    return Q(status=Status.SCHEDULED, visit_at__gte=midnight(day), visit_at__lt=end)


def by_what_is_next(now: dt.datetime) -> list[Any]:
    """Return the order of open requests: care today or 911, then due now, new, contacted, to call later."""
    is_urgent = Q(status=Status.NEW, shared_level__gte=CareLevel.URGENT) & (Q(call_at=None) | Q(call_at__lte=now))
    rank = Case(
        When(is_urgent, then=0),
        When(due_now(now), then=1),
        When(status=Status.NEW, call_at=None, then=2),
        When(call_at=None, then=3),
        default=4,
    )
    return [rank.asc(), Coalesce("call_at", "created_at").asc(), "id"]


def call_again(when: str, now: dt.datetime) -> dt.datetime:
    """Return the time for one of CALL_AGAIN: an hour from now, 2 PM today or soon, or when the desk next opens."""
    local = now.astimezone(settings.CLINIC.zone)
    if when == "morning":
        return settings.CLINIC.next_hours(dt.datetime.combine(local.date(), dt.time.max, settings.CLINIC.zone))[0]
    in_an_hour = now + dt.timedelta(hours=1)
    return max(in_an_hour, local.replace(hour=14, minute=0, second=0)) if when == "afternoon" else in_an_hour
