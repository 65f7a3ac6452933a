"""Spanish pages read easily: at least "bastante fácil" on the INFLESZ scale (Szigriszt-Pazos), and no long sentence."""

import re

import pytest

from tests.house.test_readability import LEAST_WORDS_OF_PROSE, MAX_WORDS_IN_A_SENTENCE
from tests.house.test_words import POSTS
from tests.reading import read_page
from triage.guide.pages import PAGES

LEAST_EASE = 65


def syllables(word: str) -> int:
    """How many syllables a Spanish word has: its groups of vowels, and one more where two vowels are said apart."""
    word = re.sub(r"([gq])u([eéií])", r"\1\2", word.lower())
    count = 0
    for group in re.findall(r"[aeiouáéíóúü]+", word):
        pairs = zip(group, group[1:], strict=False)
        count += 1 + sum((a in "aeoáéó" and b in "aeoáéó") or a in "íú" or b in "íú" for a, b in pairs)
    return max(1, count)


def sentences(blocks: list[str]) -> list[list[str]]:
    """The words of each sentence. A block ends a sentence; "8.2", "a.m." and "p.m." do not."""
    found = []
    for block in blocks:
        text = re.sub(r"(?<=\d)\.(?=\d)|\b([ap])\.m\.", r"\1", block.replace("\xa0", " "))
        found += [re.findall(r"\w+", part) for part in re.split(r"[.!?…]+[\"”)]*(?:\s|$)", text)]
    return [words for words in found if words]


def ease(blocks: list[str]) -> float:
    """Szigriszt-Pazos: above 65 is "bastante fácil", above 80 "muy fácil"."""
    said = sentences(blocks)
    words = [word for sentence in said for word in sentence]
    return 206.835 - 62.3 * sum(map(syllables, words)) / len(words) - len(words) / len(said)


def prose(blocks: list[str]) -> list[str]:
    return [block for block in blocks if len(block.split()) >= LEAST_WORDS_OF_PROSE]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_guide_page_reads_easily(page):
    blocks = read_page(f"/es/{page.path}").prose
    assert ease(prose(blocks)) >= LEAST_EASE
    assert [" ".join(words) for words in sentences(blocks) if len(words) > MAX_WORDS_IN_A_SENTENCE] == []


@pytest.mark.parametrize(("path", "data"), POSTS.values(), ids=POSTS)
def test_the_check_its_advice_the_handout_and_the_request_read_easily(path, data):
    assert ease(prose(read_page(path, data).prose)) >= LEAST_EASE


def test_syllables_are_counted():
    counts = {"yo": 1, "espalda": 3, "tiene": 2, "guía": 2, "médico": 3, "caerse": 3, "quien": 1}
    assert {word: syllables(word) for word in counts} == counts


def test_the_measure_tells_hard_from_plain():
    hard = "Las intervenciones terapéuticas conservadoras frecuentemente mejoran considerablemente las molestias."
    plain = "El cuidado en casa ayuda a casi todos. Use calor o hielo y camine un poco cada día."
    assert ease([hard]) < 0 < 80 < ease([plain])
