"""Rules and warning signs mean the same: `when` replaces the rows, `also_when` adds to them."""

from dataclasses import replace

import pytest

from triage.clinical.care_levels import CareLevel
from triage.clinical.records import Row, Rule, Support, all_of
from triage.clinical.red_flags import _red_flag
from triage.clinical.sources import ARTICLE

ONE, TWO = Row("one", "One"), Row("two", "Two")
FEVER_AND_AGE = all_of("notice.fever", "age.60_up")
BELLY = all_of("spread.belly")


def rule(**given) -> Rule:
    """As written in rules.py."""
    return Rule("E99", CareLevel.EMERGENCY, "words", (ARTICLE,), Support.ARTICLE, "may signal", **given)


def red_flag(*asks: Row, **given) -> Rule:
    """As written in red_flags.py."""
    return _red_flag("E99", "words", "may signal", (ARTICLE,), Support.ARTICLE, *asks, **given)


@pytest.mark.parametrize("asks", [(), (ONE,), (ONE, TWO)], ids=len)
@pytest.mark.parametrize("also_when", [(), (BELLY,), (FEVER_AND_AGE, BELLY)], ids=len)
def test_a_rule_copied_from_one_file_to_the_other_means_the_same(asks, also_when):
    expected = (*(all_of(row.answer) for row in asks), *also_when)
    assert rule(asks=asks, also_when=also_when).combinations == expected
    assert red_flag(*asks, also_when=also_when).combinations == expected


def test_rows_can_be_replaced_and_added_to_but_not_those_of_a_sign():
    assert rule(asks=(ONE,), when=(BELLY,)).combinations == (BELLY,)
    assert rule(asks=(ONE,), when=(BELLY,), also_when=(FEVER_AND_AGE,)).combinations == (BELLY, FEVER_AND_AGE)
    with pytest.raises(TypeError, match="when"):
        red_flag(ONE, when=(BELLY,))


def test_a_changed_copy_keeps_what_was_added():
    assert replace(rule(asks=(ONE,), also_when=(BELLY,)), words="other").combinations == (all_of(ONE.answer), BELLY)
