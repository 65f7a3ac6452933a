"""The public table shows all rules, and no rule changes without an entry in the log."""

import itertools
from dataclasses import replace

import pytest

from triage.clinical import assessment
from triage.clinical.answers import AGE_BANDS
from triage.clinical.assessment import RULES_VERSION
from triage.clinical.changes import CHANGES
from triage.clinical.decision_table import Asked, conditions, from_age
from triage.clinical.medicines import MEDICINE_RULES, MEDICINES
from triage.clinical.rules import RULE_BY_CODE, RULES


def test_every_answer_that_meets_a_rule_is_in_its_words():
    for rule in (*RULES, *MEDICINE_RULES):
        combinations = rule.when or rule.combinations
        for groups, combination in zip(conditions(combinations), combinations, strict=True):
            for group, answers in zip(groups, combination, strict=True):
                codes = [choice.code for asked in group for choice in asked.choices]
                assert sorted(codes) == sorted(answer.partition(".")[2] for answer in answers), rule.code


def said(code: str) -> list[list[str]]:
    """Each combination of the rule in words."""
    combinations = RULE_BY_CODE[code].combinations
    return [["; ".join(map(words, group)) for group in groups] for groups in conditions(combinations)]


def words(asked: Asked) -> str:
    return f"{asked.question} {' or '.join(choice.text for choice in asked.choices)}".strip()


def test_conditions_in_words():
    """A row alone; an answer with its question; all groups in the order of the rule; several questions for one."""
    assert said("A3") == [["One side of my body or face is numb, or feels less"]]
    injury = "With a fall, hit or bump, however small; or I may be injured, or am not sure"
    assert said("A6") == [[f"How did it start? {injury}"]]
    age, signs = said("E29")[0]
    assert age == "age 60 or older"
    assert signs.startswith("Pain in my side that comes in waves, goes to my groin, or makes me throw up or Pain in")
    assert said("U4")[0][1].startswith("age 65 or older; A blood thinner or a bleeding problem, or I am not sure")
    assert said("A8") == []


def test_no_table_says_that_a_teenager_may_take_aspirin():
    ages = {"ibuprofen": 12, "naproxen": 12, "aspirin": 19, "acetaminophen": 12, "lidocaine": 12}
    assert {medicine.code: from_age(medicine) for medicine in MEDICINES} == ages


# --- The log ---------------------------------------------------------------------------------
def test_no_rule_changes_without_a_line_in_the_log():
    assert CHANGES[0].version == RULES_VERSION, (
        "A rule, a question, a medicine line or a care step changed. Say what, for the public, at the top of CHANGES in"
        f' triage/clinical/changes.py: Change(dt.date(YEAR, MONTH, DAY), _("…"), "{RULES_VERSION}")'
    )


def test_the_log_is_in_order():
    assert [change.date for change in CHANGES] == sorted((change.date for change in CHANGES), reverse=True)
    # A version may have several entries; they are next to each other, with the same date.
    versions = [version for version, _lines in itertools.groupby(CHANGES, key=lambda change: change.version)]
    assert len(versions) == len({(change.version, change.date) for change in CHANGES})
    assert len({change.what for change in CHANGES}) == len(CHANGES)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("RULES", (replace(RULES[0], words="another word"), *RULES[1:])),
        ("RULES", (replace(RULES[0], sources=()), *RULES[1:])),
        ("RULES", RULES[1:]),
        ("MEDICINE_RULES", (replace(MEDICINE_RULES[0], avoid=()), *MEDICINE_RULES[1:])),
        ("AGE_BANDS", AGE_BANDS | {"age.60_up": range(61, 121)}),
    ],
    ids=["words", "sources", "removed", "medicine", "age"],
)
def test_a_change_of_anything_that_decides_is_another_version(monkeypatch, name, changed):
    monkeypatch.setattr(assessment, name, changed)
    assert assessment._fingerprint() != RULES_VERSION
