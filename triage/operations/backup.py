"""Back up and restore the whole database. The site may run during a backup."""

import os
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from triage.environment import POOLER

COPIES_KEPT = 14  # of those that back_up_today writes
DRAFT = ".back-spasm-draft-"  # the prefix of an unfinished one
NAME = "back-spasm-%Y-%m-%d-%H%M%S.copy"  # in UTC; sorts by time


def back_up(target: Path) -> None:
    """Write a consistent, checked copy of the database to `target`, which only its owner may read.

    Raises CommandError if `target` exists or the copy fails; no file is left behind. The draft of a killed process is
    deleted by the next copy into the same folder, after an hour.
    """
    if target.exists():
        raise CommandError(f"{target} exists already. Choose another name.")
    for left in target.parent.glob(f"{DRAFT}*"):
        with suppress(OSError):  # finished meanwhile, or another user's
            if left.stat().st_mtime < time.time() - 3600:
                left.unlink()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=DRAFT)  # with mode 0600
    os.close(handle)
    draft = Path(name)
    try:
        if connection.vendor == "sqlite":
            _copy_sqlite(_sqlite_file(), draft)
            with closing(sqlite3.connect(draft)) as copy:
                copy.execute("PRAGMA journal_mode=DELETE")  # a single file, without a WAL
        else:
            options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")
            _run("pg_dump", *options, env=_postgres_env())
        check(draft)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def back_up_today(folder: Path) -> Path:
    """Write a copy named by the time to `folder`, and delete all but the newest COPIES_KEPT. Raises like back_up."""
    if not folder.is_dir():
        raise CommandError(f"{folder} does not exist. Make the folder, and let the site write to it.")
    target = folder / timezone.now().strftime(NAME)
    back_up(target)
    for old in copies_in(folder)[:-COPIES_KEPT]:
        old.unlink()
    return target


def copies_in(folder: Path, *, of_future: bool = False) -> list[Path]:
    """The copies of back_up_today, oldest first, by the time in their names.

    of_future: those dated in the future by a wrong clock. Without it they are left out: they would displace new ones.
    """
    now = timezone.now().strftime(NAME)
    return sorted(copy for copy in folder.glob("back-spasm-20*.copy") if (copy.name > now) is of_future)


def restore(source: Path, *, overwrite: bool = False) -> None:
    """Replace the database with the copy `source`.

    Raises CommandError, and changes nothing, if `source` is not a whole copy, or if the database is not empty and
    `overwrite` is False.
    """
    if not source.is_file():
        raise CommandError(f"{source} does not exist.")
    check(source)
    if connection.vendor == "sqlite":
        _sqlite_file().parent.mkdir(0o700, parents=True, exist_ok=True)
    if connection.introspection.table_names() and not overwrite:
        raise CommandError("The database is not empty. --overwrite replaces all of it.")
    connection.close()
    if connection.vendor == "sqlite":
        _copy_sqlite(source, _sqlite_file())
    else:
        _restore_postgres(source)


def check(file: Path) -> None:
    """Raise CommandError unless `file` is a whole copy of this site's database."""
    try:
        if connection.vendor == "sqlite":
            with closing(_open_read_only(file)) as copy:
                copy.execute("SELECT 1 FROM triage_bookingrequest")
                if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                    raise CommandError("SQLite's integrity check failed.")
        else:
            _run("pg_restore", "--file=/dev/null", file)  # reads all of it; --list reads only the beginning
            if b"triage_bookingrequest" not in _run("pg_restore", "--list", file):
                raise CommandError("It has no table of requests.")
    except (sqlite3.Error, CommandError) as error:
        raise CommandError(f"{file} is not a whole copy of this site's database: {error}") from error


def _sqlite_file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _open_read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy with SQLite's online backup, which is consistent and respects the journals of both files."""
    try:
        with closing(_open_read_only(source)) as old, closing(sqlite3.connect(target, timeout=30)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise CommandError(f"SQLite could not copy {source}: {error}") from error


def _restore_postgres(source: Path) -> None:
    """Drop all tables and create those of the copy, in one transaction.

    `pg_restore --clean` drops only the tables of the copy, and fails if a later release added one.
    """
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_list(cursor)
    tables = ", ".join(connection.ops.quote_name(table.name) for table in found if table.type != "v")
    drop = f"DROP TABLE {tables} CASCADE" if tables else "SELECT 1"
    env = _postgres_env()
    connection.close()
    try:
        script = _run("pg_restore", "--no-owner", "--no-privileges", "--no-comments", "--file=-", source)
        # pg_restore 17 and newer: an older server does not know this setting, and would refuse the copy.
        known = b"SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout';"
        script = script[:4000].replace(b"SET transaction_timeout = 0;", known) + script[4000:]
        options = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction")
        _run("psql", *options, f"--command={drop}", "--file=-", env=env, given=script)
    except CommandError as error:
        raise CommandError(f"The database is as it was: {error}") from error


def _postgres_env() -> dict[str, str]:
    """The connection parameters as variables for PostgreSQL's programs. Other users cannot read them."""
    if connection.settings_dict.get(POOLER):
        raise CommandError("This command cannot use a pooler. Set DATABASE_URL to the address of the server itself.")
    from psycopg.pq import Conninfo  # not for a site on SQLite

    given = connection.get_connection_params()
    names = {option.keyword.decode(): option.envvar for option in Conninfo.get_defaults()}
    return os.environ | {name.decode(): str(given[key]) for key, name in names.items() if name and key in given}


def _run(program: str, *options: str | Path, env: dict[str, str] | None = None, given: bytes | None = None) -> bytes:
    """Run a program of PostgreSQL with `given` as its input, and return its output."""
    try:
        return subprocess.run([program, *options], env=env, input=given, check=True, capture_output=True).stdout  # noqa: S603 - ours
    except FileNotFoundError as error:
        raise CommandError(f"{program} is missing. On Debian or Ubuntu: apt-get install postgresql-client") from error
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{program}: {error.stderr.decode(errors='replace').strip()}") from error
