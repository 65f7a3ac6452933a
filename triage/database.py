"""Limits the threads in database pages, the permissions of SQLite's file, and how long `migrate` waits for a lock.

Advice needs no database. A quarter of a process's threads is kept free for it, for when the database hangs.
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
    """Count this thread as one that needs the database. Raises OperationalError if too many do."""
    if not _free.acquire(blocking=False):
        raise OperationalError("too many threads wait for the database")
    try:
        yield
    finally:
        _free.release()


@receiver(connection_created)
def close_file_to_others(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Set the mode of SQLite's file and journals, whatever the umask: 0660 reduced to the mode of the folder.

    A host may run the image under a new user of the same group each time, so the group may need access.
    """
    if connection.vendor == "sqlite":
        for file in (Path(f"{connection.settings_dict['NAME']}{journal}") for journal in ("", "-wal", "-shm")):
            with suppress(OSError):  # it is not there, or not ours
                file.chmod(0o660 & file.parent.stat().st_mode)


@receiver(pre_migrate)
def give_up_soon(using: str, **_kwargs: Any) -> None:
    """Make `migrate` fail if a table stays locked, as during a back-up: all pages would wait behind it."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")  # pages give up after three
