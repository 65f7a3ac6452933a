"""The clinic's facts from clinic.toml, typed, and checked when the site starts."""

import calendar
import datetime as dt
import re
import tomllib
from collections import ChainMap
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from time import strptime
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import phonenumbers
from django.conf import settings
from django.utils import dates, timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext

from triage.environment import EMAIL, SettingsError

NTH_WEEKDAY = re.compile(r"(?P<which>\w+) (?P<weekday>\w+) of (?P<month>\w+)")
ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEARS = range(2020, 2121)  # the years for which the yearly holidays are computed
PLACEHOLDER = re.compile(r"\[fill in|\[por llenar|placeholder|555\D?01\d\d")
WAYS_IN = ("step_free", "entrance", "transit", "access")


def is_placeholder(text: str) -> bool:
    """Whether `text` is one of the placeholders that clinic.toml comes with."""
    return PLACEHOLDER.search(text) is not None


# One line, as the name stands in the headers of emails.
Text = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*\Z")]
# No longer than its column, and none of the words that filters use for no or several locations.
Code = Annotated[str, msgspec.Meta(pattern=r"\A(?!(any|none|all|desk)\Z)[\w-]{1,50}\Z")]
Email = Annotated[str, msgspec.Meta(pattern=rf"\A{EMAIL}\Z")]
SafeUrl = Annotated[str, msgspec.Meta(pattern="^https://")]


class Words(dict[str, str]):
    """A text by language code. str() gives it in the active language."""

    def __str__(self) -> str:
        return self[get_language() or settings.LANGUAGE_CODE]


