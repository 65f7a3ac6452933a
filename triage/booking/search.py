"""Search for requests by number, phone, email or name."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import combinations, permutations

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Replace
from django.db.models.lookups import Contains, EndsWith

from triage.booking.fields import EXTENSION_WORDS, as_rfc3966
from triage.booking.models import NUMBER_ALPHABET, NUMBER_LENGTH, BookingRequest
from triage.text import MAILBOX_DOMAINS, WITHOUT_DOTS, clean, clean_email, fold, mailbox

NUMBER = re.compile(f"[{NUMBER_ALPHABET}]{{{NUMBER_LENGTH}}}")
FEWEST_DIGITS = 4
MOST_WORDS = 5  # further words are ignored: no name has more
# People say these with a name, but seldom write them into the form.
TITLES = {"mr", "mrs", "ms", "miss", "dr", "prof", "jr", "nee"}
TITLES |= {"sr", "sra", "srta", "senor", "senora", "senorita", "don", "dona"}
LETTER = re.compile(r"[^\W\d_]")
# An extension at the end of a phone number is not searched.
EXTENSION = re.compile(rf"(?<=\d)\W*(?:{'|'.join(EXTENSION_WORDS)})\W*\d+$")
EMAIL = re.compile(r"[^\s<>()\[\],;:]*@[^\s<>()\[\],;:]*")
MOST_SAME = 500
NOTHING = Q(pk__in=[])  # Django leaves it out of an OR: `id IS NULL` would keep SQLite from using any index


def matching(text: str) -> Q:
    """Return a filter for a request number, a phone number or its end, an email address or its start, or a name.

    The format of `text` decides. A request number is looked up first (one query). If no name has all of the words (one
    query), two of three or more are enough, and a single word may begin an email: PostgreSQL has no index for both.
    """
    if "@" in unicodedata.normalize("NFKC", text):
        return _with_start_of_email(text)
    number = plain_number(text)
    is_number = NUMBER.fullmatch(number) and BookingRequest.objects.filter(number=number).exists()
    found = Q(number=number) if is_number else NOTHING
    phone = as_rfc3966(text).partition(";ext=")[0]
    if phone:
        found |= Q(bare_phone=phone)
    plain = EXTENSION.sub("", unicodedata.normalize("NFKC", clean(text)).casefold())
    digits = "".join(str(int(sign)) for sign in plain if sign.isdecimal())
    is_in_words = LETTER.search(plain) is not None
    # The last digits of a phone number, or a foreign number without its country code, which may have 10 digits, too.
    if len(digits) >= FEWEST_DIGITS and (" " in plain or not is_in_words):
        end = digits if len(digits) < 8 else digits.lstrip("0")  # without the 0 or 00 that is dialed before it
        phone_digits = Replace(F("bare_phone"), Value("-"), Value(""))
        found |= Q(phone_end=digits[-4:]) & Q(EndsWith(phone_digits, end))
    if phone or is_number or not is_in_words:
        return found
    words = name_words(text)
    words = [word for word in words if word not in TITLES] or words
    # Without spaces: "AlRashid" finds "Al-Rashid".
    bare_name = Replace(F("folded_name"), Value(" "), Value(""), output_field=TextField())
    names = [Q(Contains(bare_name, word)) for word in words[:MOST_WORDS]]
    with_all = found | Q(*names)
    if " " not in plain:
        # "lucia.pena" may begin an email, and so may a word that is in no name.
        is_name = not re.search(r"\w[._\d]+\w", plain) and BookingRequest.objects.filter(with_all).exists()
        return with_all if is_name else with_all | _with_start_of_email(text)
    if len(names) < 3 or BookingRequest.objects.filter(with_all).exists():
        return with_all
    # People say more of their name than they wrote: a middle name, both surnames.
    for two in combinations(names, 2):
        found |= Q(*two)
    return found


def plain_number(text: str) -> str:
    """Return a request number as it is stored: K7M4RX for "k7m-4rx" and "your request K7M 4RX"."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", clean(text))).upper()[-NUMBER_LENGTH:]


def name_words(name: str) -> list[str]:
    """Return the folded words of a name without punctuation: "Reyes, Maria" gives ["reyes", "maria"]."""
    return fold(re.sub(r"[,;.،、，；・·()（）\"“”«»/*?]", " ", name)).split()


def is_same_name(one: str, other: str) -> bool:
    """Whether two names are alike in any order and spelling: "O'Neil, Siobhán" and "siobhan oneil"."""
    few, many = sorted((name_words(one), name_words(other)), key=len)
    orders = [many, *permutations(many[:MOST_WORDS])]  # "Dubois Marieclaire" is "Marie-Claire Dubois"
    return sorted(few) == sorted(many) or "".join(few) in map("".join, orders)


def of_same_person(*requests: BookingRequest) -> Q:
    """Return a filter for requests with the phone (any extension) or email of one of these, as of a family."""
    phones, boxes = ({getattr(each, name) for each in requests} - {""} for name in ("bare_phone", "mailbox"))
    return Q(bare_phone__in=phones) | Q(mailbox__in=boxes)


def number_same_person(requests: Sequence[BookingRequest]) -> None:
    """Set `same_person` on each: its place among requests with its phone or email, and their count; None if alone."""
    same = BookingRequest.objects.filter(of_same_person(*requests)).order_by("created_at", "pk")
    rows = list(same.values_list("pk", "bare_phone", "mailbox")[:MOST_SAME])
    for each in requests:
        alike = [pk for pk, phone, box in rows if (phone and phone == each.bare_phone) or (box and box == each.mailbox)]
        is_counted = len(alike) > 1 and each.pk in alike
        each.same_person = (alike.index(each.pk) + 1, len(alike)) if is_counted else None


def _with_start_of_email(text: str) -> Q:
    """Return a filter for an email address, or its first part: "lucia.pena", "lucia.pena@" or "lucia.pena@ex".

    A whole address finds its mailbox. Mail programs copy it with a name and punctuation around it, which are ignored.
    """
    found = EMAIL.search(unicodedata.normalize("NFKC", text))
    text = found[0].rstrip(".") if found else text
    local, at, domain = clean_email(text).lower().partition("@")
    if "." in domain:
        return Q(mailbox=mailbox(text))
    if not local:
        return NOTHING
    start = Q(mailbox__startswith=mailbox(f"{local}@")[: None if at else -1] + domain)
    # The mailbox may be stored without dots, or with another domain of the provider.
    folded = {mailbox(f"{local}@{name}") for name in (*WITHOUT_DOTS, *MAILBOX_DOMAINS) if name.startswith(domain)}
    return start | Q(mailbox__in=folded) if folded else start
