"""The document that a clinician reads and signs, and the entries for clinic.toml that record it."""

from collections.abc import Iterator

from django.conf import settings
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
fingerprint = "{fingerprint}\""""


def render_review_sheet() -> str:
    """Every page that gives advice and all of the check, in every language, as HTML. Raises RuntimeError."""
    marks = fingerprints()
    context = {
        "clinic": settings.CLINIC,
        "pages": [
            {"page": page, "fingerprint": marks[page.name], "texts": list(_texts_of(page))}
            for page in PAGES
            if page.name in marks
        ],
        "questions": QUESTIONS,
        "levels": sorted(CareLevel, reverse=True),
        "words": check_words(),
        "fingerprint": marks[RULES],
        "version": RULES_VERSION,
    }
    return render_to_string("review_sheet.html", context)


def missing_entries() -> Iterator[str]:
    """What is not signed and why, then the missing entries of clinic.toml."""
    left = left_to_sign(timezone.localdate())
    yield from (f"# {name} {why}." for name, why in left.items())
    marks = {name: fingerprint for name, fingerprint in fingerprints().items() if name in left}
    if marks:
        yield "\n# For triage/clinic.toml, once it is signed. The role in words, never a name;"
        yield "# dates as 2027-01-15, without quotes."
    for name, fingerprint in marks.items():
        yield ENTRY.format(name=name, role=in_each_language("", dict(settings.LANGUAGES)), fingerprint=fingerprint)


def _texts_of(page: Page) -> Iterator[tuple[str, str]]:
    """The language and the <main> of the page as it is served, for every language."""
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0])
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            response = client.get(reverse(f"guide:{page.name}"), secure=settings.IS_HTTPS)
        if response.status_code != 200:
            raise RuntimeError(f"The page {page.name} cannot be shown: {response.status_code}.")
        main = response.getvalue().decode().partition("<main")[2].partition(">")[2].partition("</main>")[0]
        yield code, mark_safe(main.replace("<details", "<details open"))  # noqa: S308 - our own
