"""An open list polls the number of new requests. Polling does not keep a session alive."""

import html
import re

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session

from tests.conftest import PatientClient
from tests.reading import text_of
from tests.unit.conftest import make_request
from tests.unit.desk.test_requests import LIST, hours_ago, page_of, post
from tests.unit.desk.test_unsaved import leave
from triage.booking import actions
from triage.booking.models import AuditEvent, Status
from triage.desk.sign_in import GIVEN_PASSWORD

pytestmark = pytest.mark.django_db
ASK = LIST + "new/"


def question(client, query: str = "") -> str:
    """The address that the list polls."""
    return html.unescape(re.search(r'id="new" [^>]*data-ask="([^"]*)"', client.get(LIST + query).content.decode())[1])


def test_it_counts_what_came_since_as_the_filters_let_it_through(staff_client, staff_user, answers):
    make_request()
    ask = {
        query: question(staff_client, query)
        for query in ("", "?language=es&p=2", "?location=one", "?status=closed", "?level=1&assigned=none", "?due=now")
    }
    spanish = make_request(language="es", now=hours_ago(0.1))
    make_request(location="", shared=answers, now=hours_ago(0.1))
    make_request(now=hours_ago(500))  # stored by a replica with a slow clock
    assert [staff_client.get(each).content for each in ask.values()] == [b"3", b"1", b"2", b"0", b"1", b"1"]
    actions.change_status(request=spanish, to=Status.CLOSED, by=staff_user)
    assert [staff_client.get(each).content for each in ask.values()] == [b"2", b"0", b"1", b"1", b"1", b"1"]
    page = staff_client.get(LIST + "?language=es&p=1").content.decode()
    assert '<a href="?language=es" hidden></a>' in page


def test_a_search_and_a_single_request_are_no_queue(staff_client):
    stored = make_request()
    for page in (staff_client.search(LIST, "Rosa"), staff_client.get(f"{LIST}?status=all&number={stored.number}")):
        assert stored.number[:3] in text_of(page)
        assert "data-ask" not in page.content.decode()


def test_it_does_not_keep_the_session_alive(staff_client):
    ask = question(staff_client)
    session = staff_client.session
    session["seen_at"] = session["signed_in_at"] - 600
    session.save()
    before = list(Session.objects.values())
    answer = staff_client.get(ask)
    assert answer.content == b"0"
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.cookies
    assert list(Session.objects.values()) == before
    assert not AuditEvent.objects.filter(by__isnull=False).exists(), "and no view"


def test_it_redirects_after_the_session_and_forms_are_kept(staff_client, staff_user):
    ask, stored = question(staff_client), make_request()
    leave(staff_client)
    before = list(Session.objects.values())
    for client in (staff_client, PatientClient()):
        answer = client.get(ask)
        assert answer.status_code == 302
        assert not answer.cookies
    assert list(Session.objects.values()) == before
    post(staff_client, stored, text="Typed")
    staff_client.force_login(staff_user)
    assert staff_client.get(ask).content == b"1", "not what was kept"
    assert "Typed" in text_of(staff_client.get(page_of(stored)))


def test_only_who_may_see_requests_is_told(client, staff_client):
    session = staff_client.session
    session[GIVEN_PASSWORD] = True
    session.save()
    assert staff_client.get(f"{ASK}?after=0").headers["Location"] == "/admin/password_change/", "that comes first"
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    assert client.get(f"{ASK}?after=0").status_code == 403


@pytest.mark.parametrize("query", ["", "after=", "after=x", "after=-1", f"after={10**30}", "after=%00"])
def test_an_invalid_key_is_refused(staff_client, query):
    assert staff_client.get(f"{ASK}?{query}").status_code == 400


def test_it_costs_one_query_besides_the_sign_in(staff_client, django_assert_num_queries):
    ask = question(staff_client, "?status=new&language=es&level=1&due=overdue")
    for _ in range(3):
        make_request()
    with django_assert_num_queries(4) as queries:  # the session, the person and their role
        staff_client.get(ask)
    assert "LIMIT" in queries.captured_queries[-1]["sql"]
