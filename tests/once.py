"""Files that take long to make and that many tests need: made once for a run, by the process that needs them first."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name`, filled once for the run by `make`. Copy a file before changing it."""
    folder = Path(os.environ["FOLDER_OF_THE_RUN"], name)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder


def manage(*arguments: str, **variables: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=os.environ | variables, check=True, stdout=subprocess.DEVNULL)


def static_files() -> str:
    """The collected static files, for STATIC_DIR."""
    return str(made_once("static", lambda folder: manage("collectstatic", "--noinput", STATIC_DIR=str(folder))))


def sqlite_tables() -> Path:
    """A database with all tables and no request."""
    return made_once("sqlite", lambda folder: manage("migrate", DATA_DIR=str(folder))) / "db.sqlite3"
