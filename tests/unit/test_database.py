"""The number of threads in pages that need the database is limited. The other threads are for advice."""

import itertools
import threading
import time
from contextlib import ExitStack

import pytest
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection

from tests.conftest import PatientClient
from triage import database
from triage.database import database_thread
from triage.desk.sign_in import SEEN_AT


@pytest.fixture
def full(monkeypatch):
    """All threads for database pages are in use."""
    monkeypatch.setattr(database, "_free", threading.BoundedSemaphore(3))
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(database_thread())
        yield


def test_a_thread_too_many_is_refused_at_once(full):
    with pytest.raises(OperationalError), database_thread():
        raise AssertionError("there was no room")


def test_a_thread_is_released_also_after_an_error(monkeypatch):
    monkeypatch.setattr(database, "_free", threading.BoundedSemaphore(1))
    for _ in range(3):
        with pytest.raises(KeyError), database_thread():
            raise KeyError


def test_a_quarter_of_the_threads_is_left_for_advice(settings):
    assert database._free._initial_value <= settings.THREADS * 3 / 4


def test_a_request_without_a_thread_gets_503_and_keeps_its_fields(client, full, fields):
    page = client.post("/book/", fields | {"note": "Step-free"})
    assert page.status_code == 503
    assert "Step-free" in page.content.decode()


@pytest.mark.parametrize(("path", "status"), [("/admin/", 503), ("/admin/sign-in/", 503), ("/readyz", 503), ("/", 200)])
def test_only_database_pages_answer_503(client, full, path, status):
    client.raise_request_exception = False
    assert client.get(path).status_code == status


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/triage/bookingrequest/", "/admin/sign-in/", "/admin/sign-in/code/"]
)
def test_staff_are_told_to_try_again_when_the_database_goes_away(staff_client, error, path):
    """At any moment: before the session is read, while a page is made, while someone signs in."""
    staff_client.raise_request_exception = False

    def fail(execute, sql, params, many, context):
        if next(queries) >= asked:
            raise error("it went away")
        return execute(sql, params, many, context)

    for asked, client in ((0, staff_client), (2, staff_client), (0, PatientClient(raise_request_exception=False))):
        queries = itertools.count()
        with connection.execute_wrapper(fail):
            page = client.post(path, {"login": "anna", "password": "x"})
        if next(queries) > asked:
            assert (page.status_code, page.headers["Retry-After"]) == (503, "60")
            assert "Try again in a few minutes" in page.content.decode()


@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError, 503), (InterfaceError, 503), (InternalError, 503), (DatabaseError, 400)]
)
def test_a_session_that_cannot_be_saved_gets_the_right_status(staff_client, error, status):
    """For all four cases Django raises the same error."""
    staff_client.raise_request_exception = False

    def fail(execute, sql, params, many, context):
        if sql.startswith('UPDATE "django_session"'):
            raise error
        return execute(sql, params, many, context)

    session = staff_client.session
    session[SEEN_AT] = time.time() - 60  # a click after a minute is noted
    session.save()
    with connection.execute_wrapper(fail):
        assert staff_client.get("/admin/").status_code == status


def test_other_errors_are_500_and_not_503(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("triage.desk.sign_in.SignInForm.clean", lambda self: 1 / 0)
    assert client.post("/admin/sign-in/", {"login": "anna", "password": "x"}).status_code == 500
