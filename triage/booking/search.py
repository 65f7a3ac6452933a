"""Search for requests by what people say or type."""

import re
import unicodedata
from functools import reduce
from operator import and_

from django.db.models import Q

from triage.booking.fields import as_rfc3966
from triage.booking.models import NUMBER_ALPHABET, NUMBER_LENGTH, BookingRequest
from triage.text import clean, clean_email, fold, mailbox

NUMBER = re.compile(f"[{NUMBER_ALPHABET}]{{{NUMBER_LENGTH}}}")
# More words than a name has would only make the query longer.
MOST_WORDS = 5


def matching(text: str) -> Q:
    """Returns a filter for a request number, a phone number (any extension), an email address or part of a name.

    The format of `text` decides which of these it is. All but a name are found by an index alone.
    """
    if "@" in unicodedata.normalize("NFKC", text):
        return _with_email(text)
    if NUMBER.fullmatch(number := plain_number(text)):
        return Q(number=number)
    if phone := as_rfc3966(text).partition(";ext=")[0]:
        return Q(bare_phone=phone)
    words = fold(text).split()[:MOST_WORDS]
    return reduce(and_, (Q(folded_name__contains=word) for word in words)) if words else Q(pk=None)


def plain_number(text: str) -> str:
    """Returns a request number as it is stored: K7M4RX for "k7m-4rx"."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", clean(text))).upper()


def of_same_person(request: BookingRequest) -> Q:
    """Returns a filter for other requests with the same phone (any extension) or email. It may be family."""
    same = Q(bare_phone=request.bare_phone) if request.bare_phone else Q()
    if request.email:
        same |= _with_email(request.email)
    return same & ~Q(pk=request.pk)


def _with_email(text: str) -> Q:
    """Returns a filter for this email address, whatever its case. The mailbox is what has an index."""
    return Q(mailbox=mailbox(text), email__iexact=clean_email(text))
