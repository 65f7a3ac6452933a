"""A limit on how many threads may be in pages that need the database.

Advice needs no database. So that it still comes at once while the database hangs, a quarter of a process's threads is
never in such a page.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError

_free = threading.BoundedSemaphore(max(1, settings.THREADS * 3 // 4))


class TooBusyError(OperationalError):
    """All threads that may wait for the database do. To the person who asks it is as good as away."""


@contextmanager
def database_thread() -> Iterator[None]:
    """Counts this thread as one that needs the database. Raises TooBusyError if there are too many."""
    if not _free.acquire(blocking=False):
        raise TooBusyError("too many threads wait for the database")
    try:
        yield
    finally:
        _free.release()
