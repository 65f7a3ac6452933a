"""Typed text is cleaned before it is shown or stored, and spellings of the same name or email are equal."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.text import UNREADABLE, clean, clean_email, fold, mailbox

# Any character, and twice as often one that is known for problems next to another.
TROUBLE = "\u200c\u200d\u034f\ufe0f\u0301\u0308\u0327\u0345\u3099\u0dd9\u0dca\u094d\u0915\u0628\u064e\u1100\u1161\u115f"
TROUBLE += '♂👩🏽 ´’-ßİ@.+"\\'
TEXTS = st.text(st.characters() | st.sampled_from(TROUBLE) | st.sampled_from(TROUBLE))
LETTERS = st.text(st.characters(categories=["L", "Nd"]), min_size=1)
SEEN_FORMAT = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")  # they print


@given(TEXTS)
def test_doing_it_again_changes_nothing(text):
    for change in (clean, fold, clean_email, mailbox):
        assert change(change(text)) == change(text), change


@given(TEXTS)
def test_what_is_stored_is_what_is_shown(text):
    stored = re.sub(UNREADABLE, "", clean(text))
    for sign in SEEN_FORMAT.sub("", stored):
        category = unicodedata.category(sign)
        assert category not in ("Cf", "Cs", "Co", "Zl", "Zp") or sign in "\u200c\u200d"
        assert category not in ("Cc", "Zs") or sign in "\r\n "
    assert unicodedata.is_normalized("NFC", clean(text))


@given(LETTERS, st.sampled_from("\u200b\u00ad\u034f\u3164\ufeff\u2060\u180e\ufe0f\U000e0061\uffa0"), st.integers(0))
def test_invisible_characters_do_not_change_a_text(text, hidden, place):
    place %= len(text) + 1
    for change in (clean, fold):
        assert change(text[:place] + hidden + text[place:]) == change(text)


@given(LETTERS)
def test_case_form_and_width_make_no_other_name(text):
    for other in (text.upper(), text.casefold()):
        if other.casefold() == text.casefold():  # except for a few letters without a capital
            assert fold(other) == fold(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, text)) == fold(text)


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        *(("José Núñez", "jose nunez"), ("O’Brien", "o'brien"), ("O‘Brien", "OBRIEN"), ("D´Angelo", "dangelo")),
        *(("García-López", "garcia lopez"), ("Jean‑Luc", "jean luc"), ("Groß", "GROSS"), ("Søren Þór", "soren thor")),
        *(("Łukasz Đorđević", "lukasz dordevic"), ("Işıl İnci", "isil inci"), ("IŞIL", "ışıl"), ("Ægir", "aegir")),
        *(
            ("Đặng Thị Hường", "dang thi huong"),
            ("Γιώργος", "ΓΙΩΡΓΟΣ"),
            ("Фёдор", "федор"),
            ("Rosa  Diaz", "rosa diaz"),
        ),
        *(("مُحَمَّد", "محمد"), ("أحمد", "احمد"), ("علی کریمی", "علي كريمي"), ("מֹשֶׁה", "משה"), ("می‌خواهم", "میخواهم")),
        *(("Ｒｏｓａ", "rosa"), ("ﾀﾅｶ ﾊﾅｺ", "タナカ ハナコ"), ("\u2068Rosa\u2069", "rosa"), ("Ros\u200da", "rosa")),
        *(("ʿAlī Hasanʾ", "ali hasan"), ("Ɓello Ƴar’Ɗan", "bello yardan"), ("Esi Ɔkɔ-Ɛdze", "esi oko edze")),
        *(("Ғалым Қасым", "галым касым"), ("Cel·loni", "celloni"), ("Əliyev", "eliyev")),
    ],
)
def test_a_name_is_found_as_people_type_it(stored, typed):
    assert fold(stored) == fold(typed)


def test_what_makes_another_name_stays():
    assert fold("राम") != fold("रमा")
    assert fold("ばば") != fold("はは")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("می‌خواهم", "می‌خواهم"),  # Persian is misspelled without it
        ("क्‍ष", "क्‍ष"),
        ("ර්‍ය", "ර්‍ය"),
        ("👩🏽‍🚀", "👩🏽‍🚀"),
        ("❤️‍🔥", "❤‍🔥"),
        ("Ro‍sa", "Rosa"),
        ("‌Rosa‍", "Rosa"),
        ("李‌小龍", "李小龍"),
        ("a‍👩", "a👩"),
    ],
)
def test_a_joiner_stays_where_it_is_visible(typed, stored):
    assert clean(typed) == stored


@given(
    st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){0,2}", fullmatch=True),
    st.sampled_from(["gmail.com", "googlemail.com", "example.com", "bücher.example"]),
    st.from_regex(r"(\+[a-z0-9]{0,6})?", fullmatch=True),
    st.booleans(),
)
def test_two_spellings_of_one_mailbox_count_as_one(local, domain, tag, is_quoted):
    plain = mailbox(f"{local}@{domain}")
    other = local.replace(".", "") if "mail" in domain else local
    spelled = f'"{other}{tag}"' if is_quoted else other.upper() + tag
    wide = domain.upper().translate({ord("E"): "Ｅ", ord("M"): "ｍ", ord("."): "。"})
    ascii_domain = domain.encode("idna").decode()
    for also in (f"{spelled}@{wide}", f"\u202d{local}{tag}@{domain}\u202c", f"{local}@{ascii_domain}"):
        assert mailbox(also) == plain
    assert (mailbox(f"{local}@gmail.com") == mailbox(f"{local}@googlemail.com")) and "+" not in plain
    assert mailbox(f"x{local}@{domain}") != plain


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("ro.sa@proton.me", "rosa+visit@pm.me", True),
        ("rosa@ProtonMail.com", "rosa@proton.me", True),
        ("rosa@me.com", "Rosa@icloud.com", True),
        ("rosa@mac.com", "rosa@ｍe.com", True),
        ("ro.sa@icloud.com", "rosa@icloud.com", False),
        ("rosa@hotmail.com", "rosa@outlook.com", False),
        ("rosa@gmail.com", "rosa@gmail.com.example", False),
    ],
)
def test_a_provider_of_several_domains_has_one_mailbox_for_them(one, other, is_one):
    assert (mailbox(one) == mailbox(other)) is is_one
