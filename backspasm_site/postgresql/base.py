"""Django's PostgreSQL backend, with an end to waiting.

The server's own time-outs help only while the server answers. One that takes the question and says nothing more,
or a network that swallows it, would hold a page for ever: psycopg waits as long as it takes.
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError

from triage.slots import seconds_left

SHORTEST_CONNECT = 2.0  # psycopg gives a connection no less


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        left = seconds_left()
        if left is not None and left < SHORTEST_CONNECT:
            raise OperationalError("no time is left to connect")
        connection = super().get_new_connection(conn_params)

        def wait(generator: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return Connection.wait(connection, generator, *args, **kwargs | {"timeout": seconds_left()})
            except OperationalError:
                # Closed, it cannot be waited for again, not even to ask whether it still works.
                if seconds_left() == 0:
                    connection.close()
                raise

        connection.wait = wait
        return connection
