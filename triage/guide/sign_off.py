"""Whether a clinician has signed off a page, or the symptom check, in exactly the words it has now."""

import datetime as dt
import hashlib
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
# Source files of the words in the check and its results, and of the staff's answers. The text of a guide page is in its
# template.
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


def sign_off_of(page: Page) -> SignOff | None:
    """The sign-off recorded in clinic.toml for `page`, or None.

    A sign-off holds for one text only: it lapses when a word changes.
    """
    recorded = settings.CLINIC.sign_off.get(page.name)
    return recorded if recorded and recorded.fingerprint == fingerprint_of(page) else None


def rules_sign_off() -> SignOff | None:
    """The sign-off recorded for the check, if it was given for the present rules and words, or None."""
    recorded = settings.CLINIC.sign_off.get(RULES)
    return recorded if recorded and recorded.fingerprint == fingerprint_of_rules() else None


def fingerprint_of(page: Page) -> str:
    """A short hash of the page's own text in every language. Clinical facts on it are signed with the rules."""
    texts = []
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            texts += [translation.gettext(page.title), translation.gettext(page.description)]
        body = settings.BASE_DIR / "templates" / "guide" / code / f"{page.name}.html"
        texts.append(body.read_text(encoding="utf-8"))
    return _hash(texts)


def fingerprint_of_rules() -> str:
    """A short hash of the rules and of all words of the check, in every language."""
    # Sorted: a file that is renamed changes the order of the catalogue, and no word.
    return _hash([RULES_VERSION, *(text for texts in sorted(check_words()) for text in texts)])


@cache
def check_words() -> tuple[tuple[str, ...], ...]:
    """Each text of the check as a tuple: the default language first, then the others."""
    others = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    catalogues = [read_catalogue(code) for code in others]
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


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def fingerprints() -> dict[str, str]:
    """Everything to sign, by its name in clinic.toml: each page that gives advice, and the check."""
    return {page.name: fingerprint_of(page) for page in PAGES if page.is_health} | {RULES: fingerprint_of_rules()}


def left_to_sign(today: dt.date) -> dict[str, str]:
    """What a clinician has to sign (again), by its name in clinic.toml, with the reason in words."""
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
