"""Made-up requests in any number, to see how the site does with as many as a clinic gets in years."""

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, models, reset_queries, transaction
from django.utils import timezone

from triage.booking.actions import shared_fields
from triage.booking.models import (
    NUMBER_ALPHABET,
    NUMBER_LENGTH,
    BookingRequest,
    Contact,
    ForWhom,
    Language,
    PartOfDay,
    ReachBy,
    StaffNote,
    Status,
    Weekday,
)
from triage.clinical.answers import SymptomAnswers

BATCH = 10_000
# Shorter than anything is kept, so that none is erased at once.
ARCHIVE_DAYS_BACK, DAYS_BACK, SPAM_DAYS_BACK = 175, 140, 25
ARCHIVE_FROM = 10_000_000  # the place of the first one in the archive
AREAS = [area for area in range(201, 990) if area % 100 != 11]  # none that begins like 911

# How often each status is met in the first two days, and later.
FRESH, LATER = (60, 25, 10, 3, 2), (1, 4, 18, 75, 2)
DAYS = [json.dumps(days) for days in ([], Weekday.values[:1], Weekday.values[2:5])]

Row = dict[str, Any]


def make_requests(count: int, archived: int, user: User, answers: list[Any], on_progress: Callable[[int], None]) -> int:
    """Makes the first `count` of an endless row of made-up requests, less those that are there. Returns how many.

    The last one was sent just now, the first one 20 weeks ago.

    archived: so many besides, from the five weeks before. They are closed.
    user: the one of the staff who worked on them. answers: to choose from, None where nothing was shared.
    on_progress: is told after each batch how many more are behind us.
    None has a notice or a line in the audit trail. All goes by plain SQL: through the models it takes
    several times as long, nearly all of it to look at values that are known to be right.
    """
    made = 0
    rows = chain(
        _rows(range(ARCHIVE_FROM, ARCHIVE_FROM + archived), ARCHIVE_DAYS_BACK, DAYS_BACK, user.pk, answers),
        _rows(range(1, count + 1), DAYS_BACK, 0, user.pk, answers),
    )
    for done in range(0, archived + count, BATCH):
        batch = {row["number"]: row for row in islice(rows, BATCH)}
        with transaction.atomic():
            for number, _pk in _stored(batch):
                del batch[number]
            _insert(BookingRequest, list(batch.values()))
            _insert(StaffNote, [note for number, pk in _stored(batch) if (note := _note(pk, batch[number]))])
        made += len(batch)
        on_progress(min(BATCH, archived + count - done))
        reset_queries()  # with DEBUG, Django would keep them
    return made


def _stored(batch: dict[str, Row]) -> list[tuple[str, int]]:
    return list(BookingRequest.objects.filter(number__in=batch).values_list("number", "pk"))


def _insert(model: type[models.Model], rows: list[Row]) -> None:
    if rows:
        quoted = connection.ops.quote_name
        into = f"{quoted(model._meta.db_table)} ({', '.join(map(quoted, rows[0]))})"
        with connection.cursor() as cursor:
            values = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {into} VALUES ({values})", [tuple(row.values()) for row in rows])  # noqa: S608 - names of our own columns


def _rows(places: range, oldest: float, newest: float, user: int, answers: list[Any]) -> Iterator[Row]:
    """In the order of their times: a million in any order would take several times as long to write.

    oldest, newest: their ages in days, from the first place to the last.
    """
    dice, now = random.Random(0), timezone.now()  # noqa: S311 - no secret
    shared = [shared_fields(each and SymptomAnswers.from_dict(each)) for each in answers]
    for fields in shared:
        fields["shared_answers"] = fields["shared_answers"] and json.dumps(fields["shared_answers"])
    locations = ["", *(each.code for each in settings.CLINIC.locations)]
    as_stored = connection.ops.adapt_datetimefield_value
    one, some = dice.choice, dice.random
    statuses, for_whom, reaches, parts, languages = (
        each.values for each in (Status, ForWhom, ReachBy, PartOfDay, Language)
    )
    for behind, place in zip(reversed(range(len(places))), places, strict=True):
        age = newest + (oldest - newest) * (behind + some()) / len(places)
        (status,) = dice.choices(statuses, FRESH if age < 2 else LATER)
        if age > DAYS_BACK or (status == Status.SPAM and age > SPAM_DAYS_BACK):
            status = Status.CLOSED
        asked = now - dt.timedelta(days=age)
        heard = asked + dt.timedelta(days=min(age, 2) * some() ** 2)
        moved = heard + (now - heard) * some() * min(1, 3 / age)
        is_moved, is_heard = status != Status.NEW, status not in (Status.NEW, Status.SPAM)
        area, reach_by = one(AREAS), one(reaches)
        yield {
            "number": _number(place),
            "request_key": f"{place:032x}",
            "created_at": as_stored(asked),
            "updated_at": as_stored(moved if is_moved else asked),
            "consented_at": as_stored(asked),
            "status": status,
            "status_changed_at": as_stored(moved) if is_moved else None,
            "status_changed_by_id": user if is_moved else None,
            "version": 1 + is_moved,
            "assigned_to_id": user if some() < 0.2 else None,
            "first_contact_at": as_stored(heard) if is_heard else None,
            "for_whom": one(for_whom),
            "name": f"Test Patient {place:,} (made up)",
            "phone": f"tel:+1-{area}-555-01{dice.randrange(100):02}"
            if reach_by != ReachBy.EMAIL or some() < 0.5
            else "",
            "email": f"made.up.{place}@example.com" if reach_by == ReachBy.EMAIL or some() < 0.5 else "",
            "reach_by": reach_by,
            "good_time": one(parts),
            "preferred_days": one(DAYS),
            "part_of_day": one(parts),
            "location": one(locations),
            "language": one(languages),
            "note": "" if some() < 0.9 else "Made up: an interpreter would help.",
            **one(shared),
        }


def _note(pk: int, row: Row) -> Row | None:
    """Who has heard from us was reached; of the others some were not."""
    when, contact = row["first_contact_at"], Contact.REACHED
    if not when:
        if pk % 4:
            return None
        when, contact = row["updated_at"], Contact.NO_ANSWER
    author = row["status_changed_by_id"] or row["assigned_to_id"]
    return author and {
        "request_id": pk,
        "author_id": author,
        "contact": contact.value,
        "text": "Made up.",
        "created_at": when,
    }


def _number(place: int) -> str:
    """A different one for each place, in no order that shows."""
    left, letters = place * 77_777_777 % len(NUMBER_ALPHABET) ** NUMBER_LENGTH, ""
    for _ in range(NUMBER_LENGTH):
        left, letter = divmod(left, len(NUMBER_ALPHABET))
        letters += NUMBER_ALPHABET[letter]
    return letters
