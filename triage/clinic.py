"""The clinic's own facts from clinic.toml, typed, and checked when the site starts."""

import calendar
import datetime as dt
import re
import tomllib
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from time import strptime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from django.conf import settings
from django.utils import dates, timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext

from triage.environment import SettingsError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NTH_WEEKDAY = re.compile(r"(?P<which>\w+) (?P<weekday>\w+) of (?P<month>\w+)")
ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
YEARS = range(2020, 2121)  # for which the yearly holidays are reckoned, once, at the start
PLACEHOLDER = re.compile(r"\[fill in|\[por llenar|placeholder|555\D?01\d\d")
WAYS_IN = ("step_free", "entrance", "transit", "access")


def is_placeholder(text: str) -> bool:
    """Whether it is one of the words that clinic.toml comes with."""
    return PLACEHOLDER.search(text) is not None


@dataclass(frozen=True)
class Words:
    """A fact in words, by the code of each language of the site. As text it is in the language of the page."""

    in_language: dict[str, str]

    def __str__(self) -> str:
        return self.in_language[get_language() or settings.LANGUAGE_CODE]


class HasPhone:
    """A place with a phone number, kept as +12125550142."""

    phone: str

    @cached_property
    def phone_shown(self) -> str:
        """As people here write it: (212) 555-0142."""
        return phonenumbers.format_number(phonenumbers.parse(self.phone), phonenumbers.PhoneNumberFormat.NATIONAL)

    @cached_property
    def phone_link(self) -> str:
        """For a link that dials."""
        return phonenumbers.format_number(phonenumbers.parse(self.phone), phonenumbers.PhoneNumberFormat.RFC3966)


@dataclass(frozen=True)
class Location(HasPhone):
    """A place of the clinic. number: its place in clinic.toml, from 1. What is known of the way in may be None."""

    code: str
    number: int
    name: str
    address: tuple[str, ...]
    phone: str
    email: str = ""  # of its own desk, which is told of requests for it; empty: DESK_EMAIL is
    step_free: Words | None = None
    entrance: Words | None = None
    transit: Words | None = None
    access: Words | None = None

    @property
    def name_shown(self) -> str:
        """The name, or a number while the name is a placeholder."""
        return gettext("Location %(number)s") % {"number": self.number} if is_placeholder(self.name) else self.name

    @property
    def address_shown(self) -> tuple[str, ...]:
        """The lines of the address; none while one of them is a placeholder."""
        return () if any(map(is_placeholder, self.address)) else self.address

    @property
    def map_link(self) -> str:
        """For a link that opens the maps of a phone, or a map in the browser."""
        return "https://www.google.com/maps/search/?" + urlencode({"api": 1, "query": ", ".join(self.address)})

    @property
    def notes(self) -> dict[str, Words]:
        """What is known of the way in, by its name in clinic.toml. A placeholder is not shown."""
        notes = {name: getattr(self, name) for name in WAYS_IN}
        return {name: words for name, words in notes.items() if words and not is_placeholder(str(words))}


@dataclass(frozen=True)
class SignOff:
    """Who checked a group of texts (a role, never a name), when, and what exactly was checked."""

    role: Words
    date: dt.date
    next_check: dt.date
    fingerprint: str


@dataclass(frozen=True)
class Holiday:
    """A day on which the desk stays closed, or closes at `closes_at`, in clinic time. name: shown to patients."""

    name: Any  # Words, or another text that is in the language of the page
    closes_at: dt.time | None = None


