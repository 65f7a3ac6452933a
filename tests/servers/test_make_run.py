"""`make run` in a terminal: the site and the worker start together and end together."""

import fcntl
import os
import pty
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.once import ROOT, sqlite_tables
from tests.postgres import free_port
from tests.served import Visitor, wait_until


def take_terminal() -> None:
    """Make standard input the terminal of this process's new session, and ignore both keys, like a background process
    of a script: the harder case."""
    fcntl.ioctl(0, termios.TIOCSCTTY)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, signal.SIG_IGN)


BY_KEY = {"Ctrl-C": signal.SIGINT, "Ctrl-\\": signal.SIGQUIT}
# As in `xterm -e make run`: only make gets the signal when the terminal closes, and make waits for the site.
UNDER_MAKE = ["sh", "-c", 'trap : HUP; "$@"', "sh"]


@contextmanager
def at_a_terminal(end: str, **program) -> Iterator[subprocess.Popen]:
    """A program in its own terminal, which ends the program, with all that it started, in the given way."""
    terminal, its_end = pty.openpty()
    running = subprocess.Popen(**program, stdin=its_end, start_new_session=True, preexec_fn=take_terminal)
    os.close(its_end)
    try:
        yield running
        os.killpg(running.pid, BY_KEY[end]) if end in BY_KEY else os.close(terminal)
        running.communicate(timeout=60)  # until all processes have closed the pipe
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGTERM)
            running.communicate()


@pytest.mark.parametrize(
    ("debug", "end", "under"), [("true", "Ctrl-C", []), ("false", "the terminal closes", UNDER_MAKE)]
)
def test_mail_is_printed_beside_the_site_and_both_end_with_their_terminal(tmp_path, debug, end, under):
    shutil.copy(sqlite_tables(), tmp_path)  # making them again takes seconds; the next test starts to
    port = free_port()
    mine = {"SITE_URL": f"http://127.0.0.1:{port}", "DATA_DIR": str(tmp_path), "DEBUG": debug, "PORT": str(port)}
    mine |= {"DESK_EMAIL": "desk@example.com", "MINIMUM_FILL_SECONDS": "0", "WEB_CONCURRENCY": "1"}
    demo = {"args": [*under, sys.executable, "manage.py", "demo"], "cwd": ROOT, "env": os.environ | mine, "text": True}
    demo |= {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with at_a_terminal(end, **demo) as site:
        said = ""
        while "The site:" not in said:
            said += (line := site.stdout.readline())
            assert line, said
        visitor = Visitor(port, site=mine["SITE_URL"])
        home = visitor.get("/").text  # at once
        assert visitor.get(re.search(r'href="(/static/[^"]+\.css)"', home)[1]).status == 200
        for path in ("/", "/healthz", "/nowhere", "/static/css/site.css"):
            page = visitor.ask("GET", path, Host="evil.example")  # as from a site whose name points to our address
            assert (page.status, "DATABASES" in page.text, "DJANGO_SETTINGS_MODULE" in page.text) == (400, False, False)
        second = subprocess.run(**demo, check=False)
        assert "This site serves it already: Ctrl-C in its terminal ends it." in second.stdout

        assert visitor.book("Rosa Diaz", email="rosa@example.com", reach_by="email").status == 302
        while "To: rosa@example.com" not in said:
            said += (line := site.stdout.readline())
            assert line, said
        assert "Mail to staff and patients is printed here." in said
        assert "To: desk@example.com" in said
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


RUN_UNTIL_STOPPED = """
import django
django.setup()
from triage.management.commands.demo import Command
Command().run_until_stopped("127.0.0.1:9", ["sleep", "99"], ["sleep", "99"])
"""


@pytest.mark.parametrize("end", ["Ctrl-\\", "the terminal closes"])
def test_what_it_runs_ends_with_its_terminal_in_any_other_way(end):
    demo = {"args": [sys.executable, "-c", RUN_UNTIL_STOPPED], "cwd": ROOT, "stdout": subprocess.PIPE}
    demo |= {"stderr": subprocess.DEVNULL, "env": os.environ | {"DJANGO_SETTINGS_MODULE": "backspasm_site.settings"}}
    with at_a_terminal(end, **demo) as running:
        command = psutil.Process(running.pid)
        wait_until(lambda: [each.name() for each in command.children()] == ["sleep", "sleep"])
        wait_until(lambda: command.status() == psutil.STATUS_SLEEPING)  # both have started


def test_a_full_disk_and_an_early_ctrl_c_end_in_a_sentence(tmp_path):
    def start(folder, before) -> subprocess.Popen:
        folder.mkdir()
        mine = {"SITE_URL": f"http://127.0.0.1:{free_port()}", "DATA_DIR": str(folder), "DEBUG": "true"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        command = [sys.executable, "manage.py", "demo"]
        return subprocess.Popen(command, cwd=ROOT, env=os.environ | mine, **pipes, preexec_fn=before)

    full = start(tmp_path / "full", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    # As in a terminal, also if the tests run in the background of a script.
    early = start(tmp_path / "early", lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    try:
        wait_until((tmp_path / "early" / "db.sqlite3").exists)  # it makes its tables
        early.send_signal(signal.SIGINT)
        for program, sentence in ((full, "The site cannot start here: "), (early, "Stopped.")):
            said = program.communicate(timeout=60)[0]
            assert sentence in said
            assert "Traceback" not in said
    finally:
        for program in (full, early):
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGTERM)
