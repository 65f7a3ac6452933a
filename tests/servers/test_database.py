"""What only separate processes on a real database show, such as many writers and the use of indexes."""

import runpy
import subprocess
from contextlib import closing
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler

from tests.once import ROOT
from tests.servers.conftest import DATABASES, Site, on_database
from tests.typed_searches import NOBODY, PEOPLE
from tests.unit.conftest import make_request
from triage.booking.limits import PER_CLIENT
from triage.booking.models import BookingRequest
from triage.booking.search import matching

# A sent form writes at once. A note first reads and then writes, in one transaction.
READ_THEN_WRITE = """
import uuid
from concurrent.futures import ThreadPoolExecutor
from django.conf import settings
from django.contrib.auth.models import User
if "timeout" in (options := settings.DATABASES["default"]["OPTIONS"]):
    options["timeout"] = 60  # a busy machine is no fault: without IMMEDIATE it fails however long it may wait
from django.utils import timezone
from triage.booking.actions import add_note, submit_booking_request
from triage.booking.limits import PER_CLIENT
from triage.booking.models import BookingRequest
author, _ = User.objects.get_or_create(username="writer")
def send(number):
    for place in range(PER_CLIENT):
        # The first form is the same for all writers, as if its button was pressed as often.
        whose, key = ("same", uuid.UUID(int=7)) if place == 0 else (number, uuid.uuid4())
        asked = BookingRequest(request_key=key, for_whom="me", name="Rosa Diaz", reach_by="email",
            email=f"rosa{place}.{whose}@example.com", good_time="any", part_of_day="any", language="en")
        now, client = timezone.now(), f"198.51.100.{number}"
        stored = submit_booking_request(request=asked, shared=None, now=now, client=client)
        add_note(request=stored, by=author, text="Called")
with ThreadPoolExecutor(4) as writers:
    list(writers.map(send, range(4)))
"""


def run(site: Site, code: str) -> str:
    """The output of a process that must succeed."""
    program = site.program("shell", "--verbosity=0", "--command", code, stderr=subprocess.STDOUT)
    said, _ = program.communicate(timeout=240)
    assert program.returncode == 0, said
    return said


def test_four_writers_that_read_first_all_get_their_turn(site, request):
    assert "locked" not in run(site, READ_THEN_WRITE)
    assert site.sql("SELECT COUNT(*) FROM triage_bookingrequest") == [(1 + 4 * (PER_CLIENT - 1),)]
    assert site.sql("SELECT COUNT(*) FROM triage_notice") == [(2 * (1 + 4 * (PER_CLIENT - 1)),)]
    assert site.sql("SELECT COUNT(*) FROM triage_staffnote") == [(4 * PER_CLIENT,)]
    if site.database_url.startswith("postgres"):  # it logs failed statements with their values
        log = request.getfixturevalue("postgres").folder / "log"
        assert "Rosa Diaz" not in log.read_text()


if "postgres" in DATABASES:  # conftest.py says so if it is not

    @pytest.fixture
    def empty(postgres, tmp_path) -> Site:
        """An empty database, owned by a plain user."""
        with psycopg.connect(postgres.url(), autocommit=True) as database:
            for command in (
                "DROP DATABASE IF EXISTS empty",
                "DROP ROLE IF EXISTS owner",
                "CREATE ROLE owner LOGIN",
                "CREATE DATABASE empty OWNER owner",
            ):
                database.execute(command)
        return Site(tmp_path, postgres.url("empty").replace("clinic@", "owner@"), "")

    def connect(monkeypatch, url: str) -> Any:
        """The connection of a site with this DATABASE_URL, closed at the end."""
        monkeypatch.setenv("DATABASE_URL", url)
        settings = runpy.run_path(str(ROOT / "backspasm_site/settings.py"))
        return closing(ConnectionHandler(settings["DATABASES"])["default"])

    @pytest.mark.parametrize("site", ["postgres"], indirect=True)
    def test_part_of_a_name_is_found_by_an_index_and_each_person_as_on_sqlite(site, django_db_blocker):
        def find(typed: str) -> list[BookingRequest]:
            return list(BookingRequest.objects.filter(matching(typed)))

        with django_db_blocker.unblock(), on_database(site.database_url):
            # The table is empty, so a scan would be cheaper. The test is whether the query can use the index.
            connection.cursor().execute("SET enable_seqscan = off")
            assert "request_name_parts" in BookingRequest.objects.filter(matching("rosal diaz")).order_by().explain()
            for name, phone, email in PEOPLE:
                make_request(name=name, phone=phone, email=email, reach_by="call" if phone else "email")
            for person, searches in PEOPLE.items():
                found = {typed: [(each.name, each.phone, each.email) for each in find(typed)] for typed in searches}
                assert found == dict.fromkeys(searches, [person])
            assert [typed for typed in NOBODY if find(typed)] == []

    def test_without_the_right_to_the_extension_all_works(empty):
        empty.sql("REVOKE CREATE ON DATABASE empty FROM owner")
        ask = "from django.core.management import call_command as call; call('migrate', verbosity=0);"
        ask += "call('migrate', 'triage', '0005', verbosity=0)"
        assert "CREATE EXTENSION pg_trgm" in run(empty, ask)
        assert "0006" not in str(empty.sql("SELECT name FROM django_migrations WHERE app = 'triage'"))

    def test_migrate_gives_up_before_waiting_pages_do(postgres, django_db_blocker):
        """A long read, like that of pg_dump. A waiting ALTER TABLE would block all others."""
        url = postgres.create("read", has_tables=True)
        with psycopg.connect(url) as reader, django_db_blocker.unblock():
            reader.execute("LOCK TABLE triage_bookingrequest IN ACCESS SHARE MODE")
            # So that the thread always ends.
            with on_database(f"{url}?options=-c%20statement_timeout%3D8s"), pytest.raises(OperationalError) as error:
                call_command("migrate", "triage", "zero", verbosity=0)
        assert "lock timeout" in str(error.value)

    def test_the_connection_uses_the_options_of_its_url(empty, monkeypatch, django_db_blocker):
        plain = empty.env["DATABASE_URL"]
        monkeypatch.setenv("DATABASE_SECONDS", "2")
        monkeypatch.setenv("PGOPTIONS", "-c work_mem=5MB")
        told = {
            "application_name=007": ["007", '"$user", public', "5MB", "2s", "2s"],
            "options=-c%20search_path%3Ddesk": ["", "desk", "4MB", "2s", "2s"],
            "options=-c+statement_timeout%3D1s&target_session_attrs=read-write": [
                *("", '"$user", public', "4MB", "1s", "2s")
            ],
        }
        for options, shown in told.items():
            with django_db_blocker.unblock(), connect(monkeypatch, f"{plain}?{options}") as connection:
                names = ("application_name", "search_path", "work_mem", "statement_timeout", "lock_timeout")
                cursor = connection.cursor()
                assert [cursor.execute(f"SHOW {name}").fetchone()[0] for name in names] == shown
            connection.close_pool()

    def test_missing_tls_is_an_error_if_it_was_required(empty, tmp_path, monkeypatch, django_db_blocker):
        url, refused = f"{empty.database_url}?sslmode=require", "server does not support SSL, but SSL was required"
        with django_db_blocker.unblock(), on_database(url):
            with connect(monkeypatch, url) as connection, pytest.raises(OperationalError, match=refused):
                connection.ensure_connection()
            with pytest.raises(CommandError, match=refused):
                call_command("back_up", str(tmp_path / "copy"))
