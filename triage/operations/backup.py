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
DRAFT = ".back-spasm-draft-"  # how the name of an unfinished one begins
NAME = "back-spasm-%Y-%m-%d-%H%M%S.copy"  # in UTC; their order is that of time


def back_up(target: Path) -> None:
    """Write a checked copy of the database, as it was at one moment, to `target`. Only its owner may read it.

    Raises CommandError if `target` exists or the copy fails. Then no file is left behind. What a process left behind
    that was killed, the next copy into the same folder deletes, an hour later at the earliest.
    """
    if target.exists():
        raise CommandError(f"{target} is there already. Choose another name.")
    for left in target.parent.glob(f"{DRAFT}*"):
        with suppress(OSError):  # it is finished by now, or not ours
            if left.stat().st_mtime < time.time() - 3600:
                left.unlink()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=DRAFT)  # with mode 0600
    os.close(handle)
    draft = Path(name)
    try:
        if connection.vendor == "sqlite":
            _copy_sqlite(_sqlite_file(), draft)
            with closing(sqlite3.connect(draft)) as copy:
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a journal beside it
        else:
            options = ("--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")
            _run("pg_dump", *options, env=_postgres_env())
        check(draft)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def back_up_today(folder: Path) -> Path:
    """Write a copy with the time in its name to `folder`, then delete all but the newest. Return its path.

    Raises CommandError as back_up does; then no older copy is deleted.
    """
    if not folder.is_dir():
        raise CommandError(f"{folder} is not there. Make the folder, and let the site write into it.")
    target = folder / timezone.now().strftime(NAME)
    back_up(target)
    for old in copies_in(folder)[:-COPIES_KEPT]:
        old.unlink()
    return target


def copies_in(folder: Path, *, of_future: bool = False) -> list[Path]:
    """The copies back_up_today wrote, oldest first, by their names, which stay when files are copied.

    of_future: those that a wrong clock dated in the future. Else they are left out: they would crowd out today's.
    """
    now = timezone.now().strftime(NAME)
    return sorted(copy for copy in folder.glob("back-spasm-20*.copy") if (copy.name > now) is of_future)


def restore(source: Path, *, overwrite: bool = False) -> None:
    """Replace the database with the copy `source`.

    Raises CommandError, and changes nothing, if `source` is not a whole copy, or if the database is not empty and
    `overwrite` is False.
    """
    if not source.is_file():
        raise CommandError(f"{source} is not there.")
    check(source)
    if connection.vendor == "sqlite":
        _sqlite_file().parent.mkdir(0o700, parents=True, exist_ok=True)
    if connection.introspection.table_names() and not overwrite:
        raise CommandError("The database is not empty. With --overwrite all that is in it is replaced.")
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
            _run("pg_restore", "--file=/dev/null", file)  # reads all of it; --list would read the beginning only
            if b"triage_bookingrequest" not in _run("pg_restore", "--list", file):
                raise CommandError("It has no table of requests.")
    except (sqlite3.Error, CommandError) as error:
        raise CommandError(f"{file} is not a whole copy of this site's database: {error}") from error


def _sqlite_file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _open_read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy with SQLite's online backup, which is of one moment and respects the journals of both files."""
    try:
        with closing(_open_read_only(source)) as old, closing(sqlite3.connect(target, timeout=30)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise CommandError(f"SQLite could not copy {source}: {error}") from error


def _restore_postgres(source: Path) -> None:
    """Drop all tables and make those of the copy, in one transaction: the old data stays until the new data is there.

    `pg_restore --clean` drops only what the copy knows, and would stop at a table that a later release added.
    """
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_list(cursor)
    tables = ", ".join(connection.ops.quote_name(table.name) for table in found if table.type != "v")
    drop = f"DROP TABLE {tables} CASCADE" if tables else "SELECT 1"
    env = _postgres_env()
    connection.close()
    try:
        script = _run("pg_restore", "--no-owner", "--no-privileges", "--no-comments", "--file=-", source)
        options = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction")
        _run("psql", *options, f"--command={drop}", "--file=-", env=env, given=script)
    except CommandError as error:
        raise CommandError(f"The database is as it was: {error}") from error


def _postgres_env() -> dict[str, str]:
    """The site's own way to its database, for PostgreSQL's programs, as variables, which other users cannot read."""
    if connection.settings_dict.get(POOLER):
        raise CommandError("A pooler mixes up sessions. Give this command the server's own address as DATABASE_URL.")
    from psycopg.pq import Conninfo  # not for a site on SQLite

    given = connection.get_connection_params()
    names = {option.keyword.decode(): option.envvar for option in Conninfo.get_defaults()}
    return os.environ | {name.decode(): str(given[key]) for key, name in names.items() if name and key in given}


def _run(program: str, *options: str | Path, env: dict[str, str] | None = None, given: bytes | None = None) -> bytes:
    """Run a program of PostgreSQL with `given` as its input, and return its output."""
    try:
        return subprocess.run([program, *options], env=env, input=given, check=True, capture_output=True).stdout  # noqa: S603 - ours
    except FileNotFoundError as error:
        raise CommandError(f"{program} is not here. On Debian or Ubuntu: apt-get install postgresql-client") from error
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{program}: {error.stderr.decode(errors='replace').strip()}") from error
