"""The days that managers closed (settings.CLOSURES), kept in memory: the guide must not wait for the database."""

import time
from contextlib import closing, suppress
from datetime import date
from threading import Thread
from types import SimpleNamespace
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from triage.booking.models import Closure
from triage.clinic import Holiday
from triage.database import database_thread

SECONDS = 30
PATIENCE = 0.5  # seconds that a page waits: a database may hang for longer
_read = SimpleNamespace(days={}, until=0.0)


def closed_days() -> dict[date, Holiday]:
    """Return the closed and short days; the last known ones, or none, while the database is away."""
    if time.monotonic() >= _read.until:
        _read.until = time.monotonic() + SECONDS  # set first: one thread waits for the database, and no other
        reader = Thread(target=_read_days, daemon=True)
        reader.start()
        reader.join(PATIENCE)
    return _read.days


def _read_days() -> None:
    names: Any = dict(Closure.Reason.choices)  # lazy texts, as pages in each language show them
    with suppress(DatabaseError, InterfaceError), database_thread(), closing(connection):
        rows: Any = Closure.objects.all()
        _read.days = {row.date: Holiday(names.get(row.reason, ""), row.date, row.closes_at) for row in rows}


@receiver([post_save, post_delete], sender=Closure)
def read_again(**_signal: Any) -> None:
    """Show a change at once in the process that made it."""
    _read.until = 0.0
