"""Back-up and restore: a copy is made while the site takes requests, all data is lost, and restored."""

import io
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.once import ROOT
from tests.postgres import DATABASES
from tests.served import wait_until
from tests.servers.conftest import on_database


def run(served, *words: str) -> str:
    """The output of a command, run in this process, which is quicker."""
    said = io.StringIO()
    with on_database(served.database_url):
        call_command(*words, stdout=said)
    return said.getvalue()


def fails(served, *words: str) -> str:
    with pytest.raises(CommandError) as error:
        run(served, *words)
    return str(error.value)


@pytest.fixture(autouse=True)
def programs_of_the_server(served, request, monkeypatch, django_db_blocker):
    """pg_dump of the server's own version, wherever it is."""
    if "DATABASE_URL" in served.env:
        monkeypatch.setenv("PATH", str(request.getfixturevalue("postgres").programs), prepend=os.pathsep)
        monkeypatch.setitem(served.env, "PATH", os.environ["PATH"])
    with django_db_blocker.unblock():
        yield


def test_same_rows_after_all_was_lost(served, tmp_path):
    for number in range(5):
        assert served.visitor(f"198.51.100.{220 + number}").book(f"Kept {number}", note="ñ 'quoted'\n").status == 302
    copy = str(tmp_path / "copy")
    served.manage("back_up", copy)
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o600
    assert os.listdir(tmp_path) == ["copy"]
    assert "exists already" in fails(served, "back_up", copy)
    before = served.tables()

    for table in ("notice", "staffnote", "bookingrequest", "auditevent", "ratelimithit"):
        served.sql(f"DELETE FROM triage_{table}")  # noqa: S608 - named above
    assert served.tables() != before
    assert served.visitor("198.51.100.230").book("Later").status == 302
    lost = served.tables()
    assert "The database is not empty." in fails(served, "restore", copy)
    assert served.tables() == lost

    served.manage("restore", copy, "--overwrite")
    assert served.tables() == before
    assert "Later" not in served.names()
    # The site works, and new rows get new keys.
    assert served.visitor("198.51.100.231").book("After").status == 302
    assert served.names().count("After") >= 1


def test_a_copy_made_under_load_is_whole(served, tmp_path):
    done = threading.Event()

    def keep_booking():
        for number in range(15):
            if not done.is_set():
                served.visitor(f"198.51.100.{232 + number}").book(f"Load {number}")

    sender = threading.Thread(target=keep_booking)
    sender.start()
    wait_until(lambda: "Load 0" in served.names())
    run(served, "back_up", str(tmp_path / "copy"))
    done.set()
    sender.join()
    run(served, "restore", str(tmp_path / "copy"), "--overwrite")
    # Each request has its line in the audit trail: the copy is consistent.
    ((lines,),) = served.sql("SELECT count(*) FROM triage_auditevent WHERE what = 'sent'")
    assert len(served.names()) == lines > 0


def test_back_to_before_a_release_that_added_something(served, tmp_path):
    before = served.tables()
    run(served, "back_up", str(tmp_path / "copy"))
    for _try in ("the upgrade", "the next try"):
        for added in (
            "CREATE TABLE triage_later (id integer primary key, words text)",
            "CREATE TABLE triage_tied (request_id bigint references triage_bookingrequest(id))",
            "ALTER TABLE triage_staffnote ADD COLUMN later integer references triage_later(id)",
            "CREATE VIEW triage_seen AS SELECT name FROM triage_bookingrequest",
        ):
            served.sql(added)
        run(served, "restore", str(tmp_path / "copy"), "--overwrite")
        assert served.tables() == before
    run(served, "migrate", "--check")


@pytest.fixture
def change_script(tmp_path, monkeypatch):
    """change_script(command): what pg_restore writes goes through this command of the shell."""

    def change(command: str) -> None:
        real, fake = shutil.which("pg_restore"), tmp_path / "pg_restore"
        fake.write_text(f'#!/bin/sh\ncase "$*" in *--file=-*) {real} "$@" | {command}; exit; esac\nexec {real} "$@"\n')
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return change


