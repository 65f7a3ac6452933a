"""The guide reads at 6th grade or below: Flesch–Kincaid over its prose, and no long sentence.

The syllable counter rather counts one too many than one too few, so that it errs on the strict side.
"""

import re

import pytest

from tests.reading import read_page
from triage.guide.pages import PAGES

MAX_GRADE = 6
MAX_WORDS_IN_A_SENTENCE = 20
# Labels and headings are no prose, and so short that they would flatter the grade.
LEAST_WORDS_OF_PROSE = 6


def syllables(word: str) -> int:
    """How many syllables an English word has, at least one: its groups of vowels, less a silent e."""
    word = word.lower().replace("'", "")
    groups = len(re.findall(r"[aeiouy]+", word))
    # "made", "times", "used", but not "table", "spaces" or "rested".
    silent = re.search(r"[^aeiouyl]e$|[aeiouy][^aeiouyscgxz]es$|[^aeioudty]ed$", word)
    # Two vowels that are said apart: "mus-cu-lar-i-ty" needs nothing, "medi-um" and "di-et" do.
    apart = len(re.findall(r"i[aou](?!us)|[^gq]ue[lt]|eo|ying", word))
    return max(1, groups - bool(silent) + apart)


def sentences(blocks: list[str]) -> list[list[str]]:
    """The words of each sentence. A block ends a sentence; so does a lead-in's colon at its end."""
    found = []
    for block in blocks:
        # "U.S." and "8.2" end nothing.
        text = re.sub(r"(?<=\b[A-Z])\.|(?<=\d)\.(?=\d)", "", block.replace("’", "'"))
        found += [re.findall(r"[A-Za-z0-9'&]+", part) for part in re.split(r"[.!?]+[\"”)]*(?:\s|$)", text)]
    return [words for words in found if words]


def grade(blocks: list[str]) -> float:
    """Flesch–Kincaid grade of these blocks."""
    said = sentences(blocks)
    words = [word for sentence in said for word in sentence if word[0].isalpha()]
    return 0.39 * len(words) / len(said) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_reads_at_sixth_grade(page):
    blocks = read_page(f"/{page.path}").prose
    prose = [block for block in blocks if len(block.split()) >= LEAST_WORDS_OF_PROSE]

    assert grade(prose) <= MAX_GRADE
    assert [" ".join(words) for words in sentences(blocks) if len(words) > MAX_WORDS_IN_A_SENTENCE] == []


def test_syllables_are_counted_strictly():
    least = {"spasm": 1, "times": 1, "table": 2, "needed": 2, "medicine": 3, "emergency": 4, "immediately": 5}
    assert [word for word, count in least.items() if syllables(word) < count] == []


def test_the_measure_tells_hard_from_plain():
    hard = "Conservative therapeutic interventions frequently ameliorate musculoskeletal discomfort considerably."
    plain = "Home care helps most people. Use heat or ice, and take short walks each day."
    assert grade([plain]) < 4 < 12 < grade([hard])
