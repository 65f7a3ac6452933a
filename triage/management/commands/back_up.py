from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from triage.operations import backup


class Command(BaseCommand):
    help = "Writes a copy of the whole database to a file that only its owner can read. The site may run meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            type=Path,
            nargs="?",
            help=f"without one: a new file in BACKUP_DIR, where the newest {backup.COPIES_KEPT} are kept",
        )

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        if file:
            backup.back_up(file)
        elif settings.BACKUP_DIR:
            file = backup.back_up_today(settings.BACKUP_DIR)
        else:
            raise CommandError("Name a file, or set BACKUP_DIR.")
        self.stdout.write(f"{file} holds the whole database: names, phone numbers and answers. Keep it safe.")
