"""Makes the document that a clinician reads and signs, and says what to write into clinic.toml afterwards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from triage.clinic import in_each_language
from triage.clinical.assessment import RULES_VERSION
from triage.clinical.care_levels import CareLevel
from triage.clinical.questions import QUESTIONS
from triage.guide.pages import PAGES, Page
from triage.guide.sign_off import RULES, check_words, fingerprints, left_to_sign

ENTRY = """
[sign_off.{name}]
role = {role}
date =
next_check =
fingerprint = "{fingerprint}"
"""


class Command(BaseCommand):
    help = "Writes the review sheet, one printable HTML file, and prints the entries for clinic.toml that are missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="without it only the entries are printed")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        marks = fingerprints()
        if file:
            file.write_text(sheet(marks), encoding="utf-8")
            self.stdout.write(f"{file}: open it in a browser and print it.\n")
        left = left_to_sign(timezone.localdate())
        for name, why in left.items():
            self.stdout.write(f"# {name} {why}.")
        if any(name in marks for name in left):
            self.stdout.write("\n# For triage/clinic.toml, once it is signed. The role in words, never a name;")
            self.stdout.write("# dates as 2027-01-15, without quotes.")
        for name in marks:
            if name in left:
                self.stdout.write(
                    ENTRY.format(
                        name=name, role=in_each_language("", dict(settings.LANGUAGES)), fingerprint=marks[name]
                    ).rstrip()
                )


def sheet(marks: dict[str, str]) -> str:
    """The document: every page that gives advice and all of the check, in every language, with boxes to sign."""
    context = {
        "clinic": settings.CLINIC,
        "made": timezone.localdate(),
        "pages": [
            {"page": page, "fingerprint": marks[page.name], "texts": list(texts_of(page))}
            for page in PAGES
            if page.name in marks
        ],
        "questions": QUESTIONS,
        "levels": sorted(CareLevel, reverse=True),
        "words": check_words(),
        "fingerprint": marks[RULES],
        "version": RULES_VERSION,
        "languages": [code for code, _name in settings.LANGUAGES],
    }
    return render_to_string("review_sheet.html", context)


def texts_of(page: Page) -> Iterator[tuple[str, str, str, str]]:
    """The language, title, description and main part of the page as it is served, for every language."""
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            title, description = translation.gettext(page.title), translation.gettext(page.description)
            response = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0]).get(
                reverse(f"guide:{page.name}"), secure=settings.IS_HTTPS
            )
        if response.status_code != 200:
            raise CommandError(f"The page {page.name} cannot be shown: {response.status_code}.")
        # Joined, for what was rendered in advance comes in pieces.
        main = b"".join(response).decode().partition("<main")[2].partition(">")[2].partition("</main>")[0]
        yield code, title, description, mark_safe(main.replace("<details", "<details open"))  # noqa: S308 - our own
