"""Every row of scenarios.md, the worked examples of the evidence among them."""

import collections

import pytest

from tests.unit.clinical.scenarios import read_scenarios
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.rules import RULES

SCENARIOS = read_scenarios()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_scenario(scenario):
    assessment = assess(SymptomAnswers.from_dict(scenario.answers))
    assert assessment.level is scenario.level
    assert {reason.code for reason in assessment.reasons} == scenario.codes


def test_the_table_is_as_large_as_promised():
    levels = collections.Counter(scenario.level for scenario in SCENARIOS)
    assert [scenario.number for scenario in SCENARIOS] == list(range(1, len(SCENARIOS) + 1))
    assert len(SCENARIOS) >= 12 + 60
    assert levels[CareLevel.SELF_CARE] - 2 >= 15  # two of the worked examples are self-care too
    assert min(levels.values()) >= 15


def test_every_rule_has_a_scenario():
    assert {rule.code for rule in RULES} == frozenset().union(*(scenario.codes for scenario in SCENARIOS))
