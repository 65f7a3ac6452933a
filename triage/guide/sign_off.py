"""Whether a clinician has checked a page, or the rules, as they stand today."""

import hashlib

from django.conf import settings
from django.utils import translation

from backspasm_site.clinic import SignOff
from triage.clinical.assessment import RULES_VERSION
from triage.guide.pages import Page


def sign_off_of(page: Page) -> SignOff | None:
    """The sign-off recorded in clinic.toml for `page`, or None.

    A sign-off holds only for the text it was given for: one changed word, and it has lapsed.
    """
    recorded = settings.CLINIC.sign_off.get(page.name)
    return recorded if recorded and recorded.fingerprint == fingerprint_of(page) else None


def rules_sign_off() -> SignOff | None:
    """The sign-off recorded for the rules, if it was given for the version that runs, or None."""
    recorded = settings.CLINIC.sign_off.get("rules")
    return recorded if recorded and recorded.fingerprint == RULES_VERSION else None


def fingerprint_of(page: Page) -> str:
    """A short mark of the page's own text in every language. Other facts on it are signed where they live."""
    texts = []
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            texts += [translation.gettext(page.title), translation.gettext(page.description)]
        body = settings.BASE_DIR / "templates" / "guide" / code / f"{page.name}.html"
        texts.append(body.read_text(encoding="utf-8"))
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
