"""A PostgreSQL connection with a time-out on the client's side.

The server's own time-outs help only while the server works. A stopped server, or a network that drops packets, would
hold a thread for ever.
"""

from typing import Any

import psycopg
from psycopg.errors import ReadOnlySqlTransaction


class ImpatientConnection(psycopg.Connection):
    """Closes itself if an answer takes longer than `seconds`, or if the server is gone or has become read-only."""

    seconds = 3.5  # settings.py sets it

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, timeout=self.seconds)
        except (psycopg.OperationalError, ReadOnlySqlTransaction) as error:
            # A working server has an SQLSTATE for other errors, such as a lock time-out: keep the connection then.
            if self.broken or not error.sqlstate or isinstance(error, ReadOnlySqlTransaction):
                self.close()
                pool: Any = self._pool
                if pool:
                    # The pool's other connections lead to the same server, and would each fail a request.
                    pool.drain()
            raise
