"""The clinic's opening hours, day by day, for templates."""

import datetime as dt
from typing import NamedTuple

from django import template
from django.utils.dates import WEEKDAYS

from triage.clinic import Clinic

register = template.Library()


class DayHours(NamedTuple):
    """One weekday. `opens` and `closes` are None on a day the clinic is closed."""

    weekday: str
    opens: dt.time | None
    closes: dt.time | None


@register.simple_tag
def opening_hours(clinic: Clinic) -> list[DayHours]:
    """Monday to Sunday, in clinic time."""
    return [DayHours(str(name), *clinic.hours.get(day, (None, None))) for day, name in WEEKDAYS.items()]
