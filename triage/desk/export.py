"""Requests as a CSV file that a spreadsheet opens right, and in which no cell is run as a formula."""

import csv
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from triage.booking import actions
from triage.booking.models import BookingRequest

CHUNK = 500
# What a spreadsheet takes for a formula, at the start of a cell or of a line in it, also after what looks like nothing.
FORMULA = re.compile(r"(^|[\r\n])(?=\t|(?:[^\S\r\n]|[\ufeff\u200b-\u200f\u2060])*[-=+@＝＋－＠﹦﹢﹣﹫])")


def _date(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def _phone(request: BookingRequest) -> str:
    """(212) 555-0142, and (+44) 20 7946 0958: a cell that begins with + would be a formula."""
    return re.sub(r"^(\+\d+)", r"(\1)", request.phone_shown)


COLUMNS: dict[str, Callable[[BookingRequest], Any]] = {
    "Number": str,
    "Asked": lambda request: _date(request.created_at),
    "Status": lambda request: request.get_status_display(),
    "Status changed": lambda request: _date(request.status_changed_at),
    "Status changed by": lambda request: request.status_changed_by or "",
    "Assigned to": lambda request: request.assigned_to or "",
    "First contact": lambda request: _date(request.first_contact_at),
    "Name": lambda request: request.name,
    "Asking for": lambda request: request.get_for_whom_display(),
    "Phone": _phone,
    "Email": lambda request: request.email,
    "Reach by": lambda request: request.get_reach_by_display(),
    "Good time to reach": lambda request: request.get_good_time_display(),
    "Language": lambda request: request.get_language_display(),
    "Days that work": lambda request: request.days_shown,
    "Part of day that works": lambda request: request.get_part_of_day_display(),
    "Location": lambda request: request.location_shown,
    "To know for the visit": lambda request: request.note,
    "Shared level": lambda request: request.level_shown,
    "Rules version": lambda request: request.rules_version,
}


def safe_cell(text: str) -> str:
    """`text` as it may stand in a cell: before whatever would start a formula comes an apostrophe."""
    return FORMULA.sub(r"\1'", text.strip())


def csv_response(requests: QuerySet[BookingRequest], *, by: User) -> StreamingHttpResponse:
    """The requests as a file, made while it is sent. Each is in the audit trail before it leaves."""
    response = StreamingHttpResponse(_lines(requests, by), content_type="text/csv; charset=utf-8")
    name = f"requests-{timezone.localdate():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Echo:
    """A file for csv.writer: its write hands back the line."""

    def write(self, line: str) -> str:
        return line


def _lines(requests: QuerySet[BookingRequest], by: User) -> Iterator[str]:
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff" + writer.writerow(COLUMNS)  # without this mark Excel would not take it for UTF-8
    for chunk in _chunks(requests):
        actions.record_export(chunk, by=by)
        yield "".join(writer.writerow([safe_cell(str(shown(each))) for shown in COLUMNS.values()]) for each in chunk)


def _chunks(requests: QuerySet[BookingRequest]) -> Iterator[list[BookingRequest]]:
    """Each chunk by a query of its own: while one long query (`iterator`) is being read, SQLite refuses to write
    the audit trail as soon as anyone else has written something."""
    rest = requests.select_related("assigned_to", "status_changed_by").order_by("created_at", "pk")
    page = rest
    while chunk := list(page[:CHUNK]):
        yield chunk
        last = chunk[-1]
        page = rest.filter(Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk))
