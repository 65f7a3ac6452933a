"""Copies of the whole database, and the way back. The site may run meanwhile."""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone


class BackupError(Exception):
    """Why there is no copy, or no way back from one. A sentence for whoever runs the command."""


def back_up(target: Path) -> None:
    """Writes a copy of the database, as it was at one moment, to `target`: readable by its owner only, and checked.

    Raises BackupError if `target` is there already, or if the copy cannot be made. Then nothing is left behind.
    """
    if target.exists():
        raise BackupError(f"{target} is there already. Choose another name.")
    with _draft_of(target) as draft:
        if connection.vendor == "sqlite":
            _copy(_sqlite_file(), draft)
            # One file and no second one beside it: a copy that travels alone.
            with closing(sqlite3.connect(draft)) as copy:
                copy.execute("PRAGMA journal_mode=DELETE")
            _ensure_whole(draft)
        else:
            _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")


def back_up_today(folder: Path, *, keep: int = 14) -> Path:
    """Writes a copy that bears the time in its name into `folder`, and removes all but the newest `keep` of these.

    Returns its path. Raises BackupError as back_up does; then no older copy is removed.
    """
    if not folder.is_dir():
        raise BackupError(f"{folder} is not there. Make the folder, and let the site write into it.")
    target = folder / f"back-spasm-{timezone.now():%Y-%m-%d-%H%M%S}.copy"
    back_up(target)
    for old in copies_in(folder)[:-keep]:
        old.unlink()
    return target


def copies_in(folder: Path) -> list[Path]:
    """The copies that back_up_today wrote there, the newest last."""
    return sorted(folder.glob("back-spasm-*.copy"))


def restore(source: Path, *, overwrite: bool = False) -> None:
    """Makes the database what it was when `source` was written.

    Raises BackupError if `source` is no whole copy, or if the database holds anything and `overwrite` is not asked
    for. Then the database is as it was.
    """
    if not source.is_file():
        raise BackupError(f"{source} is not there.")
    if connection.vendor == "sqlite":
        _ensure_whole(source)
        _sqlite_file().parent.mkdir(parents=True, exist_ok=True)
        _sqlite_file().touch(0o600)
    else:
        try:
            _run("pg_restore", "--list", source)
        except BackupError as error:
            raise BackupError(f"{source} is no copy of this site's database. {error}") from error
    if connection.introspection.table_names() and not overwrite:
        raise BackupError("The database is not empty. With --overwrite all that is in it is replaced.")
    connection.close()
    if connection.vendor == "sqlite":
        _copy(source, _sqlite_file())
    else:
        one_or_none = ("--single-transaction", "--exit-on-error")
        _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", *one_or_none, "--dbname=", source)


@contextmanager
def _draft_of(target: Path) -> Iterator[Path]:
    """A file beside `target` that takes its name when all went well."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")  # with mode 0600
    os.close(handle)
    try:
        yield Path(name)
        Path(name).rename(target)
    finally:
        Path(name).unlink(missing_ok=True)


def _sqlite_file() -> Path:
    return Path(settings.DATABASES["default"]["NAME"])


def _copy(source: Path, target: Path) -> None:
    """Page by page by SQLite itself, which sees to it that all are of one moment."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target, timeout=30)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise BackupError(f"SQLite could not copy {source}: {error}") from error


def _ensure_whole(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            faults = copy.execute("PRAGMA integrity_check").fetchall()
            ours = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'triage_bookingrequest'").fetchall()
    except sqlite3.Error:
        faults, ours = [], []
    if faults != [("ok",)] or not ours:
        raise BackupError(f"{file} is no copy of this site's database, or a broken one.")


def _run(program: str, *arguments: str | Path) -> None:
    """Runs PostgreSQL's own program. Where and who stands in its environment, which no other user can read."""
    known = connection.get_connection_params()
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
    env = os.environ | {name: str(known[key]) for name, key in names.items() if known.get(key)}
    env.pop("PGOPTIONS", None)
    arguments = tuple(f"--dbname={known['dbname']}" if each == "--dbname=" else each for each in arguments)
    try:
        subprocess.run([program, *arguments], env=env, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    except FileNotFoundError as error:
        raise BackupError(f"{program} is not here. On Debian or Ubuntu: apt-get install postgresql-client") from error
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{program}: {error.stderr.strip()}") from error
