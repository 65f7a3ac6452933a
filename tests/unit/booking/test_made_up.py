"""Made-up requests in any number: of all kinds, plainly made up, and the same ones when they are made again."""

import datetime as dt
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from triage.booking import retention
from triage.booking.fields import as_rfc3966
from triage.booking.models import (
    NUMBER_ALPHABET,
    AuditEvent,
    BookingRequest,
    Contact,
    Language,
    Notice,
    ReachBy,
    StaffNote,
    Status,
)
from triage.desk.demo_accounts import DEMO_FRONT_DESK
from triage.management import made_up

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def seed(count: int, err=None) -> str:
    out = StringIO()
    call_command("seed_demo", count=count, stdout=out, stderr=err or StringIO())
    return out.getvalue()


@pytest.fixture
def made(monkeypatch):
    monkeypatch.setattr(made_up, "BATCH", 300)
    assert "1,000 more added, 0 were there already." in seed(1000)
    return BookingRequest.objects.filter(name__contains="(made up)", email__startswith="made.up.") | (
        BookingRequest.objects.filter(email="")
    )


def test_they_are_of_all_kinds(made):
    assert BookingRequest.objects.count() == 1012
    assert set(made.values_list("status", flat=True)) == set(Status.values)
    assert set(made.values_list("reach_by", flat=True)) == set(ReachBy.values)
    assert set(made.values_list("language", flat=True)) == set(Language.values)
    assert set(made.values_list("shared_level", flat=True)) == {None, 0, 1}
    assert set(made.values_list("location", flat=True)) == {"", "one", "two"}
    assert {request.assigned_to and request.assigned_to.username for request in made} == {None, DEMO_FRONT_DESK}
    contacts = StaffNote.objects.filter(request__in=made).values_list("contact", flat=True)
    assert set(contacts) == {Contact.REACHED, Contact.NO_ANSWER}
    weeks = (timezone.now() - made.order_by("created_at").first().created_at) / dt.timedelta(weeks=1)
    assert 18 < weeks < 20.1


def test_nobody_takes_one_for_real(made):
    for request in BookingRequest.objects.all():
        assert "made up" in request.name
        assert not request.email or request.email.endswith("@example.com")
        assert not request.phone or re.fullmatch(r"tel:\+1-\d{3}-555-01\d\d", request.phone)
        assert not request.note or request.note.startswith("Made up")


def test_each_is_as_the_form_would_have_stored_it(made):
    """They go past the models, and must still be what the models promise."""
    for request in made:
        empty = {field.name for field in request._meta.fields if getattr(request, field.name) in (None, [])}
        request.clean_fields(exclude=empty)
        assert set(request.number) <= set(NUMBER_ALPHABET)
        assert not request.phone or as_rfc3966(request.phone) == request.phone
        times = [request.created_at, request.first_contact_at, request.status_changed_at, timezone.now()]
        assert sorted(filter(None, times)) == list(filter(None, times))
        for note in request.notes.all():
            assert request.created_at <= note.created_at <= timezone.now()


def test_nobody_is_told_of_them_and_none_is_erased_at_once(made):
    assert not Notice.objects.filter(sent_at=None).exists()
    assert not Notice.objects.filter(request__in=made).exists()
    assert not AuditEvent.objects.filter(number__in=made.values("number")).exists()
    assert not retention.old_requests().exists()


def test_made_again_they_are_the_same_and_more_come_after_them(made):
    before = set(BookingRequest.objects.values_list("number", "name"))
    assert "0 more added, 1,000 were there already." in seed(1000)
    assert "100 more added, 1,000 were there already." in seed(1100)
    assert before < set(BookingRequest.objects.values_list("number", "name"))


def test_an_archive_is_older_and_closed(made):
    out = StringIO()
    call_command("seed_demo", count=1000, archived=300, stdout=out, stderr=StringIO())
    assert "300 more added, 1,000 were there already." in out.getvalue()
    archive = BookingRequest.objects.filter(created_at__lt=timezone.now() - dt.timedelta(days=made_up.DAYS_BACK))
    assert archive.count() == 300
    assert set(archive.values_list("status", flat=True)) == {Status.CLOSED}
    assert not retention.old_requests().exists()


def test_a_bar_shows_how_far_it_is_on_a_terminal_only(monkeypatch):
    monkeypatch.setattr(made_up, "BATCH", 50)
    terminal, log = Terminal(), StringIO()
    seed(100, terminal)
    assert f"[{'#' * 15}{'.' * 15}]  50 %  50 of 100" in terminal.getvalue()
    assert terminal.getvalue().endswith(f"[{'#' * 30}] 100 %  100 of 100\n")
    seed(200, log)
    assert log.getvalue() == ""
