"""What the request form accepts, and its errors for everything else."""

import itertools
import unicodedata
import uuid

import pytest
from django.conf import settings
from django.core import signing
from django.http import QueryDict
from django.utils import translation
from django.utils.http import urlencode
from msgspec.structs import replace

from tests.conftest import BROWSER, new_key
from triage.booking.forms import CONSENT_VERSION, RequestForm, key_signer
from triage.handover import seal


def form_of(fields: dict) -> RequestForm:
    return RequestForm(QueryDict(urlencode(fields, doseq=True)), browser=BROWSER)


def errors_of(fields: dict) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in form_of(fields).errors.items()}


def test_a_plain_request_is_taken_as_typed(fields):
    form = form_of(fields | {"preferred_days": ["monday", "friday"], "note": "Step-free,\r\nplease 👍"})
    assert form.errors == {}
    asked = form.instance
    assert (asked.name, asked.phone, asked.reach_by) == ("Rosa Diaz", "tel:+1-212-555-0142", "call")
    assert (asked.preferred_days, asked.location) == (["monday", "friday"], "")
    assert asked.note == "Step-free,\nplease 👍"
    assert form.shared() is None


PHONES = {
    "tel:+1-212-555-0142": (
        *("212 555 0142", "(212) 555-0142", "2125550142", "1-212-555-0142", "+1 212.555.0142", "tel:+1-212-555-0142"),
        *("２１２５５５０１４２", "٢١٢٥٥٥٠١٤٢", "212\u202f555\u202f0142", "212–555−0142", "212·555•0142"),
        *("001 212 555 0142", "(212) 555-0142 Ana", "Ana María: 212 555 0142", "212 555 0142 (mom’s)"),
    ),
    "tel:+1-212-555-0142;ext=7": ["212/555-0142 x 7"],
    "tel:+1-212-736-5000;ext=1234": ["(212) 736-5000 ext. 1234"],
    "tel:+44-20-7946-0958": ["+44 20 7946 0958"],
    "tel:+52-55-1234-5678": [
        *("+52 55 1234 5678", "+52 1 55 1234 5678", "+5215512345678", "(+52) 1 55 1234-5678", "+52 (1) 55 1234 5678"),
        *("0052 55 1234 5678", "00 52 1 55 1234 5678", "011 52 1 55 1234 5678", "+52 044 55 1234 5678"),
        *("+ 52 55 1234 5678", "+(52) 1 55 1234 5678", "Luz: + (52)\u00a01 55 1234 5678"),
    ],
    "tel:+52-55-1234-5678;ext=9": ["+52 1 55 1234 5678 ext 9 Luz"],
}
NO_PHONES = ("555 0142", "212 555 014", "212 555 01422", "212-555-01OO", "1111111111", "012 345 6789", "212 155 0142")
NO_PHONES += ("212 555 0142 or 212 555 0143", "call me", "()()()()", "+" + "1" * 40, "javascript:alert(1)", "9" * 5000)
NO_PHONES += ("+999 123 456 789", "867-5309 Ana", "555-0142 Mom", "Ana 867-5309", "1-800-FLOWERS", "212-KLA-0142")
NO_PHONES += ("867-5309 call 212", "212 555 014A", "+52 1 55 1234 56")


UNREADABLE = "We took out characters we cannot read. Check this and send it again."
NAMES = ("Zoë Núñez-O’Brien", "محمد علي", "李小龍", "נועה", "क्षितिज", "می‌خواهم", "J")
EMAILS = {
    "Rosa@example.com": ["Rosa@Example.COM"],
    "rosa@bücher.example": ["rosa@bücher.example", "rosa@xn--bcher-kva.example"],
    "rosa@почта.рф": ["rosa@почта。рф"],
    "rosa@con.com.co": ["rosa@con.com.co"],
    "rosa@example.com": [
        *("ｒｏｓａ＠ｅxample．com", "rosa\u202f@example.com\u00a0", "rosa@example.com. ", "rosa@example.com;"),
        *("Rosa Díaz <rosa@example.com>", '"Díaz, Rosa" <rosa@example.com>,', "mailto:rosa@example.com"),
        *("rosa @example. com", "<rosa@example.com>", "<mailto:rosa@example.com>", "Rosa <MAILTO:rosa@example.com>"),
        *("rosa@example.com <rosa@example.com>", "rosa@example.com<mailto:rosa@example.com>"),
        "'rosa@example.com' <rosa@EXAMPLE.com>",
    ],
    "o'neil@example.com": ["o’neil@example.com", "'o'neil@example.com' <o'neil@example.com>"],
    "rosa@example.com.mx": ["rosa@example.com. mx"],
    "rosa@example.com.укр": ["rosa@example.com.укр"],
}
NO_EMAILS = ("rosa", "rosa@", "@example.com", "rosa@example", "a@b@example.com", "x@a.com,y@b.com")
NO_EMAILS += ("a" * 300 + "@b.com", "root@localhost", "root@LOCALHOST.localdomain", "x@[127.0.0.1]", "x@[::1]")
NO_EMAILS += ("x@127.0.0.1", "x@printer.local", "x@mail.corp", "x@fritz.lan", "x@x.home", "x@bücher.intranet")
NO_EMAILS += ("x@x.test", "x@X.ALT", "rosa@gmail.con", "rosa@yahoo.COMM", "rosa@aol.cmo", "rosa@x.nett", "x@a..com")
NO_EMAILS += ("rosa@example.com. Thanks", "rosa@example.com.com", "rosa@example.net. Ana", "rosa@example.org.ext")
NO_EMAILS += ("rosa diaz@example.com", "<x@a.com>, <y@b.com>", "x@a.com <y@b.com>")
RIGHT = {"name": {name: [name] for name in NAMES}, "phone": PHONES, "email": EMAILS}
WRONG = {
    ("phone", "Enter a phone number with 10 digits, like 212 555 0142, or with + and the country code"): NO_PHONES,
    ("email", "Enter an email address like name@example.com"): NO_EMAILS,
    ("name", "Enter your full name"): ("\u200b\u200d", "   ", "...", "👍"),
    ("name", UNREADABLE): ("Rosa\r\nBcc: x@example.org",),
    ("preferred_days", "Choose from the days in the list"): (["monday", "sunday"],),
}


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [(field, typed, stored) for field in RIGHT for stored in RIGHT[field] for typed in RIGHT[field][stored]],
)
def test_names_phone_numbers_and_emails_are_understood_as_people_type_them(fields, field, typed, stored):
    form = form_of(fields | {field: typed})
    assert form.errors == {}
    assert getattr(form.instance, field) == stored


