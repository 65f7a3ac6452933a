"""Search for requests by what people say or type."""

import re
from functools import reduce
from operator import and_, or_

from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from triage.booking.fields import as_rfc3966
from triage.booking.models import NUMBER_ALPHABET, NUMBER_LENGTH, BookingRequest

NUMBER = re.compile(f"[{NUMBER_ALPHABET}]{{{NUMBER_LENGTH}}}")
# More words than a name has would only make the query longer.
MOST_WORDS = 5


def matching(text: str) -> Q:
    """Returns a filter for a request number, a phone number (any extension), an email address or part of a name.

    The format of `text` decides which of these it is. All but a name are found by an index alone.
    """
    text = text.strip()
    if "@" in text:
        return _with_email(text)
    if NUMBER.fullmatch(number := plain_number(text)):
        return Q(number=number)
    if phone := as_rfc3966(text).partition(";ext=")[0]:
        return Q(bare_phone=phone)
    return reduce(and_, map(_with_in_name, text.split()[:MOST_WORDS]), Q())


def plain_number(text: str) -> str:
    """Returns a request number as it is stored: K7M4RX for "k7m-4rx"."""
    return re.sub(r"\W", "", text).upper()


def of_same_person(request: BookingRequest) -> Q:
    """Returns a filter for other requests with the same phone (any extension) or email. It may be family."""
    same = Q(bare_phone=request.bare_phone) if request.bare_phone else Q()
    if request.email:
        same |= _with_email(request.email)
    return same & ~Q(pk=request.pk)


def _with_email(text: str) -> Q:
    """Returns a filter for this email address, whatever its case."""
    return Q(Exact(Lower("email"), text.lower()))


def _with_in_name(word: str) -> Q:
    # SQLite ignores case for ASCII letters only.
    forms = {word} if word.isascii() else {word, word.lower(), word.upper(), word.title()}
    return reduce(or_, (Q(name__icontains=form) for form in forms))
