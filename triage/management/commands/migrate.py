"""Django's `migrate`, one at a time."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

LOCK = 0x6261636B  # any number will do, if nothing else on this database takes it


class Command(migrate.Command):
    """On PostgreSQL, several replicas may start it at once: the first does the work, the others wait and find it done.

    The lock belongs to the connection, so it goes with a command that dies.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                super().handle(*args, **options)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
