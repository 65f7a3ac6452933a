"""The clinic's own facts from clinic.toml, typed, and checked when the site starts."""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from django.conf import settings
from django.utils import dates
from django.utils.translation import get_language

from triage.environment import SettingsError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLACEHOLDER = re.compile(r"\[fill in|\[por llenar|placeholder|555\D?01\d\d")


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
    code: str
    name: str
    address: tuple[str, ...]
    step_free: Words
    phone: str


@dataclass(frozen=True)
class SignOff:
    """Who checked a group of texts (a role, never a name), when, and what exactly was checked."""

    role: Words
    date: dt.date
    next_check: dt.date
    fingerprint: str


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
    holidays: dict[dt.date, Words]
    locations: tuple[Location, ...]
    sign_off: dict[str, SignOff] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def week(self) -> list[tuple[Any, dt.time | None, dt.time | None]]:
        """Monday to Sunday: the day's name, and when the desk opens and closes. None: it stays closed."""
        return [(name, *self.hours.get(day, (None, None))) for day, name in dates.WEEKDAYS.items()]

    def hours_on(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        """When the desk opens and closes on `day`, in UTC. None: it stays closed.

        Python compares and subtracts two times of one zone as the clock on the wall shows them, which is wrong
        by an hour on the days the clocks change. In UTC it is right.
        """
        if day.weekday() not in self.hours or day in self.holidays:
            return None
        opens, closes = (dt.datetime.combine(day, time, self.zone) for time in self.hours[day.weekday()])
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
    def usual_day(self) -> dt.timedelta:
        """How long the desk is open on a work day, on average over the week."""
        lengths = [dt.timedelta(hours=c.hour - o.hour, minutes=c.minute - o.minute) for o, c in self.hours.values()]
        return sum(lengths, dt.timedelta()) / len(lengths)

    def placeholders(self) -> list[str]:
        """The names of the facts that are still placeholders, as in clinic.toml."""
        names = ("name", "phone", "email", "privacy_practices_url", "language_help_url")
        texts = {name: getattr(self, name) for name in names}
        for place in self.locations:
            step_free = {f"step_free.{language}": text for language, text in place.step_free.in_language.items()}
            facts = {"name": place.name, "phone": place.phone, **step_free, "address": " ".join(place.address)}
            texts |= {f"locations.{place.code}.{name}": text for name, text in facts.items()}
        found = [name for name, text in texts.items() if PLACEHOLDER.search(text)]
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
    locations = tuple(
        Location(
            code=_text(place, "code"),
            name=_text(place, "name"),
            address=_lines(place, "address"),
            step_free=_words(place, "step_free", languages),
            phone=_phone(place),
        )
        for place in data["locations"]
    )
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
        hours_checked=data.get("hours_checked") is True,
        hours=_hours(data["hours"]),
        holidays={
            _date(entry, "date", "holidays"): _words(entry, "name", languages) for entry in data.get("holidays", [])
        },
        locations=locations,
        sign_off={
            group: SignOff(
                role=_words(entry, "role", languages),
                date=_date(entry, "date", f"sign_off.{group}"),
                next_check=_date(entry, "next_check", f"sign_off.{group}"),
                fingerprint=_text(entry, "fingerprint"),
            )
            for group, entry in data.get("sign_off", {}).items()
        },
    )


def _require(is_right: bool, sentence: str) -> None:
    if not is_right:
        raise ValueError(sentence)


def _text(data: dict[str, Any], name: str) -> str:
    _require(isinstance(data[name], str) and data[name].strip() != "", f"{name} must be words in quotes")
    return data[name]


def _words(data: dict[str, Any], name: str, languages: Collection[str]) -> Words:
    is_right = isinstance(data[name], dict) and set(data[name]) == set(languages)
    _require(is_right, f"{name}: write it in each language, like {in_each_language('…', languages)}")
    return Words({language: _text(data[name], language) for language in languages})


def _lines(data: dict[str, Any], name: str) -> tuple[str, ...]:
    _require(isinstance(data[name], list), f"{name} must be a list of lines, each in quotes")
    return tuple(map(str, data[name]))


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
        _require(day in WEEKDAYS, f"hours: {day} is not a weekday in English, in small letters")
        try:
            opens, closes = map(dt.time.fromisoformat, pair)
        except (TypeError, ValueError) as error:
            raise ValueError(f'hours: write {day} like ["09:00", "17:00"]') from error
        _require(opens < closes, f"hours: {day} closes before it opens")
        hours[WEEKDAYS.index(day)] = opens, closes
    return hours


def _date(data: dict[str, Any], name: str, where: str) -> dt.date:
    _require(isinstance(data[name], dt.date), f"{where}: write the {name} as 2026-11-26, without quotes")
    return data[name]


def _phone(data: dict[str, Any]) -> str:
    text = _text(data, "phone")
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"phone: {text} is not a phone number") from error
    # 555-01xx is set aside for fiction, so it is possible but never valid.
    _require(phonenumbers.is_possible_number(number), f"phone: {text} is not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _url(data: dict[str, Any], name: str) -> str:
    url = _text(data, name)
    _require(url.startswith("https://"), f"{name} must begin with https://")
    return url
