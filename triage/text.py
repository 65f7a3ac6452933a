"""Cleans text that a person typed, and makes keys to compare texts by.

`clean` runs first on every text, so that what is stored is what is shown. Two names are alike if their `fold` is equal,
and two emails if their `mailbox` is.
"""

import re
import unicodedata
from contextlib import suppress

# Invisible characters: Unicode's Default_Ignorable_Code_Point (variation selectors and tags among them), and format
# characters of single scripts. For joiners see _needed.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U00013430-\U00013455\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
JOINERS = re.compile("[\u200c\u200d]+")
SPACES = re.compile("[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]+")
DASHES = re.compile("[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
# Address books and PDFs put these around phone numbers and emails. The right-to-left override is not among them.
DIRECTION_MARKS = "\u061c\u200e\u200f\u202a-\u202d\u2066-\u2069"
# Marks of direction, control characters, line and paragraph separators, surrogates, private use, and the replacement
# character. Line breaks are not among them.
UNREADABLE = (
    f"[{DIRECTION_MARKS}\u202e\\x00-\\x09\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\u2028\u2029\ud800-\uf8ff\ufdd0-\ufdef"
    "\ufffc-\uffff\U000f0000-\U0010ffff]"
)
APOSTROPHES = re.compile("['`\u02b9-\u02c1\u02c8\u055a\u05f3\u2018-\u201b\u2032\ua78c]")
# The most characters that make up one letter: itself and three accents. A text longer than its limit times this is not
# cleaned, as sorting accents takes quadratic time (3 seconds for 60 KB).
LONGEST_LETTER = 4
KANA_VOICE_MARKS = "\u3099\u309a"
# Letters that Unicode does not decompose, and what people type instead. See also _plain_letter.
PLAIN_LETTERS = str.maketrans(
    {"ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n", "ɛ": "e", "ə": "e", "ɔ": "o", "\u00b7": ""}
    | {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": "", "-": " ", "\u058a": " ", "\u05be": " ", "\u30a0": " "}
)
# Domains of one provider, which lead to one mailbox. WITHOUT_DOTS: providers that ignore dots in a name.
MAILBOX_DOMAINS = {"googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com"}
MAILBOX_DOMAINS |= dict.fromkeys(("protonmail.com", "protonmail.ch", "pm.me"), "proton.me")
WITHOUT_DOTS = ("gmail.com", "proton.me")


def clean(text: str) -> str:
    """Return `text` in Unicode's form NFC, without invisible characters, with plain spaces and dashes."""
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    text = DASHES.sub("-", SPACES.sub(" ", JOINERS.sub(_needed, text)))
    return unicodedata.normalize("NFC", text).strip()


def without_direction_marks(text: str) -> str:
    return re.sub(f"[{DIRECTION_MARKS}]", "", text)


def _needed(joiners: re.Match[str]) -> str:
    """Return the first joiner where it shows: in Indic scripts, between Arabic letters, in an emoji. Else return "".

    Persian and Indic words are misspelled without it. Elsewhere it would let two texts look alike and differ.
    """
    text, start, end = joiners.string, joiners.start(), joiners.end()
    before, after = text[start - 1 : start] or " ", text[end : end + 1] or " "
    is_indic = 9 in (unicodedata.combining(before), unicodedata.combining(after))  # the class of the virama
    is_arabic = unicodedata.bidirectional(before) in ("AL", "NSM") and unicodedata.bidirectional(after) == "AL"
    is_emoji = unicodedata.category(before) in ("So", "Sk") and unicodedata.category(after) == "So"
    return joiners[0][0] if is_indic or is_arabic or is_emoji else ""


def fold(text: str) -> str:
    """Return a name or a part of one as it is searched and compared: without case, accents, width and apostrophes.

    A hyphen is a space. Indic vowel signs and Japanese voice marks stay, as they make another word.
    """
    text = re.sub(f"[{DIRECTION_MARKS}\u200c\u200d]", "", clean(text)).replace("\u00b4", "'")
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = "".join(_plain_letter(sign) for sign in text if not unicodedata.combining(sign) or sign in KANA_VOICE_MARKS)
    text = DASHES.sub("-", APOSTROPHES.sub("", text)).translate(PLAIN_LETTERS)
    return " ".join(unicodedata.normalize("NFC", text).split())


def _plain_letter(letter: str) -> str:
    """Return a Latin or Cyrillic letter without its stroke, hook or tail: "ł", "ɓ" and "қ" are typed as l, b and к."""
    name, _, with_what = unicodedata.name(letter, "").partition(" WITH ")
    if with_what and name.startswith(("LATIN", "CYRILLIC")):
        with suppress(KeyError):  # there is no such letter without it
            return fold(unicodedata.lookup(name))
    return letter


def clean_email(text: str) -> str:
    """Return an email address as it is stored: in plain width, its domain in lower case, as people read it."""
    text = clean(unicodedata.normalize("NFKC", re.sub(f"[{DIRECTION_MARKS}\u202f]", "", text))).replace("。", ".")
    local, at, domain = text.rpartition("@")
    if len(domain) < 254:  # the codec is slow
        with suppress(UnicodeError):  # not a domain: the form refuses it
            domain = domain.encode("idna").decode("idna")
    return f"{local}{at}{domain.lower()}"


def mailbox(email: str) -> str:
    """Return the mailbox that an address most likely leads to, for counting.

    Without a tag and quotes, and with one domain and no dots where a provider takes the others for the same.
    """
    local, at, domain = clean_email(email).lower().rpartition("@")
    local = re.sub(r'^"|\\|"$', "", local)
    local = local.partition("+")[0] or local
    domain = MAILBOX_DOMAINS.get(domain, domain)
    if domain in WITHOUT_DOTS:
        local = local.replace(".", "")
    return f"{local}{at}{domain}"