@pytest.mark.parametrize("served", DATABASES[1:], indirect=True)
def test_a_copy_that_fails_half_way_leaves_the_old_data(served, tmp_path, change_script):
    """The copy passes the check, but then the restore fails."""
    before = served.tables()
    run(served, "back_up", str(tmp_path / "copy"))
    change_script("(head -c 9000; echo broken)")
    assert "The database is as it was" in fails(served, "restore", str(tmp_path / "copy"), "--overwrite")
    assert served.tables() == before


@pytest.mark.parametrize("served", DATABASES[1:], indirect=True)
def test_a_copy_is_restored_by_a_pg_restore_that_is_newer_than_the_server(served, tmp_path, change_script):
    before = served.tables()
    run(served, "back_up", str(tmp_path / "copy"))
    change_script("sed '1i SET transaction_timeout = 0;'")  # as 17 and newer write it; 16 does not know it
    run(served, "restore", str(tmp_path / "copy"), "--overwrite")
    assert served.tables() == before


def test_an_invalid_copy_changes_nothing(served, tmp_path):
    before = served.tables()
    with closing(sqlite3.connect(tmp_path / "other")) as other, other:
        other.execute("CREATE TABLE letters (text)")
    run(served, "back_up", str(tmp_path / "whole"))
    lost = 100 if "DATABASE_URL" in served.env else 5000  # some rows of the last table; for SQLite a page
    (tmp_path / "cut-off").write_bytes((tmp_path / "whole").read_bytes()[:-lost])
    for name in ("other", "cut-off", "absent"):  # on PostgreSQL "other" is no copy at all
        assert name in fails(served, "restore", str(tmp_path / name), "--overwrite")
    assert served.tables() == before


@pytest.mark.parametrize("served", ["sqlite"], indirect=True)
def test_into_no_database_at_all(served, tmp_path, monkeypatch):
    """On a new machine `restore` needs no --overwrite."""
    before = served.tables()
    run(served, "back_up", str(tmp_path / "copy"))
    monkeypatch.setitem(served.env, "DATA_DIR", str(tmp_path / "new"))
    run(served, "restore", str(tmp_path / "copy"))
    assert stat.S_IMODE((tmp_path / "new" / "db.sqlite3").stat().st_mode) == 0o600
    assert served.tables() == before


@pytest.mark.parametrize("served", ["sqlite"], indirect=True)
def test_a_folder_keeps_the_newest(served, tmp_path, settings):
    assert "set BACKUP_DIR" in fails(served, "back_up")
    settings.BACKUP_DIR = tmp_path / "copies"
    assert "copies does not exist" in fails(served, "back_up")
    (tmp_path / "copies").mkdir()
    for day in range(10, 30):
        (tmp_path / "copies" / f"back-spasm-2026-01-{day}-030000.copy").touch()
    for day in range(10, 30):  # a wrong clock, once
        (tmp_path / "copies" / f"back-spasm-2036-01-{day}-030000.copy").touch()
    (tmp_path / "copies" / "letter").touch()
    (newest,) = re.findall(r"(\S+) holds the whole database", run(served, "back_up"))
    left = sorted(name for name in os.listdir(tmp_path / "copies") if "-2036-" not in name)
    assert left == [*(f"back-spasm-2026-01-{day}-030000.copy" for day in range(17, 30)), Path(newest).name, "letter"]
    run(served, "restore", newest, "--overwrite")


KILLED = """
import os, signal
from pathlib import Path
from triage.operations import backup
backup.check = lambda draft: os.kill(os.getpid(), signal.SIGKILL)
backup.back_up(Path(os.environ["COPY"]))
"""


@pytest.mark.parametrize("served", ["sqlite"], indirect=True)
def test_what_a_killed_process_left_goes_with_the_next_copy(served, tmp_path):
    """An unfinished copy holds the whole database. A new one may still be in use."""
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "--command", KILLED]
    for _ in range(2):
        subprocess.run(command, cwd=ROOT, env=served.env | {"COPY": str(tmp_path / "copy")}, check=False)
    older, younger = tmp_path.iterdir()
    os.utime(older, (0, 0))
    run(served, "back_up", str(tmp_path / "copy"))
    assert set(tmp_path.iterdir()) == {younger, tmp_path / "copy"}
