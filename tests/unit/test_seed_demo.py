"""The made-up requests of a machine where someone looks at the site: of all kinds, and plainly made up."""

import re
from io import StringIO

import pytest
from django.core.management import call_command

from triage.booking import retention
from triage.booking.models import BookingRequest, Language, Notice, ReachBy, StaffNote, Status

pytestmark = pytest.mark.django_db


def seed(**options) -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def test_a_dozen_of_all_kinds_which_stay_when_made_again():
    assert "12 made-up requests added, 0 were there already." in seed()
    made = BookingRequest.objects.all()
    assert set(made.values_list("status", flat=True)) == set(Status.values)
    assert set(made.values_list("reach_by", flat=True)) == set(ReachBy.values)
    assert set(made.values_list("language", flat=True)) == set(Language.values)
    assert set(made.values_list("shared_level", flat=True)) == {None, 0, 1}
    assert StaffNote.objects.exists()
    before = set(made.values_list("number", "name"))
    assert "0 made-up requests added, 12 were there already." in seed()
    assert "8 made-up requests added, 12 were there already." in seed(count=20)
    assert before < set(BookingRequest.objects.values_list("number", "name"))


def test_nobody_takes_one_for_real_is_told_of_it_or_sees_it_erased_at_once():
    seed(count=110)
    for request in BookingRequest.objects.all():
        assert "made up" in request.name
        assert request.email.endswith("@example.com")
        assert not request.phone or re.fullmatch(r"tel:\+1-212-555-01\d\d", request.phone)
        assert not request.note or request.note.startswith("Made up")
    assert not Notice.objects.filter(sent_at=None).exists()
    assert not retention.old_requests().exists()
