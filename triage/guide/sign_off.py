"""Whether a clinician has signed off a page or the symptom check in its present words."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

from triage.clinic import SignOff
from triage.clinical.assessment import RULES_VERSION
from triage.guide.pages import PAGES, Page

RULES = "rules"
# Source files of the words in the check, its results and the staff's answers.
CHECK_WORDS = (
    "triage/clinical/",
    "triage/checker/",
    "triage/templatetags/clinical_facts.py",
    "templates/checker/",
    "templates/booking/mail/reply.txt",
    *(
        f"templates/components/{name}"
        for name in ("care_card", "emergency", "hard_words", "medicine", "result", "sign_")
    ),
)


def sign_off_of(name: str) -> SignOff | None:
    """The sign-off of the page called `name` or of the check (RULES); None without one, or if its text has changed."""
    recorded = settings.CLINIC.sign_off.get(name)
    return recorded if recorded and recorded.fingerprint == fingerprint_of(name) else None


def fingerprint_of(name: str) -> str:
    """A short hash of what is signed as `name`, in all languages: a page's own text, or the rules and their words."""
    if name == RULES:
        # Sorted, as a renamed file changes the order of the catalogue.
        texts = [RULES_VERSION, *(text for texts in sorted(check_words()) for text in texts)]
    else:
        texts = list(_texts_of(next(page for page in PAGES if page.name == name)))
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def fingerprints() -> dict[str, str]:
    """Everything to sign, by its name in clinic.toml: each page that gives advice, and the check."""
    return {name: fingerprint_of(name) for name in (*(page.name for page in PAGES if page.is_health), RULES)}


def _texts_of(page: Page) -> Iterator[str]:
    """A page's texts, without the clinical facts on it, which are signed with the rules."""
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            yield from (translation.gettext(page.title), translation.gettext(page.description))
        yield (settings.BASE_DIR / "templates" / "guide" / code / f"{page.name}.html").read_text(encoding="utf-8")


@cache
def check_words() -> tuple[tuple[str, ...], ...]:
    """Each text of the check as a tuple: the default language first, then the others."""
    catalogues = [read_catalogue(code) for code, _ in settings.LANGUAGES[1:]]
    return tuple(
        (_text(message.id), *(_text(catalogue[message.id].string) for catalogue in catalogues))
        for message in catalogues[0]
        if message.id and any(path.startswith(CHECK_WORDS) for path, _line in message.locations)
    )


def read_catalogue(language: str) -> Catalog:
    """The words of the site in `language`. Raises PoFileError naming the line that cannot be read."""
    path = settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _text(words: Any) -> str:
    """The text of a message; a plural message has two forms."""
    return words if isinstance(words, str) else " / ".join(words)


def left_to_sign(today: dt.date) -> dict[str, str]:
    """What a clinician has to sign (again), by its name in clinic.toml, with the reason."""
    recorded = settings.CLINIC.sign_off
    left = dict.fromkeys(recorded, "is recorded there, but nothing here has that name")
    for name, fingerprint in fingerprints().items():
        left.pop(name, None)
        if name not in recorded:
            left[name] = "has not been signed off by a clinician"
        elif recorded[name].fingerprint != fingerprint:
            left[name] = f"was changed after its sign-off of {recorded[name].date}, which has lapsed"
        elif recorded[name].next_check < today:
            left[name] = f"was to be checked again by {recorded[name].next_check}"
    return left
