"""The Spanish is complete: every text is translated, with its placeholders, and no English is left on a page."""

import html
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings as real
from django.core.management import call_command

from tests.reading import PUBLIC, html_of, read_page
from tests.unit.clinical.scenarios import PLAIN_SPASM
from triage.guide.pages import PAGES
from triage.guide.sign_off import read_catalogue

SPANISH = read_catalogue("es")
MESSAGES = [message for message in SPANISH if message.id]
# The same word in both languages.
SAME = {"No", "Error:", "Cookies", "Diabetes"}
# English words that no Spanish sentence has. Names and titles in English are marked as English on the page.
ENGLISH_WORDS = re.compile(
    r"\b(?:the|and|you|your|with|not|are|this|for|from|have|if|we|call|when|of|based|agency|family)\b"
)


# --- The catalogue ---------------------------------------------------------------------------
def forms(words) -> tuple[str, ...]:
    return words if isinstance(words, tuple) else (words,)


@pytest.mark.skipif(not shutil.which("xgettext"), reason="needs gettext; Debian and Ubuntu: apt-get install gettext")
def test_the_catalogue_holds_the_words_in_use(settings, tmp_path, monkeypatch):
    """If this fails: `make manage ARGS=makemessages`, then translate what is new."""
    for folder in ("backspasm_site", "templates", "triage"):
        shutil.copytree(real.BASE_DIR / folder, tmp_path / folder)
    settings.LOCALE_PATHS = [tmp_path / "triage" / "locale"]
    monkeypatch.chdir(tmp_path)
    call_command("makemessages", verbosity=0)
    assert contents(read_catalogue("es")) == contents(SPANISH)


def contents(catalogue: Catalog) -> dict:
    """Each message with its translation and its sorted places."""
    return {(each.context, each.id): (each.string, sorted(each.locations)) for each in catalogue if each.id}


def pairs() -> Iterator[tuple[str, str]]:
    for message in MESSAGES:
        yield from zip(forms(message.id), forms(message.string), strict=False)


def test_message_is_translated():
    assert [message.id for message in MESSAGES if message.fuzzy or not all(forms(message.string))] == []
    assert {english for english, spanish in pairs() if english == spanish} <= SAME


def marks_of(words: str) -> list:
    """What a translation must keep: placeholders, links, numbers, and a colon or question mark at its end."""
    places = [name for _, name, _, _ in Formatter().parse(words) if name is not None]
    kept = (r"%\(\w+\)\w", r"<[^>]+>", r"\d+(?:[.,]\d+)*")
    return [places, *(Counter(re.findall(each, words)) for each in kept), words.endswith(":"), words.endswith("?")]


def test_message_keeps_its_places_links_and_numbers():
    assert [english for english, spanish in pairs() if marks_of(english) != marks_of(spanish)] == []
    assert [spanish for _, spanish in pairs() if spanish.count("?") != spanish.count("¿")] == []


def test_medicines_bear_the_names_that_people_know():
    text = read_page("/es/medicines/").text
    pills = ("diclofenaco, ketorolaco o metamizol", "acetaminofén o paracetamol")
    for words in (*pills, "anticoagulante (para adelgazar la sangre)"):
        assert words in text


def test_words_that_mean_something_else_to_many_are_not_used():
    """ "Urgencias" is the emergency room to many, "calambre" is no spasm, "fatiga" is tiredness.

    To Mexicans "quítelo hasta las 3" says: not before 3. To Colombians "drogas" are medicines too. A "respiro" is a
    rest, and an "extremidad" a word of doctors.
    """
    said = " ".join(words for message in MESSAGES for words in forms(message.string)).lower()
    for word in (
        *("urgencias", "calambre", "fatiga", "herida", "entumec"),
        *("hasta las %", "hasta el %", "drogas inyectadas", "cada respiro", "extremidad"),
    ):
        assert word not in said


# --- The guide in both languages -------------------------------------------------------------
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_guide_page_has_the_same_parts_and_numbers_in_both_languages(page):
    english, spanish = html_of(f"/{page.path}"), html_of(f"/es/{page.path}").replace('="/es/', '="/')
    in_main = [re.search(r"<main.*</main>", html, re.DOTALL)[0] for html in (english, spanish)]
    for part in (r"<(h[1-4]|section|ol|ul|table|svg)\b", r'\bid="([^"]*)"', r'\bhref="([^"]*)"', r'class="([^"]*)"'):
        assert re.findall(part, in_main[1]) == re.findall(part, in_main[0])
    pages = (read_page(path).text for path in (f"/{page.path}", f"/es/{page.path}"))
    numbers = [Counter(re.findall(r"\d+(?:[.,-]\d+)*", text)) for text in pages]
    assert numbers[0] == numbers[1]


