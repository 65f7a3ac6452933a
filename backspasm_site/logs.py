"""What the site writes down about its own work: one JSON object a line, and never what a person typed."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# The one answered in X-Request-ID. It leads from a person's complaint to the lines about it.
request_id: ContextVar[str] = ContextVar("request_id", default="")
GOOD_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
OURS = ("backspasm_site", "triage")


class JsonLines(logging.Formatter):
    """Our own sentences as they are. Of all others' warnings, only what cannot hold an address, a path or a row.

    An error is told by its kind and its places in the code: its own words like to quote what was sent or stored.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _words(record),
        }
        if known := request_id.get():
            line["request_id"] = known
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line["error"] = f"{kind.__module__}.{kind.__qualname__}"
            line["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return json.dumps(line)


def _words(record: logging.LogRecord) -> str:
    if record.levelno < logging.WARNING or record.name.split(".")[0] in OURS:
        return record.getMessage()
    if status := getattr(record, "status_code", None):
        return f"answered {status}"
    # Without what stands in for each %s. gunicorn has put a stranger's address in already.
    return "" if record.exc_info else str(record.msg).partition(" from ip=")[0]
