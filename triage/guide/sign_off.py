"""Whether a clinician has checked a page as it stands today."""

import hashlib

from django.conf import settings

from backspasm_site.clinic import SignOff
from triage.guide.pages import Page


def sign_off_of(page: Page) -> SignOff | None:
    """The sign-off recorded in clinic.toml for `page`, or None.

    A sign-off holds only for the text it was given for: one changed word, and it has lapsed.
    """
    recorded = settings.CLINIC.sign_off.get(page.name)
    return recorded if recorded and recorded.fingerprint == fingerprint_of(page) else None


def fingerprint_of(page: Page) -> str:
    """A short mark of the page's own text in every language. Other facts on it are signed where they live."""
    texts = [page.title, page.description]
    folder = settings.BASE_DIR / "templates" / "guide"
    texts += [(folder / code / f"{page.name}.html").read_text(encoding="utf-8") for code, _ in settings.LANGUAGES]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
