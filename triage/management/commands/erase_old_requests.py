"""Erase what has been kept long enough, as the worker does once a day."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from triage.booking import retention


class Command(BaseCommand):
    help = (
        "Erases the requests that were closed RETENTION_DAYS ago, spam sooner, with their notes and notices, and"
        " sessions that have ended. May be stopped at any moment and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        if not dry_run:
            retention.close_past_visits()
        old = retention.old_requests()
        days = f"closed {settings.RETENTION_DAYS} days ago or more, spam for {settings.SPAM_RETENTION_DAYS}"
        days += f", or untouched for {settings.FORGOTTEN_DAYS}"
        if dry_run:
            self.stdout.write(f"{old.count():,} requests would be erased: {days}.")
            return
        erased = retention.erase_requests(old)["requests"]
        retention.delete_expired()
        self.stdout.write(f"{erased:,} requests were erased: {days}.")
