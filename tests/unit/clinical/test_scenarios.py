"""Every row of scenarios.md, which includes the examples of the evidence."""

import collections

import pytest

from tests.unit.clinical.scenarios import read_scenarios
from tests.unit.clinical.test_assess import PLAIN, adding, ways_to_meet
from triage.clinical import assessment as assessment_module
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.rules import RULES, SELF_CARE_RULE

SCENARIOS = read_scenarios()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_scenario(scenario):
    assessment = assess(SymptomAnswers.from_dict(scenario.answers))
    assert assessment.level is scenario.level
    assert {reason.code for reason in assessment.reasons} == scenario.codes


def test_the_table_is_as_large_as_promised():
    levels = collections.Counter(scenario.level for scenario in SCENARIOS)
    assert [scenario.number for scenario in SCENARIOS] == list(range(1, len(SCENARIOS) + 1))
    assert min(levels.values()) >= 15
    assert {scenario.level for scenario in SCENARIOS[12:37]} == {CareLevel.SELF_CARE}, "13 to 37 are simple spasms"


def test_half_of_the_misleading_stories_are_emergencies_and_a_quarter_is_home_care():
    misleading = [scenario for scenario in SCENARIOS if scenario.section == "Stories that mislead"]
    levels = collections.Counter(scenario.level for scenario in misleading)
    assert len(misleading) >= 40
    assert levels[CareLevel.EMERGENCY] >= len(misleading) / 2
    assert levels[CareLevel.SELF_CARE] >= 10
    assert levels[CareLevel.URGENT] + levels[CareLevel.DOCTOR] >= 10


@pytest.mark.parametrize("code", [f"A{n}" for n in range(1, 9)])
def test_each_rule_of_the_article_is_met_by_at_least_five_everyday_phrases(code):
    phrases = {s.says for s in SCENARIOS if s.section.startswith("The article’s own rules") and s.codes == {code}}
    assert len(phrases) >= 5


# --- Each rule is needed, and has a neighbor that it leaves alone ----------------------------
def is_needed(rule, answers, monkeypatch) -> bool:
    with monkeypatch.context() as without:
        without.setattr(assessment_module, "RULES", tuple(each for each in RULES if each is not rule))
        level = assess(answers).level
    return level < assess(answers).level


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule is not SELF_CARE_RULE], ids=lambda rule: rule.code)
def test_a_rule_that_can_decide_has_a_story_that_needs_it_and_one_that_only_sounds_like_it(rule, monkeypatch):
    can_decide = any(is_needed(rule, adding(PLAIN, way), monkeypatch) for way in ways_to_meet(rule))
    fires = [SymptomAnswers.from_dict(scenario.answers) for scenario in SCENARIOS if rule.code in scenario.codes]
    needs = any(is_needed(rule, answers, monkeypatch) for answers in fires)
    sounds_like = [s for s in SCENARIOS if rule.code in s.sounds_like]
    assert needs == bool(sounds_like) == can_decide
    assert not any(rule.code in scenario.codes for scenario in sounds_like)
    # They name the place. The level of U6 comes from U1 and U5, that of U28 from U5 and U10, that of U29 from U5, and
    # that of U32 from U1 and U13.
    assert can_decide or rule.code in {"U6", "U28", "U29", "U32"}