@pytest.mark.parametrize(("field", "error", "typed"), [(*told, typed) for told in WRONG for typed in WRONG[told]])
def test_other_values_are_errors_with_an_example(fields, field, error, typed):
    assert errors_of(fields | {field: typed}) == {field: [error]}


EMAIL_ALONE = {"phone": "", "email": "rosa@example.com"}


@pytest.mark.parametrize(
    ("given", "field", "error"),
    [
        ({"phone": "", "email": ""}, "phone", "Enter a phone number or an email address"),
        (EMAIL_ALONE, "phone", "Enter a phone number, so that we can call you"),
        (EMAIL_ALONE | {"reach_by": "text"}, "phone", "Enter a phone number, so that we can text you"),
        ({"reach_by": "email"}, "email", "Enter an email address, so that we can email you"),
        *(
            ({"phone": phone, "reach_by": "text"}, "phone", "Enter a cell phone number: we cannot text an extension")
            for phone in ("212 555 0142 x7", "+52 55 1234 5678 ext. 9", "tel:+1-212-555-0142;ext=7")
        ),
    ],
)
def test_we_must_be_able_to_reach_them_the_way_they_asked(fields, given, field, error):
    assert errors_of(fields | given) == {field: [error]}
    assert errors_of(fields | EMAIL_ALONE | {"reach_by": "email"}) == {}


def test_the_words_agreed_to_are_kept_by_their_version(fields, answers):
    paper = (settings.BASE_DIR / "docs" / "consent.md").read_text("utf-8")
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            form = RequestForm(sealed_answers=seal(answers))
            for to, words in (
                ("be contacted", form["consent"].label),
                ("send the answers of the check along", form["share"].label),
                ("get text messages", form["reach_by"].help_text),
            ):
                assert f"| {CONSENT_VERSION} | {language} | {to} | {words} |" in paper
    for reach_by, version in (("call", ""), ("text", CONSENT_VERSION)):
        form = form_of(fields | {"reach_by": reach_by})
        assert form.is_valid()
        assert (form.instance.consent_version, form.instance.text_consent_version) == (CONSENT_VERSION, version)


def test_an_empty_form_says_what_each_field_needs():
    assert errors_of({"request_key": new_key()}) == {
        "for_whom": ["Choose who the visit is for"],
        "name": ["Enter your full name"],
        "phone": ["Enter a phone number or an email address"],
        "reach_by": ["Choose how we should reach you"],
        "good_time": ["Choose a good time to reach you"],
        "part_of_day": ["Choose a time of day"],
        "location": ["Choose a location"],
        "language": ["Choose a language"],
        "consent": ["Check the box so that we may contact you"],
    }


