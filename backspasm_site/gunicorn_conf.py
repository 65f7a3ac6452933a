"""How gunicorn serves the site. Stops with one sentence if the site's own settings are wrong."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from gunicorn import glogging, util
from gunicorn.workers.gthread import ThreadWorker

from backspasm_site.logs import JsonLines
from triage.environment import Environment
from triage.errors import LAST_RESORT

KNOWN_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backspasm_site.settings")
env = Environment()
env.read_file(Path(__file__).parents[1] / ".env")  # now: the settings do so later, when Django asks for one
os.environ.setdefault("DATABASE_SECONDS", "3")  # see settings.py


class Logger(glogging.Logger):
    """Writes JSON lines, and of each request only what says nothing of who asked for what."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(JsonLines())

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        if self.access_log_enabled:
            method = environ.get("REQUEST_METHOD", "")
            fields = environ.get("backspasm.log", {}) | {
                "method": method if method in KNOWN_METHODS else "other",
                "status": int(str(resp.status).split()[0]),
                "ms": round(request_time.total_seconds() * 1000),
            }
            self.access_log.info("request", extra={"fields": fields})


class Worker(ThreadWorker):
    """Stops without losing a connection."""

    def set_accept_enabled(self, enabled: bool) -> None:
        """When told to stop: answers who waits in line, then closes the line at once.

        gunicorn keeps it open until the last request has ended. Who comes in that time would wait for nothing,
        instead of being sent to the other replica by the proxy.
        """
        super().set_accept_enabled(enabled)
        if not (enabled or self.alive):
            for listener in self.sockets:
                known = -1
                while known != self.nr_conns:
                    known = self.nr_conns
                    self.accept(listener)
                listener.close()


def write_error(sock: Any, status_int: int, reason: str, mesg: str) -> None:
    """Answer what cannot be read with 911 and the phone number. gunicorn's own page has neither and quotes `mesg`."""
    page = LAST_RESORT.format(phone=settings.CLINIC.phone_shown).encode()
    head = f"HTTP/1.1 {status_int} {reason}\r\nConnection: close\r\nContent-Type: text/html\r\n"
    util.write_nonblock(sock, f"{head}Content-Length: {len(page)}\r\n\r\n".encode() + page)


util.write_error = write_error

wsgi_app = "backspasm_site.wsgi"
address = env.text("BIND_ADDRESS", "127.0.0.1")
address = f"[{address.strip('[]')}]" if ":" in address else address  # of IPv6
bind = f"{address}:{env.number('PORT', 8000, 1, 65_535, 'where the site listens')}"

# Two processes, so that one may fail. Threads mostly wait: for a phone on a bad line or for the database. Of 48, 36 may
# be in pages that need it (triage/database.py): a crowd of 32 is served at once, and a dozen are left for advice.
worker_class = Worker
workers = env.number("WEB_CONCURRENCY", 2, 1, 1000, "how many processes serve")
threads = settings.THREADS
# All others wait in the kernel's line. With gunicorn's 1000, a process reached the 1024 open files that Linux allows by
# default, and ended, with all requests in its hands. A thread's database on SQLite is three files more.
worker_connections = threads + 500
# Loaded once and shared: half the start time, less memory, and a site that cannot start ends at once.
preload_app = True
# The worker's sign of life is a file that changes every second; on a real disk that can hang.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - memory, and the file is gunicorn's own

keepalive = 5
# Docker kills after 10 seconds. No request of ours takes this long, so all of them end first.
graceful_timeout = 8

# Some networks and parent domains add much of their own. The line is as long as gunicorn takes.
limit_request_line = 8190
limit_request_field_size = 32_768

# By default gunicorn opens a management socket in the home folder and believes SCRIPT_NAME and
# PATH_INFO from any client on loopback.
control_socket_disable = True
forwarder_headers = ""
forwarded_allow_ips = "*" if settings.TRUSTED_PROXIES else ""

# Number, route, method, status, milliseconds. No path, query string, address, referrer or browser: what a
# person looked up about their body is not kept with anything that tells who it was.
accesslog = "-"
logger_class = Logger
