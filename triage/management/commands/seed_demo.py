import datetime as dt
import uuid
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from triage.booking import actions
from triage.booking.models import BookingRequest, ClosingReason, ForWhom, Language, PartOfDay, ReachBy, Status
from triage.clinical.answers import SymptomAnswers
from triage.desk.demo_accounts import DEMO_FRONT_DESK, make_demo_accounts
from triage.environment import LOOPBACK_NAMES

AT_HOME = {
    "signs": "none",
    "duration": "days_0_6",
    "start": "everyday",
    "spread": "only_back",
    "notice": "none",
    "age": 36,
    "pregnancy": "no",
    "health": "none",
}
TO_A_DOCTOR = AT_HOME | {"duration": "weeks_2_or_not_sure", "start": "injury_or_not_sure"}
TO_A_DOCTOR |= {"spread": ["leg_or_tingling"]}

# Hours since it was sent; fields that differ from `make`; status; note of the staff. visit_in: days until the visit.
# call_in: hours until the next call.
REQUESTS: tuple[tuple[float, dict[str, Any], Status, str], ...] = (
    (0.3, {}, Status.NEW, ""),
    (2, {"shared": TO_A_DOCTOR, "preferred_days": ["monday", "thursday"]}, Status.NEW, ""),
    (5, {"reach_by": ReachBy.EMAIL, "phone": ""}, Status.NEW, ""),
    (20, {"language": Language.ES, "note": "Made up: an interpreter would help."}, Status.NEW, ""),
    (26, {"shared": AT_HOME, "for_whom": ForWhom.CHILD, "call_in": 0}, Status.NEW, "Made up: no answer."),
    (
        50,
        {"reach_by": ReachBy.TEXT, "good_time": PartOfDay.AFTERNOON, "call_in": 2},
        Status.CONTACTED,
        "Made up: line busy.",
    ),
    (74, {"shared": TO_A_DOCTOR, "call_in": 0}, Status.CONTACTED, "Made up: will call back about the day."),
    (100, {"for_whom": ForWhom.OTHER, "part_of_day": PartOfDay.MORNING, "visit_in": 0}, Status.SCHEDULED, ""),
    (150, {"shared": TO_A_DOCTOR, "note": "Made up: step-free access, please.", "visit_in": 3}, Status.SCHEDULED, ""),
    (200, {"language": Language.ES}, Status.CLOSED, "Made up: found help closer to home."),
    (300, {"reach_by": ReachBy.EMAIL}, Status.CLOSED, ""),
    (400, {"note": "Made up: BUY CHEAP WATCHES"}, Status.SPAM, ""),
)


class Command(BaseCommand):
    help = "Makes plainly made-up requests and staff accounts that work on this machine alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, default=len(REQUESTS), help="how many; up to a few hundred")

    def handle(self, *args: Any, count: int, **options: Any) -> None:
        if urlsplit(settings.SITE_URL).hostname not in LOOPBACK_NAMES:
            raise CommandError("Made-up requests are for a site on this machine. SITE_URL names a public one.")
        how_to_sign_in = make_demo_accounts()
        user = get_user_model().objects.get(username=DEMO_FRONT_DESK)

        there = BookingRequest.objects.count()
        for number, row in islice(enumerate(cycle(REQUESTS), 1), there, count):
            self.make(number, user, *row)
        self.stdout.write(f"{max(0, count - there)} made-up requests added, {there} were there already.")
        self.stdout.write(f"Staff side: {settings.SITE_URL}/admin/")
        self.stdout.writelines(f"{line}\n" for line in how_to_sign_in)

    def make(
        self, number: int, user: Any, hours_ago: float, differs: dict[str, Any], status: Status, note: str
    ) -> None:
        fields: dict[str, Any] = {
            "request_key": uuid.uuid4(),
            "for_whom": ForWhom.ME,
            "name": f"Test Patient {number} (made up)",
            "phone": f"tel:+1-212-555-01{number % 100:02}",
            "email": f"test.patient.{number}@example.com",
            "reach_by": ReachBy.CALL,
            "good_time": PartOfDay.ANY,
            "part_of_day": PartOfDay.ANY,
            "location": settings.CLINIC.locations[number % len(settings.CLINIC.locations)].code,
            "language": Language.EN,
        } | differs
        shared, visit_in, call_in = (fields.pop(name, None) for name in ("shared", "visit_in", "call_in"))
        now = timezone.now()
        stored = actions.submit_booking_request(
            request=BookingRequest(**fields),
            shared=shared and SymptomAnswers.from_dict(shared),
            now=now - dt.timedelta(hours=hours_ago + number),
        )
        stored.notices.update(sent_at=stored.created_at, tries=1)  # nobody is to be told of them
        if status is not Status.NEW:
            three_pm = dt.datetime.combine(timezone.localdate(now), dt.time(15), settings.CLINIC.zone)
            actions.change_status(
                request=stored,
                to=status,
                by=user,
                reason=ClosingReason.ELSEWHERE if status is Status.CLOSED else "",
                visit_at=None if visit_in is None else three_pm + dt.timedelta(days=visit_in),
                visit_location=stored.location,
            )
        if note:
            call_at = None if call_in is None else now + dt.timedelta(hours=call_in)
            actions.add_note(request=stored, by=user, text=note, call_at=call_at)
