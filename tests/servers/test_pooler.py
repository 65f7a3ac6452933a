"""The site behind PgBouncer, where each transaction may use another session of the database."""

import os
import re
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command

from tests.once import ROOT
from tests.postgres import free_port
from tests.served import Served, wait_until
from tests.servers.conftest import PGBOUNCER, on_database

CONFIGURATION = """
[databases]
pooled = host=127.0.0.1 port={server} user=clinic
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
{told}
"""


@pytest.fixture(scope="module")
def pooler(postgres, tmp_path_factory) -> Iterator[str]:
    """The URL of a database behind the pooler."""
    folder, port = tmp_path_factory.mktemp("pooler"), free_port()
    told = re.search(r"`(server_login_retry = \d+)`", (ROOT / "docs/deployment.md").read_text("utf-8"))[1]
    (folder / "pgbouncer.ini").write_text(CONFIGURATION.format(server=postgres.port, port=port, told=told))
    postgres.create("pooled", has_tables=True)
    command = [PGBOUNCER, *(["-u", "nobody"] if os.geteuid() == 0 else []), "pgbouncer.ini"]
    running = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    url = f"postgres://clinic@127.0.0.1:{port}/pooled"
    wait_until(lambda: running.poll() is not None or answers(url))
    yield url
    running.terminate()
    running.wait(60)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def served(pooler, tmp_path_factory) -> Iterator[Served]:
    site = Served(tmp_path_factory.mktemp("site"), f"{pooler}?DISABLE_SERVER_SIDE_CURSORS=true", WEB_CONCURRENCY="1")
    site.start()
    yield site
    site.kill_all()


def test_requests_are_stored_and_a_locked_table_ends_in_a_page_that_says_so(served, postgres):
    url = postgres.url("pooled")
    assert served.visitor().book("Rosa Diaz").status == 302
    assert "done   migrations" in served.fails("doctor")
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE triage_bookingrequest")
        answer = served.visitor("198.51.100.8").book("Ana Diaz")
        assert (answer.status, answer.seconds < 6) == (503, True)
    assert served.visitor("198.51.100.9").book("Eva Diaz").status == 302
    with psycopg.connect(url) as database:
        found = database.execute("SELECT name FROM triage_bookingrequest ORDER BY 1").fetchall()
        assert found == [("Eva Diaz",), ("Rosa Diaz",)]


def test_the_database_is_in_use_again_as_soon_as_it_is_back(served, postgres):
    postgres.stop()
    assert served.visitor().get("/readyz").status == 503
    postgres.start()
    # By default PgBouncer would try again after 15 seconds.
    wait_until(lambda: served.visitor().get("/readyz").status == 200, seconds=10)


def test_what_cannot_be_had_is_named(served, pooler, tmp_path):
    said = served.fails("doctor", DATABASE_URL=pooler)
    assert "unsupported startup parameter" in said
    assert "DATABASE_URL needs ?DISABLE_SERVER_SIDE_CURSORS=true at its end." in said
    assert "The database says: " in (said := served.fails("migrate", DATABASE_URL=pooler))
    assert "unsupported startup parameter" in said
    # pg_dump would change the search_path of a session that a page uses next.
    refused = pytest.raises(CommandError, match="address of the server itself")
    with on_database(served.env["DATABASE_URL"]), refused:
        call_command("back_up", str(tmp_path / "copy"))
