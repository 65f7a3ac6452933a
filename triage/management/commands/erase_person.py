"""Erases all that is kept of one person who asks for it."""

from functools import reduce
from operator import or_
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from triage.booking import retention
from triage.booking.models import BookingRequest
from triage.booking.search import of_same_person


class Command(BaseCommand):
    help = (
        "Erases the requests with a request number, phone number or email address, with their notes and notices,"
        " after asking. A phone number without an extension means it with any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="+", help='like K7M4RX, "(212) 555-0142" or name@example.com')
        parser.add_argument("--yes", action="store_true", help="erase without asking")

    def handle(self, *args: Any, what: list[str], yes: bool, **options: Any) -> None:
        keys = set()
        for text in what:
            found = set(retention.requests_of(text).values_list("pk", flat=True))
            if not found:
                raise CommandError(f"Nothing is kept with {text}. Nothing was erased.")
            keys |= found
        requests = BookingRequest.objects.filter(pk__in=keys)
        for request in requests:
            self.stdout.write(f"{request}  {request.created_at:%Y-%m-%d}  {request.get_status_display()}")
        # People share phones and addresses, so these are named and left alone.
        shared = reduce(or_, map(of_same_person, requests))
        if also := BookingRequest.objects.filter(shared).exclude(pk__in=keys):
            self.stdout.write(f"Not among them, with the same phone or email: {', '.join(map(str, also))}")
        if not yes and input(f"Erase {len(keys)} for good? Type yes: ").strip().lower() != "yes":
            raise CommandError("Nothing was erased.")
        erased = retention.erase_requests(requests)
        self.stdout.write("Erased: " + ", ".join(f"{count} {name}" for name, count in erased.items()))
