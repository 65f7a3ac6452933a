from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from triage.guide.review_sheet import missing_entries, render_review_sheet


class Command(BaseCommand):
    help = "Writes what a clinician reads and signs, one HTML file to print, and prints the entries clinic.toml lacks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="without it only the entries are printed")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        if file:
            file.write_text(render_review_sheet(), encoding="utf-8")
            self.stdout.write(f"{file}: open it in a browser and print it.\n")
        for line in missing_entries():
            self.stdout.write(line)
