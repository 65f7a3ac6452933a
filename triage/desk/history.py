"""The audit trail in words."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User

from triage.booking.models import DESK_FACTS, AuditEvent, BookingRequest, ClosingReason, Notice, StaffAccount, Status
from triage.desk.display import format_moment

# Fields that were renamed since have none.
FIELDS = (*StaffAccount._meta.fields, *BookingRequest._meta.fields)
LABELS = (
    {field.name: str(field.verbose_name) for field in FIELDS}
    | DESK_FACTS
    | {
        "is_active": "may sign in",
        "filters": "filtered by",
        "words": "text",
    }
)
# What codes in the details mean, by the name beside them.
FACTORS = {"totp": "app", "webauthn": "passkey", "recovery_codes": "recovery codes", "all": "all"}
CODES: dict[str, dict[Any, str]] = {
    "status": dict(Status.choices),
    "assigned_to": {"": "nobody"},
    "role": {"": "none"},
    "is_active": {"True": "yes", "False": "no"},
    "reason": dict(ClosingReason.choices),
    **dict.fromkeys(("words", "kind"), dict(Notice.Kind.choices)),
    **dict.fromkeys(("added", "removed", "replaced"), FACTORS),
}
# The names of Django's pages, in words.
PAGE_WORDS = {"bookingrequest": "requests", "auditevent": "audit trail", "staffaccount": "staff accounts"}


@admin.display(description="details")
def describe(event: AuditEvent) -> str:
    """Return the details of an event as text: names of fields, then from what to what they changed, then the rest."""
    details = event.details.copy()
    parts = [", ".join(map(_label, details.pop("fields", [])))]
    for name, values in details.pop("changed", {}).items():
        before, after = (CODES.get(name, {}).get(value, value) for value in values)
        parts.append(f"{_label(name)} from {before} to {after}")
    for name, value in details.items():
        parts.append(_label(name) if value is True else f"{_label(name)}: {_shown(name, value)}")
    return "; ".join(filter(None, parts))


def _label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " "))


def _shown(name: str, value: Any) -> str:
    """Return a value of the details in words. An account is named as it is called now."""
    if name == "account":
        return str(User.objects.filter(pk=value).first() or value)
    if name == "page":
        _app, _line, page = value.partition("_")
        return " ".join(PAGE_WORDS.get(word, word) for word in page.split("_"))
    if isinstance(value, list):
        return ", ".join(value)
    return CODES.get(name, {}).get(value, str(value))


def history_lines(events: Iterable[AuditEvent]) -> list[tuple[AuditEvent, str]]:
    """Return events, newest first, each with what happened as text.

    The views of one person are one line, the latest of them, as long as nothing else happened in between.
    """
    lines = []
    for is_view, run in groupby(events, lambda event: event.what == AuditEvent.What.VIEWED):
        together: dict[Any, list[AuditEvent]] = {}
        for event in run:
            together.setdefault(event.by if is_view else event.pk, []).append(event)
        for last, *earlier in together.values():
            words = ": ".join(filter(None, (last.get_what_display(), describe(last))))
            if earlier:
                words += f" {len(earlier) + 1} times, first {format_moment(earlier[-1].at)}"
            lines.append((last, words))
    return lines
