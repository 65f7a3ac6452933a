"""Seals a patient's answers for the way from the check to the request form.

The answers travel in the page the patient holds, signed and dated, and are stored nowhere on the way.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from triage.clinical.answers import AnswerError, SymptomAnswers

SALT = "triage.handover"
GOOD_FOR_SECONDS = 60 * 60


def is_from_our_pages(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this site sent `request`.

    Browsers name the sending site in `Origin` with every POST. A missing or "null" one may be anybody's.
    """
    origin = request.headers.get("Origin")
    return origin in (settings.SITE_URL, f"{request.scheme}://{request.get_host()}")


def seal(answers: SymptomAnswers) -> str:
    """`answers` as a token that is good for one hour."""
    return signing.dumps(answers.to_dict(), salt=SALT, compress=True)


def unseal(token: str) -> SymptomAnswers | None:
    """The answers in `token`, or None if it is forged, too old, or not a token at all."""
    try:
        data = signing.loads(token, salt=SALT, max_age=GOOD_FOR_SECONDS)
        return SymptomAnswers.from_dict(data)
    except (signing.BadSignature, AnswerError, AttributeError, ValueError, TypeError):
        return None
