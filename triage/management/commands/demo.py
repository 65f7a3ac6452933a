"""The demonstration site: `make run` and `make dev` start it, with the settings that the Makefile gives it."""
# ruff: noqa: S603, S606 - it starts programs that it names itself

import os
import signal
import socket
import subprocess
import sys
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Fills the demonstration site with made-up requests and serves it, with the worker that sends notices."

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        address = urlsplit(settings.SITE_URL).netloc
        port = urlsplit(settings.SITE_URL).port or 80
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            raise CommandError(f"Port {port}: {error.strerror}. Choose another: PORT=8001") from error
        call_command("migrate", verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        call_command("seed_demo")  # says where staff sign in, and as whom
        if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
            self.stdout.write("Mail to staff and patients is printed here.")
        self.stdout.write(f"The site:   {settings.SITE_URL}/\nCtrl-C stops it.")
        self.stdout.flush()
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        subprocess.Popen([*manage, "send_notices", "--beside", str(os.getpid())], stdin=subprocess.DEVNULL)
        # A script's `make dev &` ignores Ctrl-C, and Django's reloader would never hear it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        server = [*manage, "runserver", "--nostatic", address]
        if not settings.DEBUG:
            server = [sys.executable, "-m", "gunicorn", "--config", "backspasm_site/gunicorn_conf.py"]
            server += ["--bind", address, "--log-level", "warning", "--access-logfile", os.devnull]
        os.execv(sys.executable, server)
