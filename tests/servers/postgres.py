"""A PostgreSQL of the tests' own: started in a folder of its own, on a free port, and gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.browser.conftest import free_port


def find_programs() -> Path | None:
    """The folder with initdb and pg_ctl, or None: Debian keeps them off the path."""
    found = shutil.which("initdb")
    folders = (
        [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


class Postgres:
    def __init__(self, programs: Path) -> None:
        self.programs, self.folder, self.port = programs, Path(tempfile.mkdtemp(prefix="pg-")), free_port()
        # It refuses to run as root, as which tests run in some containers.
        self.user = None if os.getuid() else "nobody"
        if self.user:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        self.url = f"postgres://tester@127.0.0.1:{self.port}/postgres"
        self.run("initdb", "--auth=trust", "--username=tester", "--encoding=UTF8", "--no-sync", "--pgdata=data")
        self.start()

    def run(self, program: str, *arguments: str) -> None:
        command = [self.programs / program, *arguments]
        with (self.folder / "log").open("a") as log:
            subprocess.run(command, cwd=self.folder, user=self.user, check=True, stdout=log, stderr=log)

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off"
        self.run("pg_ctl", "start", "--wait", "--pgdata=data", "--log=server.log", f"--options={options}")

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "--wait", "--pgdata=data", "--mode=immediate")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)
