"""A temporary PostgreSQL server for a run of the tests, started from the installed programs."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import psutil
import psycopg

from tests.once import manage

DEBIAN = Path("/usr/lib/postgresql")
NOT_HERE = (
    "PostgreSQL is not on this machine: the tests on it are left out."
    " On Debian or Ubuntu: apt-get install postgresql (or: POSTGRES_BIN=/folder/with/initdb make test)"
)


def find_programs() -> Path | None:
    """The folder that holds initdb, postgres and pg_ctl, the newest first; None if there is none."""
    found = [Path(os.environ.get("POSTGRES_BIN", "/nonexistent"))]
    found += sorted(DEBIAN.glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    return next((folder for folder in found if all((folder / name).exists() for name in ("initdb", "pg_ctl"))), None)


DATABASES = ["sqlite", "postgres"] if find_programs() else ["sqlite"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """A PostgreSQL server on a loopback port, with temporary files."""

    def __init__(self, programs: Path, ready: Path | None = None) -> None:
        """ready: the folder that `make_tables` filled."""
        self.programs, self.port = programs, free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="backspasm-postgres-"))
        self.as_user: dict = {}
        if os.geteuid() == 0:  # which PostgreSQL refuses
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self.as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        if ready:
            subprocess.run(["cp", "-a", ready / "data", self.folder], check=True)  # with its owner
        else:
            made_of = ("-A", "trust", "-U", "clinic", "-E", "UTF8", "--locale=C", "--no-sync")
            self._run("initdb", *made_of, "-D", str(self.folder / "data"))

    def url(self, name: str = "postgres") -> str:
        return f"postgres://clinic@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, has_tables: bool = False) -> str:
        """A new database, empty or, of a server that is made of `ready`, with all tables; its URL."""
        with psycopg.connect(self.url(), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}" + " TEMPLATE tables" * has_tables)
        return self.url(name)

    def start(self) -> None:
        # Without fsync it restarts quickly after it was killed. Only a crash of the machine would lose data.
        options = f"-c listen_addresses=127.0.0.1 -c fsync=off -p {self.port} -k {self.folder}"
        self._control("start", "-o", options, "-l", str(self.folder / "log"))

    def stop(self, mode: str = "immediate") -> None:
        """immediate: like a power cut."""
        self._control("stop", "-m", mode)

    def pause(self, is_paused: bool) -> None:
        """Pause the server: it accepts connections and queries, but does not answer."""
        first = psutil.Process(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]))
        for process in (first, *first.children()):
            process.send_signal(signal.SIGSTOP if is_paused else signal.SIGCONT)

    def throw_away(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-w", "-D", str(self.folder / "data"), *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.as_user,
        )


def make_tables(programs: Path, folder: Path) -> None:
    """Fill the folder with the files of a server that has a database with all tables."""
    made = Postgres(programs)
    try:
        made.start()
        manage("migrate", DATABASE_URL=made.create("tables"))
        made.stop("fast")
        shutil.move(made.folder / "data", folder)
    finally:
        made.throw_away()
