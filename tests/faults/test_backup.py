"""The restore drill: a copy made while the site takes requests, everything lost, everything back."""

import hashlib
import os
import re
import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.postgres import DATABASES


def checksum(served) -> str:
    """Of every row in every table."""
    return hashlib.sha256(repr(sorted(served.tables().items())).encode()).hexdigest()


@pytest.fixture(autouse=True)
def programs_of_the_server(served, request):
    """pg_dump of the server's own version, wherever it is."""
    if "DATABASE_URL" in served.env:
        programs = request.getfixturevalue("postgres").programs
        served.env["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"


def test_same_rows_same_checksum(served, tmp_path):
    for number in range(5):
        assert served.visitor(f"198.51.100.{220 + number}").book(f"Kept {number}", note="ñ 'quoted'\n").status == 302
    copy = str(tmp_path / "copy")
    served.manage("back_up", copy)
    assert stat.S_IMODE(os.stat(copy).st_mode) == 0o600
    assert os.listdir(tmp_path) == ["copy"]
    assert "is there already" in served.fails("back_up", copy)
    before = checksum(served)

    with closing(served.database()) as database:
        for table in ("notice", "staffnote", "bookingrequest", "auditevent", "ratelimithit"):
            database.execute(f"DELETE FROM triage_{table}")  # noqa: S608 - named above
        database.commit()
    assert checksum(served) != before
    assert served.visitor("198.51.100.230").book("Later").status == 302
    lost = checksum(served)
    assert "The database is not empty." in served.fails("restore", copy)
    assert checksum(served) == lost

    served.manage("restore", copy, "--overwrite")
    assert checksum(served) == before
    assert "Later" not in served.names()
    # The site goes on, and new rows get numbers of their own.
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
    served.manage("back_up", str(tmp_path / "copy"))
    done.set()
    sender.join()
    served.manage("restore", str(tmp_path / "copy"), "--overwrite")
    # Each request came with its line in the audit trail: all is of one moment.
    with closing(served.database()) as database:
        (requests,) = database.execute("SELECT count(*) FROM triage_bookingrequest").fetchone()
        (lines,) = database.execute("SELECT count(*) FROM triage_auditevent WHERE what = 'sent'").fetchone()
    assert requests == lines > 0


def test_back_to_before_a_release_that_added_something(served, tmp_path):
    before = checksum(served)
    served.manage("back_up", str(tmp_path / "copy"))
    for _try in ("the upgrade", "the next try"):
        with closing(served.database()) as database:
            for added in (
                "CREATE TABLE triage_later (id integer primary key, words text)",
                "CREATE TABLE triage_tied (request_id bigint references triage_bookingrequest(id))",
                "ALTER TABLE triage_staffnote ADD COLUMN later integer references triage_later(id)",
                "CREATE VIEW triage_seen AS SELECT name FROM triage_bookingrequest",
            ):
                database.execute(added)
            database.commit()
        served.manage("restore", str(tmp_path / "copy"), "--overwrite")
        assert checksum(served) == before
    served.manage("migrate", "--check")


@pytest.mark.parametrize("served", DATABASES[1:], indirect=True)
def test_a_copy_that_fails_half_way_leaves_the_old_data(served, tmp_path, monkeypatch):
    """The copy was whole when it was looked at, and the disk it lies on goes away meanwhile."""
    before = checksum(served)
    served.manage("back_up", str(tmp_path / "copy"))
    (tmp_path / "pg_restore").write_text(f"""#!/bin/sh
case "$*" in *--file=-*) {shutil.which("pg_restore", path=served.env["PATH"])} "$@" | head -c 9000; exit 1; esac
exec {shutil.which("pg_restore", path=served.env["PATH"])} "$@"
""")
    (tmp_path / "pg_restore").chmod(0o755)
    monkeypatch.setitem(served.env, "PATH", f"{tmp_path}:{served.env['PATH']}")
    assert "The database is as it was" in served.fails("restore", str(tmp_path / "copy"), "--overwrite")
    assert checksum(served) == before


def test_what_is_no_copy_changes_nothing(served, tmp_path):
    before = checksum(served)
    with closing(sqlite3.connect(tmp_path / "other")) as other, other:
        other.execute("CREATE TABLE letters (text)")
    served.manage("back_up", str(tmp_path / "whole"))
    lost = 100 if "DATABASE_URL" in served.env else 5000  # some rows of the last table; a page of SQLite
    (tmp_path / "cut-off").write_bytes((tmp_path / "whole").read_bytes()[:-lost])
    for name in ("other", "cut-off", "absent"):  # on PostgreSQL "other" is no copy at all
        assert name in served.fails("restore", str(tmp_path / name), "--overwrite")
    assert checksum(served) == before


@pytest.mark.parametrize("served", ["sqlite"], indirect=True)
def test_into_no_database_at_all(served, tmp_path, monkeypatch):
    """A new machine. Nothing is there, so nothing has to be overwritten."""
    before = checksum(served)
    served.manage("back_up", str(tmp_path / "copy"))
    monkeypatch.setitem(served.env, "DATA_DIR", str(tmp_path / "new"))
    served.manage("restore", str(tmp_path / "copy"))
    assert stat.S_IMODE((tmp_path / "new" / "db.sqlite3").stat().st_mode) == 0o600
    assert checksum(served) == before


@pytest.mark.parametrize("served", ["sqlite"], indirect=True)
def test_a_folder_keeps_the_newest(served, tmp_path, monkeypatch):
    assert "set BACKUP_DIR" in served.fails("back_up")
    monkeypatch.setitem(served.env, "BACKUP_DIR", str(tmp_path / "copies"))
    assert "copies is not there" in served.fails("back_up")
    (tmp_path / "copies").mkdir()
    for day in range(10, 30):
        (tmp_path / "copies" / f"back-spasm-2026-01-{day}-030000.copy").touch()
    for day in range(10, 30):  # a wrong clock, once
        (tmp_path / "copies" / f"back-spasm-2036-01-{day}-030000.copy").touch()
    (tmp_path / "copies" / "letter").touch()
    (newest,) = re.findall(r"(\S+) holds the whole database", served.manage("back_up"))
    left = sorted(name for name in os.listdir(tmp_path / "copies") if "-2036-" not in name)
    assert left == [*(f"back-spasm-2026-01-{day}-030000.copy" for day in range(17, 30)), Path(newest).name, "letter"]
    served.manage("restore", newest, "--overwrite")
