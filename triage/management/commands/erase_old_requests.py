"""Erases what has been kept long enough. The worker does the same every day (see send_notices)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from triage.booking import retention
from triage.management.progress import Progress


class Command(BaseCommand):
    help = (
        "Erases the requests that were closed RETENTION_DAYS ago, spam sooner, with their notes and notices, and"
        " sessions that have ended. May be stopped at any moment and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        old = retention.old_requests()
        total = old.count()
        days = f"closed {settings.RETENTION_DAYS} days ago or more, or spam for {settings.SPAM_RETENTION_DAYS}"
        if dry_run:
            self.stdout.write(f"{total:,} requests would be erased: {days}.")
            return
        bar, erased = Progress(total, self.stderr), 0
        try:
            while batch := retention.erase_batch(old):
                erased += batch["requests"]
                bar.add(batch["requests"])
        except KeyboardInterrupt as stopped:
            raise CommandError(f"Stopped. {erased:,} requests were erased; run it again for the others.") from stopped
        retention.clear_ended()
        self.stdout.write(f"{erased:,} requests were erased: {days}.")
