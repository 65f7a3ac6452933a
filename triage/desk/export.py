"""Files to take out of the site: requests as CSV, and a visit for the clinic's own calendar."""

import csv
import io
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from triage.booking import actions
from triage.booking.deadlines import ZONE_NAMES
from triage.booking.models import BookingRequest
from triage.desk.display import place, tries, visit_text

CHUNK = 500
# iCalendar's escapes (RFC 5545, 3.3.11) and longest line (3.1).
ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n", "\r": None})
LINE_BYTES = 75
UTC = "%Y%m%dT%H%M%SZ"
# Where a spreadsheet may see a formula: at the start of a cell or line, also after invisible characters, and after
# ";" or a tab, where some programs split cells.
FORMULA = re.compile(
    r"""(^|[\r\n;\t])(?=([^\S\r\n]|["\ufeff\u200b-\u200f\u2060])*[-=+@＝＋－＠﹦﹢﹣﹫])|(^|[\r\n])(?=\t)"""
)


def _format_date(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


ZONE = ZONE_NAMES.get(settings.CLINIC.time_zone, settings.CLINIC.time_zone)
# Only the number of the staff's notes, as they may be about health.
COLUMNS: dict[str, Callable[[BookingRequest], Any]] = {
    "Number": str,
    f"Asked ({ZONE})": lambda request: _format_date(request.created_at),
    "Status": lambda request: request.get_status_display(),
    f"Status changed ({ZONE})": lambda request: _format_date(request.status_changed_at),
    "Status changed by": lambda request: request.status_changed_by or "",
    "Closed because": lambda request: request.get_closing_reason_display(),
    "Assigned to": lambda request: request.assigned_to_shown,
    f"First contact ({ZONE})": lambda request: _format_date(request.first_contact_at),
    "Tries": lambda request: len(tries(request)),
    "Last try": lambda request: "".join(each.get_contact_display() for each in tries(request)[-1:]),
    f"Last try at ({ZONE})": lambda request: "".join(_format_date(each.created_at) for each in tries(request)[-1:]),
    "Notes": lambda request: len(request.notes.all()),
    f"Call again ({ZONE})": lambda request: _format_date(request.call_at),
    f"Visit ({ZONE})": lambda request: _format_date(request.agreed_visit_at),
    "Where": lambda request: "" if request.is_open else place(request.visit_location),
    "Name": lambda request: request.name,
    "For whom": lambda request: request.get_for_whom_display(),
    # (+44) 20 7946 0958: a cell that begins with + would be a formula.
    "Phone": lambda request: re.sub(r"^(\+\d+)", r"(\1)", request.phone_shown),
    "Email": lambda request: request.email,
    "Reach by": lambda request: request.get_reach_by_display(),
    "Good time": lambda request: request.get_good_time_display(),
    "Language": lambda request: request.get_language_display(),
    "Days that work": lambda request: ", ".join(request.preferred_days).title(),
    "Part of day": lambda request: request.get_part_of_day_display(),
    "Location": lambda request: place(request.location),
    "Anything to know": lambda request: request.note,
    "What the check told them": lambda request: request.get_shared_level_display() or "",
    "Version of the check": lambda request: request.rules_version,
}


def safe_cell(text: str) -> str:
    """Return `text` with an apostrophe before each formula, so that spreadsheets show it as text."""
    return FORMULA.sub(r"\g<0>'", text.strip())


def csv_response(requests: QuerySet[BookingRequest], *, by: User) -> StreamingHttpResponse:
    """Return the requests as a streamed CSV file. Each is recorded in the audit trail before its line is sent."""
    response = StreamingHttpResponse(_lines(requests, by), content_type="text/csv; charset=utf-8")
    name = f"requests-{timezone.localdate():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(requests: QuerySet[BookingRequest], by: User) -> Iterator[str]:
    yield "\ufeff" + _as_csv([COLUMNS])  # Excel needs the mark to read UTF-8
    keys = list(requests.values_list("pk", flat=True))
    rows = BookingRequest.objects.select_related("assigned_to", "status_changed_by").prefetch_related("notes")
    # One query per chunk. During an iterator() SQLite refuses to write the audit trail if another process has written.
    for start in range(0, len(keys), CHUNK):
        chunk = list(rows.filter(pk__in=keys[start : start + CHUNK]))
        actions.record_export(chunk, by=by)
        yield _as_csv([safe_cell(str(value(each))) for value in COLUMNS.values()] for each in chunk)


def _as_csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


def calendar_response(request: BookingRequest) -> HttpResponse:
    """Return the visit as a file (RFC 5545). A later file of the same request replaces it in a calendar."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Visit desk//EN",
        "BEGIN:VEVENT",
        f"UID:{uuid.uuid5(request.request_key, 'visit')}",
        f"DTSTAMP:{timezone.now():{UTC}}",
        f"SEQUENCE:{request.version}",
        f"DTSTART:{request.visit_at:{UTC}}",
        f"SUMMARY:{request.name.translate(ESCAPES)}\\, request {request}",
        f"LOCATION:{place(request.visit_location).translate(ESCAPES)}",
        f"DESCRIPTION:{visit_text(request).translate(ESCAPES)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    # 18 characters have at most 72 bytes.
    folded = (re.sub(r"(.{18})(?=.)", "\\1\r\n ", line) if len(line.encode()) > LINE_BYTES else line for line in lines)
    text = "".join(f"{line}\r\n" for line in folded)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="visit-{request.number}.ics"'
    return response
