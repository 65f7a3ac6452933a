from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from triage.booking.models import NUMBER_ALPHABET, BookingRequest, Status


def test_a_number_has_six_signs_that_nobody_mixes_up(send):
    numbers = [send().number for _ in range(50)]
    assert all(len(number) == 6 for number in numbers)
    assert not set(NUMBER_ALPHABET) & set("0O1IL5S8B")
    assert set("".join(numbers)) <= set(NUMBER_ALPHABET)
    assert len(set(numbers)) == 50


NOON = "2026-11-16T12:00Z"


@pytest.mark.parametrize(
    ("constraint", "changed"),
    [
        ("reachable", {"phone": ""}),
        ("reachable", {"reach_by": "email", "email": ""}),
        ("reachable", {"reach_by": "text", "phone": ""}),
        ("reachable", {"reach_by": "fax"}),
        ("who_and_when", {"status": Status.CONTACTED}),
        ("who_and_when", {"status": Status.CONTACTED, "status_changed_at": NOON}),
        ("who_and_when", {"status_changed_by": 1}),
        ("who_and_when", {"status": "lost", "status_changed_at": NOON, "status_changed_by": 1}),
        ("whole", {"shared_level": None}),
        ("whole", {"shared_level": 9}),
        ("whole", {"rules_version": ""}),
        ("whole", {"shared_answers": None}),
    ],
)
def test_the_database_refuses_half_of_what_belongs_together(send, answers, constraint, changed):
    send(shared=answers)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        BookingRequest.objects.update(**changed)


def test_what_was_stored_before_is_folded_too(send):
    stored = send(changed={"email": "rosa@gmail.com"})
    BookingRequest.objects.update(name="José\u200b Núñez", folded_name="", email="Ro\u200bsa+x@GMAIL.com", mailbox="")
    migration = import_module("triage.migrations.0010_fold_stored_text")
    migration.fold_stored(apps, SimpleNamespace(connection=connection))
    stored.refresh_from_db()
    assert (stored.folded_name, stored.email, stored.mailbox) == ("jose nunez", "Rosa+x@gmail.com", "rosa@gmail.com")


def test_no_migration_is_missing(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