class Phone(str):
    """A phone number, kept as +12125550142."""

    def __new__(cls, text: str) -> Self:
        try:
            number = phonenumbers.parse(text, "US")
        except (TypeError, phonenumbers.NumberParseException) as error:
            raise ValueError(f"{text} is not a phone number in quotes") from error
        # Not is_valid_number: 555-01xx, which is reserved for fiction, must pass. A link cannot dial an extension.
        if not phonenumbers.is_possible_number(number) or number.extension is not None:
            raise ValueError(f"{text} is not a phone number without an extension")
        return super().__new__(cls, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def in_each_language(text: str, languages: Iterable[str]) -> str:
    """An inline table of clinic.toml that holds `text` for each language."""
    words = ", ".join(f'{language} = "{text}"' for language in languages)
    return f"{{ {words} }}"


class Entries(msgspec.Struct, frozen=True, dict=True, forbid_unknown_fields=True):
    """A table of clinic.toml. An unknown entry is refused, as it may be a misspelled one."""


class HasPhone(Entries, frozen=True):
    """A place with a phone number."""

    name: Text
    phone: Phone

    @cached_property
    def phone_shown(self) -> str:
        """As people here write it: (212) 555-0142."""
        return phonenumbers.format_number(phonenumbers.parse(self.phone), phonenumbers.PhoneNumberFormat.NATIONAL)

    @cached_property
    def phone_link(self) -> str:
        """For a link that dials."""
        return phonenumbers.format_number(phonenumbers.parse(self.phone), phonenumbers.PhoneNumberFormat.RFC3966)


class Location(HasPhone, frozen=True):
    """A place of the clinic. The entries about the way in may be None."""

    code: Code
    address: tuple[str, ...]
    email: Email = ""  # gets the notices of requests for this location; empty: DESK_EMAIL gets them
    step_free: Words | None = None
    entrance: Words | None = None
    transit: Words | None = None
    access: Words | None = None

    @property
    def name_shown(self) -> str:
        """The name, or "Location 2" while the name is a placeholder."""
        number = settings.CLINIC.locations.index(self) + 1
        return gettext("Location %(number)s") % {"number": number} if is_placeholder(self.name) else self.name

    @property
    def address_shown(self) -> tuple[str, ...]:
        """The lines of the address; none while one of them is a placeholder."""
        return () if any(map(is_placeholder, self.address)) else self.address

    @property
    def notes(self) -> dict[str, Words]:
        """The texts about the way in, by their names in clinic.toml, without placeholders."""
        notes = {name: getattr(self, name) for name in WAYS_IN}
        return {name: words for name, words in notes.items() if words and not is_placeholder(str(words))}


class ClockTime(dt.time):
    """A time in clinic time, written like "09:00"."""


class Hours(dict[int, tuple[ClockTime, ClockTime]]):
    """When the desk opens and closes, by the number of the weekday (Monday: 0). Other days are closed."""

    entry = tuple[ClockTime, ClockTime]

    def __init__(self, days: dict[str, tuple[ClockTime, ClockTime]]) -> None:
        if not days:
            raise ValueError("name at least one day")
        for day, (opens, closes) in days.items():
            if day not in WEEKDAYS:
                raise ValueError(f"{day} is not a day of the week, write it like monday")
            if closes <= opens:
                raise ValueError(f"{day} closes before it opens")
            self[WEEKDAYS.index(day)] = opens, closes


class SignOff(Entries, frozen=True):
    """Who checked a group of texts (a role, never a name), when, and what exactly was checked."""

    role: Words
    date: dt.date
    next_check: dt.date
    fingerprint: Text


class SignOffs(dict[str, SignOff]):
    """By the name of what was checked."""

    entry = SignOff


class Holiday(Entries, frozen=True):
    """A day on which the desk stays closed, or closes at `closes_at`: a date, or a rule for each year."""

    name: Words
    date: dt.date | None = None
    closes_at: ClockTime | None = None
    every: Text = ""

    def __post_init__(self) -> None:
        if (self.date is None) == (self.every == ""):
            raise ValueError("give it a date, or every, and not both")
        if self.date and self.date.year not in YEARS:
            raise ValueError(f"{self.date}: check the year")
        self.days  # noqa: B018 - raises ValueError if the rule cannot be read

    @cached_property
    def days(self) -> list[dt.date]:
        """The date, or the days of the rule, as for federal holidays (5 U.S.C. 6103, E.O. 11582).

        If it falls on a Saturday, Friday is a holiday, too; on a Sunday, Monday. A short day is not moved.
        """
        if self.date:
            return [self.date]
        days = [_day_by_rule(self.every, year) for year in YEARS]
        if self.closes_at is None:
            days += [day - dt.timedelta(days=1) for day in days if day.weekday() == calendar.SATURDAY]
            days += [day + dt.timedelta(days=1) for day in days if day.weekday() == calendar.SUNDAY]
        return days


def _day_by_rule(rule: str, year: int) -> dt.date:
    try:
        if not (found := NTH_WEEKDAY.fullmatch(rule)):
            return dt.date(*strptime(f"{rule} {year}", "%B %d %Y")[:3])
        weekday, month = WEEKDAYS.index(found["weekday"]), strptime(found["month"], "%B").tm_mon
        days = [week[weekday] for week in calendar.monthcalendar(year, month) if week[weekday]]
        return dt.date(year, month, days[ORDINALS[found["which"]]])
    except (KeyError, ValueError) as error:
        raise ValueError(f'{rule!r}: write "july 4" or "third monday of january"') from error


class Clinic(HasPhone, frozen=True):
    time_zone: str
    email: Text
    privacy_practices_url: SafeUrl
    language_help_url: SafeUrl
    hours: Hours
    locations: Annotated[tuple[Location, ...], msgspec.Meta(min_length=1)]
    hours_checked: bool = False
    holidays: tuple[Holiday, ...] = ()
    sign_off: SignOffs = SignOffs()

    def __post_init__(self) -> None:
        # Not EST or Etc/GMT+5, which have no summer time.
        if not re.match(r"(?!Etc/)\w+/", self.time_zone) or self.time_zone not in available_timezones():
            raise ValueError(f"time_zone: {self.time_zone!r} is not one, write it like America/New_York")
        if not re.fullmatch(EMAIL, self.email) and not is_placeholder(self.email):
            raise ValueError(f"email: {self.email!r} is not an email address")
        if len({place.code for place in self.locations}) < len(self.locations):
            raise ValueError("locations: every code must differ, it is stored with requests")

    @cached_property
    def holidays_by_day(self) -> dict[dt.date, Holiday]:
        """The holidays by day. A date replaces a yearly rule for the same day, and a whole day a short one."""
        last_wins = sorted(self.holidays, key=lambda each: (each.date is not None, each.closes_at is None))
        return {day: holiday for holiday in last_wins for day in holiday.days}

    @property
    def closed_days(self) -> ChainMap[dt.date, Holiday]:
        """The closures that managers entered, and the holidays of all other days."""
        return ChainMap(import_string(settings.CLOSURES)(), self.holidays_by_day)

    def place(self, code: str) -> str:
        """The name of a location, or its code if the clinic no longer has it; "" for "" (any or none)."""
        return {each.code: each.name for each in self.locations}.get(code, code)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def week(self) -> list[tuple[Any, dt.time | None, dt.time | None]]:
        """Monday to Sunday: the day's name, and when the desk opens and closes, both None if it stays closed."""
        return [(name, *self.hours.get(day, (None, None))) for day, name in dates.WEEKDAYS.items()]

    @property
    def opening_hours(self) -> list[tuple[Any, Any, dt.time, dt.time]]:
        """Runs of days with the same hours: the short names of the first and last day, opening, closing."""
        names = dates.WEEKDAYS_ABBR
        runs = [(hours, list(days)) for hours, days in groupby(names, self.hours.get)]
        return [(names[days[0]], names[days[-1]], *hours) for hours, days in runs if hours]

    def closing_time(self, day: dt.date) -> dt.time | None:
        """When the desk closes on `day`, in clinic time; None if it stays closed."""
        opens, closes = self.hours.get(day.weekday(), (dt.time.min, dt.time.min))
        if holiday := self.closed_days.get(day):
            closes = min(holiday.closes_at or opens, closes)
        return closes if closes > opens else None

    def hours_on(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        """When the desk opens and closes on `day`, in UTC; None if it stays closed.

        Python subtracts two times of one zone as wall-clock times, which is an hour wrong on the days the clocks
        change. In UTC it is right.
        """
        if (closes_at := self.closing_time(day)) is None:
            return None
        times = self.hours[day.weekday()][0], closes_at
        opens, closes = (dt.datetime.combine(day, time, self.zone).astimezone(dt.UTC) for time in times)
        return opens, closes

    def is_open_at(self, moment: dt.datetime) -> bool:
        """Whether the desk is staffed at `moment` (an aware datetime)."""
        hours = self.hours_on(moment.astimezone(self.zone).date())
        return hours is not None and hours[0] <= moment < hours[1]

    def next_hours(self, moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """When the desk opens next, strictly after `moment`, and when it closes that day. In clinic time."""
        return next(hours for hours in self._work_days(moment, 1) if hours[0] > moment.astimezone(dt.UTC))

    def last_hours(self, moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """When the desk opened and closed on the last work day that is over at `moment`. In clinic time."""
        return next(hours for hours in self._work_days(moment, -1) if hours[1] <= moment.astimezone(dt.UTC))

    def _work_days(self, moment: dt.datetime, step: int) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """The hours of the work days from the day of `moment` on (step 1) or back (step -1), for a year."""
        first = moment.astimezone(self.zone).date()
        for days in range(366):
            if hours := self.hours_on(first + dt.timedelta(days=step * days)):
                yield hours[0].astimezone(self.zone), hours[1].astimezone(self.zone)
        raise ValueError("clinic.toml: the clinic never opens")

    def open_time(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """How long the desk was open between two moments (aware); zero if `end` is the earlier one."""
        start, end = start.astimezone(dt.UTC), end.astimezone(dt.UTC)
        day, last_day = (moment.astimezone(self.zone).date() for moment in (start, end))
        total = dt.timedelta()
        while day <= last_day:
            if hours := self.hours_on(day):
                total += max(min(hours[1], end) - max(hours[0], start), dt.timedelta())
            day += dt.timedelta(days=1)
        return total

    @property
    def holidays_ahead(self) -> list[tuple[dt.date, Holiday, dt.time | None]]:
        """The days of the next year with other hours than usual, and when the desk closes (None: it stays closed).

        Not by the holiday's own time, which may be before the desk opens, or after it closes anyway.
        """
        today = timezone.localdate(timezone=self.zone)
        days = sorted((day, holiday) for day, holiday in self.closed_days.items() if 0 <= (day - today).days < 365)
        usual = {day: closes for day, (_opens, closes) in self.hours.items()}
        ahead = ((day, holiday, self.closing_time(day)) for day, holiday in days)
        return [each for each in ahead if each[2] != usual.get(each[0].weekday())]

    @property
    def usual_day(self) -> dt.timedelta:
        """How long the desk is open on a work day, on average over the week."""
        lengths = [dt.timedelta(hours=c.hour - o.hour, minutes=c.minute - o.minute) for o, c in self.hours.values()]
        return sum(lengths, dt.timedelta()) / len(lengths)

    def placeholders(self) -> list[str]:
        """The names of the facts that are still placeholders, as in clinic.toml."""
        names = ("name", "phone", "email", "privacy_practices_url", "language_help_url")
        texts = {name: getattr(self, name) for name in names}
        for place in self.locations:
            facts = {"name": place.name, "phone": place.phone, "address": " ".join(place.address)}
            for name in WAYS_IN:
                if words := getattr(place, name):
                    facts |= {f"{name}.{language}": text for language, text in words.items()}
            texts |= {f"locations.{place.code}.{name}": text for name, text in facts.items()}
        found = [name for name, text in texts.items() if is_placeholder(text)]
        return found if self.hours_checked else [*found, "hours"]


def load_clinic(path: Path, languages: Collection[str]) -> Clinic:
    """Read clinic.toml, with each text in all `languages`. Raises SettingsError that names the wrong entry."""

    def convert(value: Any, kind: type, where: str = "") -> Any:
        try:
            return msgspec.convert(value, kind, builtin_types=(dt.date, dt.datetime), dec_hook=read)
        except msgspec.ValidationError as error:
            raise ValueError(f"{where}{error}") from error

    def read(kind: Any, value: Any) -> Any:
        """Make a value of one of the classes above. msgspec adds the entry's path to a ValueError."""
        if kind is ClockTime:
            try:
                return ClockTime.fromisoformat(value)
            except (TypeError, ValueError) as error:
                raise ValueError('write it like "09:00"') from error
        if kind is Words:
            is_whole = isinstance(value, dict) and set(value) == set(languages)
            if not is_whole or not all(isinstance(text, str) and text.strip() for text in value.values()):
                raise ValueError(f"write it in each language, like {in_each_language('…', languages)}")
        if kind in (Hours, SignOffs):
            table = convert(value, dict[str, Any])
            value = {name: convert(entry, kind.entry, f"{name}: ") for name, entry in table.items()}
        return kind(value)

    try:
        return convert(tomllib.loads(path.read_text(encoding="utf-8-sig")), Clinic)
    except FileNotFoundError as error:
        raise SettingsError(f"{path} is missing; it holds the clinic's phone, hours and locations.") from error
    except ValueError as error:
        raise SettingsError(f"clinic.toml: {error}") from error
