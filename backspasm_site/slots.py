"""How many requests may wait for the database at once, and for how long.

Advice needs no database. So that it still comes at once while the database hangs, only some of a process's threads
may wait for it: half for requests for a visit, a quarter for the staff. The rest is always left for advice.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError

SECONDS_TO_A_SLOT = 1.0

_thread = threading.local()


class NoSlotError(OperationalError):
    """As good as a database that is away, for the person who asks."""


class Slots:
    def __init__(self, at_work: int, inside: int) -> None:
        """at_work: how many at once. inside: these, and those who wait their turn for up to a second."""
        self.at_work = threading.BoundedSemaphore(max(1, at_work))
        self.inside = threading.BoundedSemaphore(max(1, inside))

    @contextmanager
    def hold(self, seconds: float) -> Iterator[None]:
        """Takes a slot. The wait for it and all waiting for the database meanwhile take `seconds` at the most.

        Raises NoSlotError if there is none.
        """
        if not self.inside.acquire(blocking=False):
            raise NoSlotError("too many wait")
        until = time.monotonic() + seconds
        try:
            if not self.at_work.acquire(timeout=SECONDS_TO_A_SLOT):
                raise NoSlotError("no slot in time")
            _thread.until = until
            try:
                yield
            finally:
                _thread.until = None
                self.at_work.release()
        finally:
            self.inside.release()


def seconds_left() -> float | None:
    """How long this thread may still wait for the database. None: as long as it takes, as in a command."""
    until = getattr(_thread, "until", None)
    return None if until is None else max(0.0, until - time.monotonic())


REQUESTS = Slots(at_work=settings.THREADS // 4, inside=settings.THREADS // 2)
STAFF = Slots(at_work=settings.THREADS // 6, inside=settings.THREADS // 4)
