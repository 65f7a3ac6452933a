from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from triage.operations import backup


class Command(BaseCommand):
    help = "Replaces the database by a copy that `back_up` wrote. Stop the site first."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--overwrite", action="store_true", help="even if the database holds something")

    def handle(self, *args: Any, file: Path, overwrite: bool, **options: Any) -> None:
        backup.restore(file, overwrite=overwrite)
        self.stdout.write("Restored. Now run `manage.py migrate`: the copy may be of an older release.")
