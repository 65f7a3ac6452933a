"""Passes a patient's answers from the check to the request form, as a signed and dated token in the page."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from triage.clinical.answers import SymptomAnswers

SALT = "triage.handover"
MAX_AGE_SECONDS = 60 * 60


def is_from_our_pages(request: HttpRequest) -> bool:
    """Whether `request` names this site as its Origin, which browsers send with every POST."""
    origin = request.headers.get("Origin")
    return origin in (settings.SITE_URL, f"{request.scheme}://{request.get_host()}")


def seal(answers: SymptomAnswers) -> str:
    """Return `answers` as a signed token that is valid for one hour."""
    return signing.dumps(answers.to_dict(), salt=SALT, compress=True)


def unseal(token: str) -> SymptomAnswers | None:
    """Return the answers in `token`, or None if it is invalid or too old."""
    try:
        return SymptomAnswers.from_dict(signing.loads(token, salt=SALT, max_age=MAX_AGE_SECONDS))
    except (signing.BadSignature, AttributeError, ValueError, TypeError):
        return None
