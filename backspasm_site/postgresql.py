"""A PostgreSQL connection that gives up on a server which takes a question and never answers.

The server's own time-outs help only while the server works. A server that was stopped, or a network that swallows
what is sent, would hold a thread for ever.
"""

from typing import Any

import psycopg
from psycopg.errors import ReadOnlySqlTransaction


class ImpatientConnection(psycopg.Connection):
    """Closes itself when an answer takes longer than `seconds`, or the server is gone or only a copy of another one
    by now. For settings.DATABASES.
    """

    seconds = 3.5  # settings.py sets it

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, timeout=self.seconds)
        except (psycopg.OperationalError, ReadOnlySqlTransaction) as error:
            # Not for another refusal of the server, such as to wait for a lock any longer.
            if self.broken or not error.sqlstate or isinstance(error, ReadOnlySqlTransaction):
                self.close()
                pool: Any = self._pool
                if pool:
                    # Its other connections lead to the same server. The pool would find that out one by one, at two
                    # for each request that fails.
                    pool.drain()
            raise
