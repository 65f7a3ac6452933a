"""The days that managers closed, as this process last read them: the `closures` of the clinic in the settings.

So a page asks at most once in SECONDS, the guide shows them without waiting for a database that is away or busy, and
all processes follow a manager within SECONDS.
"""

import time
from contextlib import suppress
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
PATIENCE = 0.5  # seconds
_read = SimpleNamespace(days={}, until=0.0)


def closed_days() -> dict[date, Holiday]:
    """Returns the closed and short days; the last known ones, or none, while the database is away."""
    if time.monotonic() >= _read.until:
        _read.until = time.monotonic() + SECONDS  # set first: one thread waits for the database, and no other
        read()
    return _read.days


def read_from_database() -> None:
    names = dict(Closure.Reason.choices)  # each in the language of the page that will show it, not of this one
    with suppress(DatabaseError, InterfaceError), database_thread():
        _read.days = {each.date: Holiday(names.get(each.reason, ""), each.closes_at) for each in Closure.objects.all()}


def read() -> None:
    """Reads in a thread of its own, and waits for it no longer than PATIENCE: a database may hang for seconds."""

    def run() -> None:
        try:
            read_from_database()
        finally:
            connection.close()

    reader = Thread(target=run, daemon=True)
    reader.start()
    reader.join(PATIENCE)


@receiver([post_save, post_delete], sender=Closure)
def read_again(**_signal: Any) -> None:
    """Let the process in which a manager changed a day show it at once."""
    _read.until = 0.0
