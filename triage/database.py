"""A limit on how many threads may be in pages that need the database, who may read its file, and how `migrate` waits.

Advice needs no database. So that it still comes at once while the database hangs, a quarter of a process's threads is
never in such a page.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import pre_migrate
from django.dispatch import receiver

_free = threading.BoundedSemaphore(max(1, settings.THREADS * 3 // 4))


@contextmanager
def database_thread() -> Iterator[None]:
    """Counts this thread as one that needs the database. Raises OperationalError if all that may wait do."""
    if not _free.acquire(blocking=False):
        raise OperationalError("too many threads wait for the database")
    try:
        yield
    finally:
        _free.release()


@receiver(connection_created)
def close_file_to_others(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Let SQLite's file and its journals be read and written by whom its folder lets in, whatever the umask says.

    Others never. The group only in a folder that is the group's, as where a host gives the image a new user each time.
    """
    if connection.vendor == "sqlite":
        for file in (Path(f"{connection.settings_dict['NAME']}{journal}") for journal in ("", "-wal", "-shm")):
            with suppress(OSError):  # it is not there, or not ours
                file.chmod(0o660 & file.parent.stat().st_mode)


@receiver(pre_migrate)
def give_up_soon(using: str, **_kwargs: Any) -> None:
    """Let `migrate` fail while somebody reads a table for long, as to copy it: all pages would wait behind it."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")  # pages give up after three
