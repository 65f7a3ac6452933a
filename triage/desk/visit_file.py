"""A visit for the clinic's own calendar: a file (iCalendar, RFC 5545), and text to copy. Neither tells of health."""

import uuid

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format

from triage.booking.models import BookingRequest, ForWhom

# How text is written in a value (RFC 5545, 3.3.11).
ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n", "\r": None})
LINE_BYTES = 75


def visit_text(request: BookingRequest) -> str:
    """Return a line each for when and where the visit is, the request's number, who asked, and their phone."""
    name = request.name
    if request.for_whom != ForWhom.ME:
        name += f" (for whom: {request.get_for_whom_display().lower()})"
    when = date_format(timezone.localtime(request.visit_at), "l, F j, Y, g:i A")
    lines = [f"{when} ({settings.CLINIC.time_zone})", request.visit_place_shown, f"Request {request}", name]
    return "\n".join(filter(None, [*lines, request.phone_shown]))


def calendar_response(request: BookingRequest) -> HttpResponse:
    """Return the visit as a file. One for the same request at another time takes the place of the first."""
    zone, when = settings.CLINIC.time_zone, timezone.localtime(request.visit_at)
    offset = f"{when:%z}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Visit desk//EN",
        # The offset of that day is all that one visit needs. In summer, too, it is "standard": Outlook asks for one.
        *("BEGIN:VTIMEZONE", f"TZID:{zone}", "BEGIN:STANDARD", "DTSTART:19700101T000000", f"TZNAME:{when:%Z}"),
        *(f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}", "END:STANDARD", "END:VTIMEZONE"),
        "BEGIN:VEVENT",
        f"UID:{uuid.uuid5(request.request_key, 'visit')}",
        f"DTSTAMP:{timezone.now():%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{request.version}",
        f"DTSTART;TZID={zone}:{when:%Y%m%dT%H%M%S}",
        f"SUMMARY:{request.name.translate(ESCAPES)}\\, request {request}",
        f"LOCATION:{request.visit_place_shown.translate(ESCAPES)}",
        f"DESCRIPTION:{visit_text(request).translate(ESCAPES)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    text = "".join(f"{_folded(line)}\r\n" for line in lines)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="visit-{request.number}.ics"'
    return response


def _folded(line: str) -> str:
    """Return the line in pieces of at most LINE_BYTES, each character whole. All but the first begin with a blank."""
    pieces, size = [""], 0
    for character in line:
        length = len(character.encode())
        if size + length > LINE_BYTES:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += length
    return "\r\n".join(pieces)