# --- No English on a Spanish page ------------------------------------------------------------
NONE = {"signs": "none"}
DETAILS = PLAIN_SPASM | {"step": "2"}
POSTS = {
    "step 1, nothing checked": ("/es/check/advice/", {}),
    "step 2": ("/es/check/advice/", NONE),
    "step 2, nothing answered": ("/es/check/advice/", NONE | {"step": "2"}),
    "care at home": ("/es/check/advice/", DETAILS),
    "care at home, part on pills answered": ("/es/check/advice/", DETAILS | {"medicine": "none"}),
    "see a doctor": (
        "/es/check/advice/",
        DETAILS | {"duration": "weeks_2_or_not_sure", "start": "injury_or_not_sure", "spread": "leg_or_tingling"},
    ),
    "see a doctor, pregnant": ("/es/check/advice/", DETAILS | {"pregnancy": "weeks_20_up"}),
    "get seen today": ("/es/check/advice/", DETAILS | {"notice": "fever", "health": "cancer_recent"}),
    "emergency": ("/es/check/advice/", {"signs": ["balance", "chest_or_jaw"]}),
    "handout, care at home": ("/es/check/handout/", DETAILS | {"medicine": "none"}),
    "handout, see a doctor": (
        "/es/check/handout/",
        DETAILS | {"duration": "weeks_2_or_not_sure", "medicine": "under_care"},
    ),
    "handout, get seen today": ("/es/check/handout/", DETAILS | {"notice": "fever"}),
    "handout, emergency": ("/es/check/handout/", {"signs": ["balance", "chest_or_jaw"]}),
    "request from advice": ("/es/book/from-advice/", DETAILS | {"duration": "weeks_2_or_not_sure"}),
    "request, nothing filled in": ("/es/book/", {}),
}
PAGES_TO_OPEN = [(path, None) for path in (*PUBLIC, "/es/book/sent/", "/es/no-such/") if path.startswith("/es")]


def what_a_person_meets(page: str) -> str:
    """All text of a Spanish page, also for screen readers, except what is marked as English."""
    text = re.sub(r"<(svg|script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    text = re.sub(r'<(\w+)[^>]*\slang="en"[^>]*>.*?</\1>', " ", text, flags=re.DOTALL)
    spoken = re.findall(r'\b(?:aria-label|content|placeholder|title|alt|data-[\w-]+)="(?!http)([^"]*)"', text)
    text = " ".join([re.sub(r"<[^>]+>", "\n", text), *spoken])
    # Placeholders of the clinic's facts.
    return re.sub(r"[^\S\n]+", " ", re.sub(r"\[(?:fill in|por llenar)[^\]]*\]", "", html.unescape(text)))


def english_in(page: str) -> list[str]:
    met = what_a_person_meets(page)
    left = [words for message in MESSAGES for words in forms(message.id) if len(words) > 12 and words in met]
    return [words for words in left if words not in SAME] + ENGLISH_WORDS.findall(met)


@pytest.mark.parametrize(
    ("path", "data"), [*PAGES_TO_OPEN, *(pytest.param(*post, id=name) for name, post in POSTS.items())]
)
def test_no_english_is_left_on_a_page(path, data):
    assert read_page(path, data).one("html")["lang"] == "es"
    assert english_in(html_of(path, data)) == []


def test_no_english_is_left_when_the_rules_fail(client, monkeypatch):
    monkeypatch.setattr("triage.checker.views.assess", lambda answers: 1 / 0)
    page = client.post("/es/check/advice/", DETAILS).content.decode()
    assert "Busque ayuda médica ahora" in page
    assert english_in(page) == []


def test_the_search_for_english_words_works():
    assert english_in("<p>Stay on level ground with a friend.</p>") == ["with"]
    assert english_in('<p>Vea <span lang="en">The Lancet and the rest</span></p>') == []
    assert english_in('<p aria-label="Emergency help">x</p>') == ["Emergency help"]
