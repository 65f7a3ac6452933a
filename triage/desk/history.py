"""The audit trail in words."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from triage.booking.models import DESK_FACTS, AuditEvent, BookingRequest, ClosingReason, Notice, StaffAccount, Status
from triage.desk.display import format_moment

FIELDS = (*StaffAccount._meta.fields, *BookingRequest._meta.fields)
LABELS = (
    {field.name: str(field.verbose_name) for field in FIELDS}
    | DESK_FACTS
    | {
        "is_active": "may sign in",
        "filters": "filtered by",
        "words": "text",
        "notices": "mail",
        "invited": "may set up an app or passkey",
        "may_be_kept": "may keep the password",
    }
)
# Words for the values in the details, by the name of the detail.
FACTORS = {"totp": "app", "webauthn": "passkey", "recovery_codes": "recovery codes", "all": "all"}
CODES: dict[str, dict[Any, str]] = {
    "status": dict(Status.choices),
    "assigned_to": {"": "nobody"},
    "role": {"": "none"},
    "is_active": {"True": "yes", "False": "no"},
    "step": {"second factor": "code from the app"},
    "reason": dict(ClosingReason.choices),
    **dict.fromkeys(("words", "kind"), dict(Notice.Kind.choices)),
    **dict.fromkeys(("added", "removed", "replaced"), FACTORS),
}
# Words for the model in the name of an admin URL.
PAGE_WORDS = {model._meta.model_name: str(model._meta.verbose_name_plural) for model in apps.get_models()}

# Events that show which request a person is working on.
What = AuditEvent.What
WORK = (What.VIEWED, What.CHANGED, What.NOTED, What.REPLIED)


@admin.display(description="details")
def describe(event: AuditEvent) -> str:
    """Return the details of an event as text: names of fields, then old and new values, then the rest."""
    details = dict(sorted(event.details.items()))  # PostgreSQL does not keep their order
    parts = [", ".join(map(_label, details.pop("fields", [])))]
    for name, values in sorted(details.pop("changed", {}).items()):
        before, after = (_shown(name, value) for value in values)
        parts.append(f"{_label(name)} from {before} to {after}")
    for name, value in details.items():
        parts.append(_label(name) if value is True else f"{_label(name)}: {_shown(name, value)}")
    return "; ".join(filter(None, parts))


def _label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " "))


def _shown(name: str, value: Any) -> str:
    """Return a value of the details in words. An account has its present name."""
    if name == "account":
        return str(User.objects.filter(pk=value).first() or value)
    if name == "page":
        _app, _line, page = value.partition("_")
        return " ".join(PAGE_WORDS.get(word, word) for word in page.split("_"))
    if isinstance(value, list):
        return ", ".join(value)
    return CODES.get(name, {}).get(value, str(value))


def history_lines(events: Iterable[AuditEvent]) -> list[tuple[AuditEvent, str]]:
    """Return events, newest first, each with its text. Views by one person with nothing in between are one line."""
    lines = []
    for is_view, run in groupby(events, lambda event: event.what == What.VIEWED):
        together: dict[Any, list[AuditEvent]] = {}
        for event in run:
            together.setdefault(event.by if is_view else event.pk, []).append(event)
        for last, *earlier in together.values():
            words = ": ".join(filter(None, (last.get_what_display(), describe(last))))
            if earlier:
                words += f" {len(earlier) + 1} times, first {format_moment(earlier[-1].at)}"
            lines.append((last, words))
    return lines


def opened_lately(reader: User | AnonymousUser) -> dict[str, list[str]]:
    """Return who else has a request open, by its number, such as "maria opened this 2 min ago". One query for all.

    A person has the request open that they viewed last, until they work on another or their session may be idle.
    """
    now = timezone.now()
    since = now - dt.timedelta(seconds=settings.SESSION_IDLE_AGE)
    work = AuditEvent.objects.filter(what__in=WORK, at__gte=since, by__is_active=True).exclude(by=reader.pk)
    latest: dict[str, tuple[str, dt.datetime]] = {}
    for name, what, number, at in work.order_by("at", "id").values_list("by__username", "what", "number", "at"):
        if what == What.VIEWED:
            latest[name] = number, at
        elif name in latest and latest[name][0] != number:
            del latest[name]
    opened = defaultdict(list)
    for name, (number, at) in latest.items():
        minutes = (now - at) // dt.timedelta(minutes=1)
        opened[number].append(f"{name} opened this {f'{minutes} min ago' if minutes else 'just now'}")
    return opened
