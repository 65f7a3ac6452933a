import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from triage.booking.models import NUMBER_ALPHABET, BookingRequest, Status


def test_a_number_has_six_signs_that_nobody_mixes_up(send):
    numbers = [send().number for _ in range(50)]
    assert all(len(number) == 6 for number in numbers)
    assert not set(NUMBER_ALPHABET) & set("0O1IL5S8B")
    assert set("".join(numbers)) <= set(NUMBER_ALPHABET)
    assert len(set(numbers)) == 50


def assert_refused(stored, name, **changed):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BookingRequest.objects.filter(pk=stored.pk).update(**changed)


def test_the_database_refuses_a_request_nobody_can_answer(send):
    stored = send()
    assert_refused(stored, "reachable", phone="")
    assert_refused(stored, "reachable", reach_by="email", email="")
    assert_refused(stored, "reachable", reach_by="text", phone="")
    assert_refused(stored, "reachable", reach_by="fax")


def test_the_database_keeps_who_and_when_together(send, staff_user):
    stored = send()
    assert_refused(stored, "who_and_when", status=Status.CONTACTED)
    assert_refused(stored, "who_and_when", status=Status.CONTACTED, status_changed_at="2026-11-16T12:00Z")
    assert_refused(stored, "who_and_when", status_changed_by=staff_user)
    assert_refused(
        stored, "who_and_when", status="lost", status_changed_at="2026-11-16T12:00Z", status_changed_by=staff_user
    )


def test_the_database_keeps_shared_answers_level_and_version_together(send, answers):
    stored = send(shared=answers)
    assert_refused(stored, "whole", shared_level=None)
    assert_refused(stored, "whole", shared_level=9)
    assert_refused(stored, "whole", rules_version="")
    assert_refused(send(), "whole", shared_level=1)


def test_no_migration_is_missing(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
