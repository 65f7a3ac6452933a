"""Fill a site's database with many made-up requests: `python -m tests.bench.made_up OPEN CLOSED`, in its environment.

OPEN requests are of the last 20 weeks, in every status. CLOSED ones are of the 5 weeks before that. Call it again to
add more. They are not made by the actions, so they have no notices and no lines in the audit trail.
"""

import datetime as dt
import random
import sys
import uuid
from itertools import islice, product

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402 - settings first
from django.utils import timezone  # noqa: E402

from tests.unit.clinical.scenarios import PLAIN_SPASM  # noqa: E402
from triage.booking.actions import share_answers  # noqa: E402
from triage.booking.models import (  # noqa: E402
    NUMBER_ALPHABET,
    NUMBER_LENGTH,
    BookingRequest,
    Contact,
    Language,
    ReachBy,
    StaffNote,
    Status,
)
from triage.clinical.answers import SymptomAnswers  # noqa: E402
from triage.text import fold  # noqa: E402

BATCH = 1000
ANSWERS = (None, PLAIN_SPASM, PLAIN_SPASM | {"duration": "weeks_2_or_not_sure"})
# How often each status occurs in the first two days, and later.
NEW_WEIGHTS, OLD_WEIGHTS = (60, 25, 10, 3, 2), (1, 4, 18, 75, 2)
AREA_CODES = [code for code in range(201, 990) if code % 100 != 11]


def make_request(place: int, number: str, days: float, status: str | None, user: User) -> BookingRequest:
    """An unsaved request. days: its age. status: None for any."""
    now, is_new = timezone.now(), days < 2
    status = status or random.choices(Status.values, NEW_WEIGHTS if is_new else OLD_WEIGHTS)[0]
    sent = now - dt.timedelta(days=days)
    moved = sent + (now - sent) * random.random() * min(1, 3 / days)
    reach_by = random.choice(ReachBy.values)
    made = BookingRequest(
        number=number,
        request_key=uuid.uuid4(),
        created_at=sent,
        consented_at=sent,
        status=status,
        status_changed_at=None if status == Status.NEW else moved,
        status_changed_by=None if status == Status.NEW else user,
        first_contact_at=None if status in (Status.NEW, Status.SPAM) else moved,
        assigned_to=user if random.random() < 0.2 else None,
        for_whom="me",
        name=f"Test Patient {place:,} (made up)",
        folded_name=fold(f"Test Patient {place:,} (made up)"),
        phone=f"tel:+1-{random.choice(AREA_CODES)}-555-01{random.randrange(100):02}",
        email=f"made.up.{place}@example.com" if reach_by == ReachBy.EMAIL else "",
        mailbox=f"made.up.{place}@example.com" if reach_by == ReachBy.EMAIL else "",
        reach_by=reach_by,
        good_time="any",
        part_of_day="any",
        language=random.choice(Language.values),
    )
    if answers := random.choice(ANSWERS):
        share_answers(made, SymptomAnswers.from_dict(answers))
    return made


def fill(fresh: int, closed: int) -> None:
    """Store requests by their age, the oldest first."""
    user, _ = User.objects.get_or_create(username="made-up", is_staff=True)
    before = BookingRequest.objects.count()
    numbers = map("".join, islice(product(NUMBER_ALPHABET, repeat=NUMBER_LENGTH), before, None))
    ages = [(140 + 35 * left / closed, Status.CLOSED) for left in range(closed, 0, -1)]
    ages += [(140 * left / fresh, None) for left in range(fresh, 0, -1)]
    for first in range(0, len(ages), BATCH):
        made = [
            make_request(before + first + place, next(numbers), days, status, user)
            for place, (days, status) in enumerate(ages[first : first + BATCH])
        ]
        BookingRequest.objects.bulk_create(made)
        StaffNote.objects.bulk_create(
            StaffNote(request=each, author=user, contact=Contact.REACHED, text="Made up.")
            for each in made
            if each.first_contact_at
        )


if __name__ == "__main__":
    fill(int(sys.argv[1]), int(sys.argv[2]))
