"""Pages are easy to read: 6th grade or below in English, "bastante fácil" or better in Spanish, no long sentence.

English is measured by Flesch–Kincaid, Spanish on the INFLESZ scale (Szigriszt-Pazos). The English syllable counter
may count one too many, but not one too few, so it errs on the strict side.
"""

import re

import pytest

from tests.house.test_words import POSTS
from tests.reading import read_page
from triage.guide.pages import PAGES

MAX_GRADE = 6
LEAST_EASE = 65
MAX_WORDS_IN_A_SENTENCE = 20
# Labels and headings are no prose, and are so short that they would lower the grade.
LEAST_WORDS_OF_PROSE = 6
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def syllables(word: str) -> int:
    """How many syllables an English word has, at least one: its groups of vowels, less a silent e."""
    word = word.lower().replace("'", "")
    groups = len(re.findall(r"[aeiouy]+", word))
    # "made", "times", "used", but not "table", "spaces" or "rested".
    silent = re.search(r"[^aeiouyl]e$|[aeiouy][^aeiouyscgxz]es$|[^aeioudty]ed$", word)
    # Two vowels that are spoken separately, as in "medi-um" and "di-et".
    apart = len(re.findall(r"i[aou](?!us)|[^gq]ue[lt]|eo|ying", word))
    return max(1, groups - bool(silent) + apart)


def spanish_syllables(word: str) -> int:
    """The syllables of a Spanish word: its groups of vowels, and one more where two vowels are spoken separately."""
    word = re.sub(r"([gq])u([eéií])", r"\1\2", word.lower())
    count = 0
    for group in re.findall(r"[aeiouáéíóúü]+", word):
        pairs = zip(group, group[1:], strict=False)
        count += 1 + sum((a in "aeoáéó" and b in "aeoáéó") or a in "íú" or b in "íú" for a, b in pairs)
    return max(1, count)


def sentences(blocks: list[str]) -> list[list[str]]:
    """The words of each sentence. A block ends a sentence; so does a lead-in's colon at its end."""
    found = []
    for block in blocks:
        # "U.S.", "8.2", "a.m." and "p.m." end nothing.
        text = re.sub(r"(?<=\b[A-Z])\.|(?<=\d)\.(?=\d)|(?<=\b[ap])\.m\.", "", block.replace("\xa0", " "))
        found += [re.findall(r"[\w'&]+", part) for part in re.split(r"[.!?…]+[\"”)]*(?:\s|$)", text)]
    return [words for words in found if words]


def too_long(blocks: list[str]) -> list[str]:
    return [" ".join(words) for words in sentences(blocks) if len(words) > MAX_WORDS_IN_A_SENTENCE]


def prose(blocks: list[str]) -> list[str]:
    return [block for block in blocks if len(block.split()) >= LEAST_WORDS_OF_PROSE]


def grade(blocks: list[str]) -> float:
    """Flesch–Kincaid grade of the prose in these blocks."""
    said = sentences(prose(blocks))
    words = [word for sentence in said for word in sentence if word[0].isalpha()]
    return 0.39 * len(words) / len(said) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def ease(blocks: list[str]) -> float:
    """Szigriszt-Pazos of the prose in these blocks: above 65 is "bastante fácil", above 80 "muy fácil"."""
    said = sentences(prose(blocks))
    words = [word for sentence in said for word in sentence]
    return 206.835 - 62.3 * sum(map(spanish_syllables, words)) / len(words) - len(words) / len(said)


@every_page
def test_page_reads_at_sixth_grade(page):
    blocks = read_page(f"/{page.path}").prose
    assert grade(blocks) <= MAX_GRADE
    assert too_long(blocks) == []


@every_page
def test_spanish_page_reads_easily(page):
    blocks = read_page(f"/es/{page.path}").prose
    assert ease(blocks) >= LEAST_EASE
    assert too_long(blocks) == []


@pytest.mark.parametrize(("path", "data"), POSTS.values(), ids=POSTS)
def test_the_check_its_advice_the_handout_and_the_request_read_easily(path, data):
    assert ease(read_page(path, data).prose) >= LEAST_EASE


def test_syllables_are_counted_strictly():
    least = {"spasm": 1, "times": 1, "table": 2, "needed": 2, "medicine": 3, "emergency": 4, "immediately": 5}
    assert [word for word, count in least.items() if syllables(word) < count] == []
    counts = {"yo": 1, "espalda": 3, "tiene": 2, "guía": 2, "médico": 3, "caerse": 3, "quien": 1}
    assert {word: spanish_syllables(word) for word in counts} == counts


def test_the_measures_differ_for_hard_and_plain_texts():
    hard = "Conservative therapeutic interventions frequently ameliorate musculoskeletal discomfort considerably."
    plain = "Home care helps most people. Use heat or ice, and take short walks each day."
    assert grade([plain]) < 4 < 12 < grade([hard])
    hard = "Las intervenciones terapéuticas conservadoras frecuentemente mejoran considerablemente las molestias."
    plain = "El cuidado en casa ayuda a casi todos. Use calor o hielo y camine un poco cada día."
    assert ease([hard]) < 0 < 80 < ease([plain])