@dataclass(frozen=True)
class Clinic(HasPhone):
    name: str
    time_zone: str
    phone: str
    email: str
    privacy_practices_url: str
    language_help_url: str
    hours_checked: bool
    hours: dict[int, tuple[dt.time, dt.time]]
    holidays: dict[dt.date, Holiday]
    locations: tuple[Location, ...]
    sign_off: dict[str, SignOff] = field(default_factory=dict)
    # The dotted path of a function that returns what managers closed, by the day: no database is known here.
    closures: str = ""

    @property
    def closed_days(self) -> MutableMapping[dt.date, Holiday]:
        """What the managers set for a day, and else its holiday."""
        return ChainMap(import_string(self.closures)(), self.holidays) if self.closures else self.holidays

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def week(self) -> list[tuple[Any, dt.time | None, dt.time | None]]:
        """Monday to Sunday: the day's name, and when the desk opens and closes. None: it stays closed."""
        return [(name, *self.hours.get(day, (None, None))) for day, name in dates.WEEKDAYS.items()]

    @property
    def opening_hours(self) -> list[tuple[Any, Any, dt.time, dt.time]]:
        """Days in a row with the same hours: the first and the last one's short name, when they open and close."""
        runs: list[list[int]] = []
        for day in sorted(self.hours):
            if runs and runs[-1][-1] == day - 1 and self.hours[day - 1] == self.hours[day]:
                runs[-1].append(day)
            else:
                runs.append([day])
        return [(dates.WEEKDAYS_ABBR[run[0]], dates.WEEKDAYS_ABBR[run[-1]], *self.hours[run[0]]) for run in runs]

    def hours_on(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        """When the desk opens and closes on `day`, in UTC. None: it stays closed.

        Python compares and subtracts two times of one zone as the clock on the wall shows them, which is wrong
        by an hour on the days the clocks change. In UTC it is right.
        """
        if day.weekday() not in self.hours:
            return None
        opens_at, closes_at = self.hours[day.weekday()]
        if holiday := self.closed_days.get(day):
            closes_at = min(holiday.closes_at or opens_at, closes_at)
        if closes_at <= opens_at:
            return None
        opens, closes = (dt.datetime.combine(day, time, self.zone) for time in (opens_at, closes_at))
        return opens.astimezone(dt.UTC), closes.astimezone(dt.UTC)

    def is_open_at(self, moment: dt.datetime) -> bool:
        """Whether the desk is staffed at `moment` (an aware datetime)."""
        hours = self.hours_on(moment.astimezone(self.zone).date())
        return hours is not None and hours[0] <= moment < hours[1]

    def next_hours(self, moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """When the desk opens next, strictly after `moment`, and when it closes that day. In clinic time."""
        return self._find_hours(moment, 1, lambda opens, _closes: opens > moment)

    def last_hours(self, moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """When the desk opened and closed on the last work day that is over at `moment`. In clinic time."""
        return self._find_hours(moment, -1, lambda _opens, closes: closes <= moment)

    def _find_hours(
        self, moment: dt.datetime, step: int, fits: Callable[[dt.datetime, dt.datetime], bool]
    ) -> tuple[dt.datetime, dt.datetime]:
        """The first hours that fit, from the day of `moment` on (step 1) or back (step -1), for a year."""
        first = moment.astimezone(self.zone).date()
        for days in range(366):
            hours = self.hours_on(first + dt.timedelta(days=step * days))
            if hours and fits(*hours):
                return hours[0].astimezone(self.zone), hours[1].astimezone(self.zone)
        raise ValueError("clinic.toml: the clinic never opens")

    def open_time(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """How long the desk was open between two moments (aware). Nothing, if `end` is not the later one."""
        start, end = start.astimezone(dt.UTC), end.astimezone(dt.UTC)
        day, last_day = (moment.astimezone(self.zone).date() for moment in (start, end))
        total = dt.timedelta()
        while day <= last_day:
            if hours := self.hours_on(day):
                total += max(min(hours[1], end) - max(hours[0], start), dt.timedelta())
            day += dt.timedelta(days=1)
        return total

    @property
    def holidays_ahead(self) -> list[tuple[dt.date, Holiday]]:
        """The holidays on work days within a year from today on, the next one first."""
        today, holidays = timezone.localdate(timezone=self.zone), self.closed_days
        days = (today + dt.timedelta(days=n) for n in range(365))
        return [(day, holidays[day]) for day in days if day.weekday() in self.hours and day in holidays]

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
                    facts |= {f"{name}.{language}": text for language, text in words.in_language.items()}
            texts |= {f"locations.{place.code}.{name}": text for name, text in facts.items()}
        found = [name for name, text in texts.items() if is_placeholder(text)]
        return found if self.hours_checked else [*found, "hours"]


def in_each_language(text: str, languages: Iterable[str]) -> str:
    """How words stand in clinic.toml."""
    words = ", ".join(f'{language} = "{text}"' for language in languages)
    return f"{{ {words} }}"


def load_clinic(path: Path, languages: Collection[str]) -> Clinic:
    """Reads clinic.toml and checks it, with words in each of `languages`.

    Raises SettingsError naming the entry that is wrong.
    """
    try:
        return _clinic_from(tomllib.loads(path.read_text(encoding="utf-8")), languages)
    except FileNotFoundError as error:
        raise SettingsError(f"{path} is missing; it holds the clinic's phone, hours and locations.") from error
    except KeyError as error:
        raise SettingsError(f"clinic.toml: the entry {error.args[0]!r} is missing.") from error
    except (TypeError, ValueError) as error:
        raise SettingsError(f"clinic.toml: {error}") from error


def _clinic_from(data: dict[str, Any], languages: Collection[str]) -> Clinic:
    _table(data, "the file", [name for name in _names_in(Clinic) if name != "closures"])
    _require(isinstance(data.get("hours_checked", False), bool), "hours_checked: write true or false, without quotes")
    entries = [name for name in _names_in(Location) if name != "number"]
    locations = tuple(
        Location(
            code=_text(place, "code"),
            number=number,
            name=_text(place, "name"),
            address=_lines(place, "address"),
            phone=_phone(place),
            email=_address(place) if "email" in place else "",
            **{name: _words(place, name, languages) for name in WAYS_IN if name in place},
        )
        for number, place in enumerate(_tables(data, "locations", entries), 1)
    )
    _table(data.get("sign_off", {}), "sign_off", data.get("sign_off", ()))
    _require(bool(locations), "locations: name at least one")
    codes = {place.code for place in locations}
    _require(len(codes) == len(locations), "locations: every code must differ, it is stored with requests")
    return Clinic(
        name=_text(data, "name"),
        time_zone=_time_zone(data),
        phone=_phone(data),
        email=_text(data, "email"),
        privacy_practices_url=_url(data, "privacy_practices_url"),
        language_help_url=_url(data, "language_help_url"),
        hours_checked=data.get("hours_checked", False),
        hours=_hours(_table(data["hours"], "hours", WEEKDAYS)),
        holidays=_holidays(data, languages),
        locations=locations,
        sign_off={
            group: SignOff(
                role=_words(entry, "role", languages),
                date=_date(entry, "date", f"sign_off.{group}"),
                next_check=_date(entry, "next_check", f"sign_off.{group}"),
                fingerprint=_text(entry, "fingerprint"),
            )
            for group, entry in data.get("sign_off", {}).items()
            if _table(entry, f"sign_off.{group}", _names_in(SignOff))
        },
    )


def _require(is_right: bool, sentence: str) -> None:
    if not is_right:
        raise ValueError(sentence)


def _table(table: Any, where: str, names: Collection[str]) -> dict[str, Any]:
    """Refuses entries that nothing reads: a word with a typing error would be left out in silence."""
    _require(isinstance(table, dict), f"{where}: write it as a table of names and values")
    for name in table:
        _require(name in names, f"{where}: {name} is no entry here; there are {', '.join(names)}")
    return table


def _tables(data: dict[str, Any], where: str, names: Collection[str]) -> list[dict[str, Any]]:
    _require(isinstance(data[where], list), f"{where}: write each one under [[{where}]]")
    return [_table(each, where, names) for each in data[where]]


def _names_in(kind: Any) -> list[str]:
    return [each.name for each in fields(kind)]


def _text(data: dict[str, Any], name: str) -> str:
    _require(isinstance(data[name], str) and data[name].strip() != "", f"{name} must be words in quotes")
    return data[name]


def _address(data: dict[str, Any]) -> str:
    address = _text(data, "email")
    _require(re.fullmatch(r"[^@\s]+@[^@\s]+", address) is not None, f"email: {address} is not an email address")
    return address


def _words(data: dict[str, Any], name: str, languages: Collection[str]) -> Words:
    is_right = isinstance(data[name], dict) and set(data[name]) == set(languages)
    _require(is_right, f"{name}: write it in each language, like {in_each_language('…', languages)}")
    return Words({language: _text(data[name], language) for language in languages})


def _lines(data: dict[str, Any], name: str) -> tuple[str, ...]:
    lines = data[name]
    is_right = isinstance(lines, list) and all(isinstance(line, str) for line in lines)
    _require(is_right, f"{name} must be a list of lines, each in quotes")
    return tuple(lines)


def _time_zone(data: dict[str, Any]) -> str:
    name = _text(data, "time_zone")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"time_zone: {name!r} is none, write it like America/New_York") from error
    return name


def _hours(week: dict[str, Any]) -> dict[int, tuple[dt.time, dt.time]]:
    _require(bool(week), "hours: name at least one day")
    hours = {}
    for day, pair in week.items():
        try:
            opens, closes = map(dt.time.fromisoformat, pair)
        except (TypeError, ValueError) as error:
            raise ValueError(f'hours: write {day} like ["09:00", "17:00"]') from error
        _require(opens < closes, f"hours: {day} closes before it opens")
        hours[WEEKDAYS.index(day)] = opens, closes
    return hours


def _holidays(data: dict[str, Any], languages: Collection[str]) -> dict[dt.date, Holiday]:
    """Each holiday by its day. On one day a date beats a yearly rule, and a whole day beats a short one."""
    entries = _tables({"holidays": []} | data, "holidays", ("date", "every", "closes_at", "name"))
    holidays: dict[dt.date, Holiday] = {}
    for entry in sorted(entries, key=lambda entry: ("date" in entry, "closes_at" not in entry)):
        _require(("date" in entry) != ("every" in entry), "holidays: give each one a date, or every, and not both")
        try:
            closes_at = dt.time.fromisoformat(entry["closes_at"]) if "closes_at" in entry else None
        except (TypeError, ValueError) as error:
            raise ValueError('holidays: write closes_at like "12:00"') from error
        days = [_date(entry, "date", "holidays")] if "date" in entry else _yearly(_text(entry, "every"), closes_at)
        holidays |= dict.fromkeys(days, Holiday(_words(entry, "name", languages), closes_at))
    return holidays


def _yearly(rule: str, closes_at: dt.time | None) -> Iterator[dt.date]:
    """The days of a rule, as the law has it for federal holidays (5 U.S.C. 6103, Executive Order 11582).

    A holiday on a Saturday is kept on Friday, too, and one on a Sunday on Monday. A short day is not moved.
    """
    for year in YEARS:
        try:
            if found := NTH_WEEKDAY.fullmatch(rule):
                weekday, month = WEEKDAYS.index(found["weekday"]), strptime(found["month"], "%B").tm_mon
                days = [week[weekday] for week in calendar.monthcalendar(year, month) if week[weekday]]
                day = dt.date(year, month, days[ORDINALS[found["which"]]])
            else:
                day = dt.date(*strptime(f"{rule} {year}", "%B %d %Y")[:3])
        except (KeyError, ValueError) as error:
            raise ValueError(f'holidays: {rule!r}: write "july 4" or "third monday of january"') from error
        yield day
        if closes_at is None and day.weekday() in (calendar.SATURDAY, calendar.SUNDAY):
            yield day + dt.timedelta(days=-1 if day.weekday() == calendar.SATURDAY else 1)


def _date(data: dict[str, Any], name: str, where: str) -> dt.date:
    # A date with a time is a date to Python, too, and no day would ever equal it.
    _require(type(data[name]) is dt.date, f"{where}: write the {name} as 2026-11-26, without quotes")
    return data[name]


def _phone(data: dict[str, Any]) -> str:
    text = _text(data, "phone")
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"phone: {text} is not a phone number") from error
    # 555-01xx is set aside for fiction, so it is possible but never valid.
    _require(phonenumbers.is_possible_number(number), f"phone: {text} is not a phone number")
    _require(number.extension is None, f"phone: {text}: write it without an extension, which no link would dial")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _url(data: dict[str, Any], name: str) -> str:
    url = _text(data, name)
    _require(url.startswith("https://"), f"{name} must begin with https://")
    return url
