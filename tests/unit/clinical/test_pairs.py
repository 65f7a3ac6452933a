"""All pairs of answers of step 2: docs/pairs.md is up to date, and no pair leads too low."""

import io
import re

import pytest
from django.core.management import call_command

from tests.unit.clinical.scenarios import PLAIN_SPASM
from tests.unit.test_assess_command import ROOT
from triage.clinical import pairs
from triage.clinical.answers import bands
from triage.clinical.care_levels import CareLevel
from triage.clinical.pairs import AGES, ANSWERS, HOME_CARE_ALONE, PLAIN, PLAIN_AGE
from triage.clinical.questions import AGE, STEP_2
from triage.clinical.rules import RULE_BY_CODE, RULES

# Words for a danger: an answer with one of them is no plain spasm.
DANGER = re.compile("all at once|sudden|very bad|worst|fever|chills|bleed|blood|infect|faint|dizzy", re.IGNORECASE)


def test_the_document_of_pairs_is_up_to_date():
    printed = io.StringIO()
    call_command("assess", "--pairs", stdout=printed)
    written = (ROOT / "docs/pairs.md").read_text(encoding="utf-8")
    assert written == printed.getvalue(), 'run: make manage ARGS="assess --pairs" > docs/pairs.md'


def test_a_pair_starts_from_a_plain_spasm():
    given = {code: [value] if isinstance(PLAIN_SPASM[code], list) else value for code, value in PLAIN.items()}
    assert given == PLAIN_SPASM
    plain = [choice for q in STEP_2 for choice in q.choices if choice.code == PLAIN[q.code]]
    assert [choice.text for choice in plain if DANGER.search(f"{choice.text} {choice.hint}")] == []


def test_the_ages_are_all_that_the_rules_tell_apart():
    known = {answer for rule in RULES for answer in rule.answers if answer.startswith(AGE.code)}
    told_apart = {frozenset(bands(age) & known) for age in range(AGE.most + 1)}
    assert {frozenset(bands(age) & known) for age in (*AGES.values(), PLAIN_AGE)} == told_apart


def test_an_answer_that_alone_stays_at_home_says_why():
    """All of them, so also those with words for a danger, and new ones."""
    at_home = {answer.name for answer in ANSWERS if answer.alone is CareLevel.SELF_CARE}
    assert at_home == set(HOME_CARE_ALONE)


def test_the_rules_that_such_a_reason_names_look_at_the_answer():
    for name, why in HOME_CARE_ALONE.items():
        for code in re.findall(r"\b[AEUD]\d+\b", why):
            assert name in RULE_BY_CODE[code].answers, (name, code)


@pytest.mark.parametrize(
    ("one", "other", "mark"),
    [
        ("notice.fever", "notice.dry", "E"),
        ("notice.dry", "notice.fever", "E"),
        ("notice.cannot_walk", "notice.fever", "E"),
        ("notice.fever", "notice.night", "u"),
        ("start.sudden_move", "notice.worse", "h"),
        ("start.sudden_move", "age.70_up", "D"),
        ("start.sudden_move", "start.out_of_nowhere", ""),
    ],
)
def test_the_table_of_all_pairs(one, other, mark):
    head, *lines = pairs.as_markdown().split("```")[1].strip("\n").splitlines()
    rows = [line.ljust(len(head)) for line in lines if line != head]
    names = [answer.name for answer in ANSWERS]
    assert len(rows) == len(names)
    column = len(head) - 3 * (len(names) - names.index(other))
    assert rows[names.index(one)][column : column + 3].strip() == mark
