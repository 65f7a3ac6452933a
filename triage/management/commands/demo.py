"""The demonstration site: `make run` and `make dev` start it, with the settings that the Makefile gives it."""
# ruff: noqa: S603, S606 - it starts programs that it names itself

import http.client
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from triage.booking import mail


class Command(BaseCommand):
    help = "Fills the demonstration site with made-up requests and serves it, with the worker that sends notices."

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        address = urlsplit(settings.SITE_URL).netloc
        port = urlsplit(settings.SITE_URL).port or 80
        pid_file = settings.DATA_DIR / f"demo-{port}.pid"
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            why = error.strerror
            if pid_file.exists() and answers(address):
                why = (
                    f"this site serves it already. Ctrl-C in its terminal ends it, or: kill -INT {pid_file.read_text()}"
                )
            raise CommandError(f"Port {port}: {why}. Choose another: PORT=8001") from error
        try:
            call_command("migrate", verbosity=0)
            if not settings.DEBUG:
                call_command("collectstatic", interactive=False, verbosity=0)
            call_command("seed_demo")  # says where staff sign in, and as whom
            pid_file.write_text(str(os.getpid()))
        except (OSError, DatabaseError) as error:
            raise CommandError(f"The site cannot start here: {error}") from error
        if mail.is_printed():
            self.stdout.write("Mail to staff and patients is printed here.")
        self.stdout.flush()
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        subprocess.Popen([*manage, "send_notices", "--beside", str(os.getpid())], stdin=subprocess.DEVNULL)
        # A script's `make dev &` ignores Ctrl-C, and Django's reloader would never hear it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if os.fork() == 0:
            self.look_after(os.getppid(), address)
            os._exit(0)
        server = [*manage, "runserver", "--nostatic", address]
        if not settings.DEBUG:
            server = [sys.executable, "-m", "gunicorn", "--config", "backspasm_site/gunicorn_conf.py"]
            server += ["--bind", address, "--log-level", "warning", "--access-logfile", os.devnull]
        os.execv(sys.executable, server)

    def look_after(self, server: int, address: str) -> None:
        """Print the address when somebody who follows it gets a page, and end the server if its terminal is closed.

        gunicorn takes the signal of a closed terminal for a wish to load its settings again, and `make` keeps it.
        """
        terminal = select.poll()
        if signal.signal(signal.SIGHUP, signal.SIG_IGN) != signal.SIG_IGN:  # not under nohup
            with suppress(OSError):  # there is none
                terminal.register(os.open("/dev/tty", os.O_RDONLY), 0)  # 0: tells of nothing but its end
        is_said = False
        while os.getppid() == server:
            if not is_said and answers(address):
                self.stdout.write(f"The site:   {settings.SITE_URL}/\nCtrl-C stops it.")
                self.stdout.flush()
                is_said = True
            if terminal.poll(1000 if is_said else 100):
                os.kill(server, signal.SIGINT)
                return


def answers(address: str) -> bool:
    """Whether a site like this one answers at this host and port."""
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().read() == b"ok"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
