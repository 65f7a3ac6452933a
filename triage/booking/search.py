"""Finds requests by what people say or type."""

import re
from functools import reduce
from operator import and_, or_

from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from triage.booking.fields import as_rfc3966
from triage.booking.models import NUMBER_ALPHABET, NUMBER_LENGTH, BookingRequest

NUMBER = re.compile(f"[{NUMBER_ALPHABET}]{{{NUMBER_LENGTH}}}")
# More words than a name has would only make the query long.
MOST_WORDS = 5


def matching(text: str) -> Q:
    """The requests meant by a request number, a phone number (any extension), an email address or part of a name.

    Each is taken for one of these by its form, and all but a name are found by an index alone.
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
    """A request number as it is stored, however people write it: "k7m-4rx" is K7M4RX."""
    return re.sub(r"\W", "", text).upper()


def of_same_person(request: BookingRequest) -> Q:
    """The other requests with this one's phone (any extension) or email. Perhaps the same person, perhaps family."""
    same = Q(bare_phone=request.bare_phone) if request.bare_phone else Q()
    if request.email:
        same |= _with_email(request.email)
    return same & ~Q(pk=request.pk)


def _with_email(text: str) -> Q:
    """The requests with this email address, in capital or small letters."""
    return Q(Exact(Lower("email"), text.lower()))


def _with_in_name(word: str) -> Q:
    # SQLite knows the small and capital forms of English letters only.
    forms = {word} if word.isascii() else {word, word.lower(), word.upper(), word.title()}
    return reduce(or_, (Q(name__icontains=form) for form in forms))
