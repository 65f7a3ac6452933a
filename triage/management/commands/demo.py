"""The demonstration site, which `make run` and `make dev` start with the settings in the Makefile."""
# ruff: noqa: S603 - the programs are named here

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from triage.booking import mail


class Command(BaseCommand):
    help = "Fills the demonstration site with made-up requests and serves it, with the worker that sends notices."

    def handle(self, *args: Any, **options: Any) -> None:
        address = urlsplit(settings.SITE_URL).netloc
        try:
            socket.create_server(("127.0.0.1", urlsplit(settings.SITE_URL).port or 80)).close()
        except OSError as error:
            why = "This site serves it already: Ctrl-C in its terminal ends it" if answers(address) else error.strerror
            raise CommandError(f"{address}: {why}. Or choose another port: PORT=8001") from error
        try:
            call_command("migrate", verbosity=0)
            if not settings.DEBUG:
                call_command("collectstatic", interactive=False, verbosity=0)
            call_command("seed_demo")  # says where staff sign in, and as whom
        except (OSError, DatabaseError) as error:
            raise CommandError(f"The site cannot start here: {error}") from error
        if mail.is_printed():
            self.stdout.write("Mail to staff and patients is printed here.")
        self.stdout.flush()
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        server = [*manage, "runserver", "--nostatic", address]
        if not settings.DEBUG:
            server = [sys.executable, "-m", "gunicorn", "--config", "backspasm_site/gunicorn_conf.py"]
            server += ["--bind", address, "--log-level", "warning", "--access-logfile", os.devnull]
        self.run_until_stopped(address, server, [*manage, "send_notices"])

    def run_until_stopped(self, address: str, *commands: list[str]) -> None:
        """Run these until one ends, or Ctrl-C, Ctrl-\\, SIGTERM or the end of the terminal. Say when `address` answers.

        Each has a session of its own, so that only this process gets signals from the terminal, and passes on SIGTERM.
        """
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores it
                signal.signal(number, signal.default_int_handler)
        had_terminal, is_said = os.isatty(0), False
        running = [subprocess.Popen(each, stdin=subprocess.DEVNULL, start_new_session=True) for each in commands]
        try:
            # If `make` leads the session, as in `xterm -e make run`, this process gets no SIGHUP when it closes.
            while all(each.poll() is None for each in running) and os.isatty(0) == had_terminal:
                if not is_said and (is_said := answers(address)):
                    self.stdout.write(f"The site:   {settings.SITE_URL}/\nCtrl-C stops it.")
                    self.stdout.flush()
                time.sleep(0.2)
        finally:
            for each in running:
                each.terminate()
            for each in running:
                each.wait()


def answers(address: str) -> bool:
    """Whether a site like this one answers at this host and port."""
    site = http.client.HTTPConnection(address, timeout=5)
    with closing(site), suppress(OSError, http.client.HTTPException):
        site.request("GET", "/healthz")
        return site.getresponse().read() == b"ok"
    return False
