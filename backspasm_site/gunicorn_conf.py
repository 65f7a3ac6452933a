"""Gunicorn's configuration. A wrong setting of the site ends the start with one sentence."""

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
env.read_file(Path(__file__).parents[1] / ".env")  # settings.py does this too, but only when it is first used
os.environ.setdefault("DATABASE_SECONDS", "3")  # see settings.py


class Logger(glogging.Logger):
    """Writes JSON lines. A request's line holds nothing that tells who asked for what."""

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
    def set_accept_enabled(self, enabled: bool) -> None:
        """On shutdown, accept the connections that are queued, then close the listening sockets at once.

        Gunicorn keeps them open until the last request has ended. New connections would then wait in vain, while the
        proxy could send them to the other replica.
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
    """Answer an unreadable request with 911 and the phone number. Gunicorn's page has neither, and quotes `mesg`."""
    page = LAST_RESORT.format(phone=settings.CLINIC.phone_shown).encode()
    head = f"HTTP/1.1 {status_int} {reason}\r\nConnection: close\r\nContent-Type: text/html\r\n"
    util.write_nonblock(sock, f"{head}Content-Length: {len(page)}\r\n\r\n".encode() + page)


util.write_error = write_error

wsgi_app = "backspasm_site.wsgi"
address = env.text("BIND_ADDRESS", "127.0.0.1")
address = f"[{address.strip('[]')}]" if ":" in address else address  # of IPv6
bind = f"{address}:{env.number('PORT', 8000, 1, 65_535, 'where the site listens')}"

# Two processes, so that one may fail. Threads mostly wait for a slow network or for the database. Of 48, 36 may be in
# pages that need the database (triage/database.py), enough for 32 requests at once. A dozen are left for advice.
worker_class = Worker
workers = env.number("WEB_CONCURRENCY", 2, 1, 1000, "how many processes serve")
threads = settings.THREADS
# More connections wait in the kernel's queue. With gunicorn's default of 1000, a process reached the 1024 open files
# that Linux allows, and ended with all its requests. On SQLite each thread has three more files open.
worker_connections = threads + 500
# Loaded once and shared: half the start time, less memory, and an error at the start ends gunicorn at once.
preload_app = True
# Each worker touches a heartbeat file every second. On a real disk that can hang.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - memory; gunicorn makes the file safely

keepalive = 5
graceful_timeout = 8  # Docker kills after 10 seconds. No request takes this long, so all of them end first.

# Some networks and parent domains add long headers and cookies. 8190 is gunicorn's maximum.
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
