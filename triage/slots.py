"""How many requests may wait for the database at once, and for how long.

Advice needs no database. So that it still comes at once while the database hangs, only some of a process's threads
may wait for it then: half for requests for a visit, a quarter for the staff. The rest is always left for advice.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError

SECONDS_TO_A_SLOT = 1.0
# A database that is well ends several in this time, also on a busy machine.
SECONDS_UNTIL_STUCK = 0.5

_thread = threading.local()


class NoSlotError(OperationalError):
    """As good as a database that is away, for the person who asks."""


class Slots:
    def __init__(self, at_work: int, inside: int) -> None:
        """at_work: how many at once. inside: these, and those who may wait for their turn while none comes to an end.

        As long as the work goes on, whoever comes may wait for a turn: a crowd is no outage.
        """
        self.at_work, self.inside = max(1, at_work), max(1, inside)
        self.working = self.waiting = 0
        self.went_on_at = 0.0
        self.changed = threading.Condition()

    @contextmanager
    def hold(self, seconds: float) -> Iterator[None]:
        """Takes a slot. The wait for it and all waiting for the database meanwhile take `seconds` at the most.

        Raises NoSlotError if there is none within a second.
        """
        until = time.monotonic() + seconds
        self._take()
        _thread.until = until
        try:
            yield
            with self.changed:
                self.went_on_at = time.monotonic()
        finally:
            _thread.until = None
            with self.changed:
                self.working -= 1
                self.changed.notify()

    def _take(self) -> None:
        with self.changed:
            now = time.monotonic()
            if not self.working:
                self.went_on_at = now
            is_stuck = now - self.went_on_at > SECONDS_UNTIL_STUCK
            if is_stuck and self.working + self.waiting >= self.inside:
                raise NoSlotError("too many wait")
            self.waiting += 1
            try:
                if not self.changed.wait_for(lambda: self.working < self.at_work, SECONDS_TO_A_SLOT):
                    raise NoSlotError("no slot in time")
                self.working += 1
            finally:
                self.waiting -= 1


def seconds_left() -> float | None:
    """How long this thread may still wait for the database. None: as long as it takes, as in a command."""
    until = getattr(_thread, "until", None)
    return None if until is None else max(0.0, until - time.monotonic())


REQUESTS = Slots(at_work=settings.THREADS // 4, inside=settings.THREADS // 2)
STAFF = Slots(at_work=settings.THREADS // 6, inside=settings.THREADS // 4)
