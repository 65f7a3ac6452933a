"""Writes a copy of the whole database to a file. The site may run meanwhile."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backspasm_site import backup


class Command(BaseCommand):
    help = "Writes a copy of the whole database to a file that only its owner can read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backup.back_up(options["file"])
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{options['file']} holds the whole database: names, phone numbers and answers. Keep it safe."
        )