TYPED = {"name": "Ro{}sa", "note": "Step{}-free", "phone": "212 555{} 0142", "email": "ro{}sa@example.com"}
LOST = ("\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\ufffd", "\ufffc", "\u2028", "\ue000")
MARKS = ("\u202d", "\u202a", "\u2066", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c")
SILENT = ("\u200b", "\u00ad", "\u3164", "\u034f", "\ufeff", "\u2060", "\ufe0f", "\uffa0", "\U000e0041", "\u200d")


@pytest.mark.parametrize(("field", "typed"), TYPED.items())
def test_unreadable_characters_are_removed_with_an_error(fields, field, typed):
    for hidden in LOST + (MARKS if field in ("name", "note") else ()):
        form = form_of(fields | {field: typed.format(hidden)})
        assert form.errors == {field: [UNREADABLE]}, ascii(hidden)
        assert form[field].value() == typed.format("")
        assert form["language"].value() == "en", "nothing else is lost"


@pytest.mark.parametrize(("field", "typed"), TYPED.items())
def test_invisible_characters_are_not_stored(fields, field, typed):
    for hidden in SILENT + (MARKS if field in ("phone", "email") else ()):
        form = form_of(fields | {field: hidden + typed.format(hidden) + hidden})
        assert form.errors == {}, ascii(hidden)
        assert getattr(form.instance, field) == typed.format("").replace("212 555 0142", "tel:+1-212-555-0142")


def test_a_text_that_is_too_long_is_one_error(fields):
    form = form_of(fields | {"name": "A" * 50_000})
    assert form.errors == {"name": ["Enter a name with 100 characters or less"]}
    assert form["name"].value() == "A" * 50_000
    assert errors_of(fields | {"name": "A" * 100, "note": "b" * 1000}) == {}
    assert errors_of(fields | {"note": "b" * 1001}) == {"note": ["Use 1,000 characters or less here: you used 1001"]}
    lines = ("a" * 99 + "\r\n") * 9 + "a" * 100  # 1,000 characters as people count them
    assert errors_of(fields | {"note": lines}) == {}
    assert "note" in errors_of(fields | {"note": lines + "a"})


# Pairs that Unicode sorts, one by one. The others look like accents only after they are decomposed.
ACCENTS = ["\u0345\u0301\u0323", "\u0f73", "\u0301\uff9e", "\u0344\u0316", "\u064c\u0653\u0650\u05b0"]


@pytest.mark.parametrize("accents", ACCENTS)
@pytest.mark.parametrize("field", ["name", "phone", "email", "note"])
def test_very_many_accents_are_not_sorted(fields, field, accents, normalized):
    """Sorting 60 KB of them takes three seconds."""
    many = "".join(accent * (30_000 // len(accents)) for accent in accents)
    assert list(errors_of(fields | {field: many})) == [field]
    assert max(normalized) <= 4000


@pytest.mark.parametrize("name", ["Nguyễn Thị Ngọc Ánh ", "한글이름 ", "ᾂᾂᾂᾂ "])
def test_a_name_that_comes_with_its_accents_apart_may_be_as_long(fields, name):
    long = (name * 100)[:100].strip()
    form = form_of(fields | {"name": unicodedata.normalize("NFD", long)})
    assert (form.errors, form.instance.name) == ({}, long)


@pytest.mark.parametrize("field", ["for_whom", "reach_by", "good_time", "part_of_day", "location", "language"])
def test_a_choice_we_do_not_offer_is_an_error(fields, field):
    for nonsense in ("nonsense", "", "\x00", "ME", "9" * 50):
        assert list(errors_of(fields | {field: nonsense})) == [field]


@pytest.mark.parametrize("field", ["for_whom", "name", "phone", "email", "reach_by", "language", "note"])
def test_two_answers_to_one_question_are_an_error_not_a_guess(fields, field):
    others = {"for_whom": "child", "reach_by": "text", "language": "es", "phone": "212 555 0199"}
    other = others.get(field, "r@example.com")
    first = fields[field] or "s@example.com"
    assert errors_of(fields | {field: [first, other]}) == {field: ["Give one answer here"]}
    assert errors_of(fields | {field: [first, first]}) == {}, "the same answer twice is one answer"


@pytest.mark.parametrize("consent", ["", "off", "no", "false", "0", ["on", "off"]])
def test_only_a_checked_box_is_consent(fields, consent):
    assert errors_of(fields | {"consent": consent})["consent"]


MADE_UP = str(uuid.uuid4())


@pytest.mark.parametrize(
    "key",
    [
        *("", "nonsense", "\x00", "9" * 5000, None, ":", MADE_UP, f"{MADE_UP}:", f"{MADE_UP}:{'a' * 43}"),
        key_signer("another browser").sign(MADE_UP),
        signing.Signer(salt="another use").sign(MADE_UP),
        key_signer(BROWSER).sign("not a UUID"),
        new_key()[:-1],
    ],
    ids=itertools.count(),  # keys differ in each process, but a test must have the same name in all
)
def test_without_a_key_of_this_browser_a_form_is_not_sent_but_given_a_new_one(fields, key):
    fields.pop("request_key")
    form = form_of(fields | ({} if key is None else {"request_key": key}))
    assert form.errors == {"__all__": ["This page was open too long. Check your answers and send them again."]}
    assert form["name"].value() == fields["name"]
    assert str(form.instance.request_key) not in (MADE_UP, key)
    assert form_of(fields | {"request_key": form.request_key}).instance.request_key == form.instance.request_key


def test_the_location_is_asked_only_where_there_is_a_choice(fields, settings):
    settings.CLINIC = replace(settings.CLINIC, locations=settings.CLINIC.locations[:1])
    fields.pop("location")
    form = form_of(fields)
    assert "location" not in form.fields
    assert form.errors == {}
    assert form.instance.location == "one"
