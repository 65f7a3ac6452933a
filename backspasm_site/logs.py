"""Log lines: one JSON object each, without anything that a person typed."""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# Sent as X-Request-ID, so that a person's complaint can be matched to its log lines.
request_id: ContextVar[str] = ContextVar("request_id", default="")
GOOD_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
OURS = ("backspasm_site", "triage")


class JsonLines(logging.Formatter):
    """Logs our own messages in full. From other packages' warnings it drops what may hold an address, path or row.

    An exception is logged as its type and the lines of its traceback. Its message may quote what was sent or stored.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if known := request_id.get():
            line["request_id"] = known
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line["error"] = f"{kind.__module__}.{kind.__qualname__}"
            line["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return json.dumps(line)


def _message(record: logging.LogRecord) -> str:
    if record.levelno < logging.WARNING or record.name.split(".")[0] in OURS:
        return record.getMessage()
    if status := getattr(record, "status_code", None):
        return f"answered {status}"
    # The unformatted message. Gunicorn formats its own, with the visitor's address at the end.
    return "" if record.exc_info else str(record.msg).partition(" from ip=")[0]
