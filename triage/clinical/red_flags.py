"""The signs that need immediate care, each with the row of step 1 that asks for it.

To add one, add a record here. The check, the emergency card, the result, the staff side and the
tests follow from it.
"""

from triage.clinical.care_levels import CareLevel
from triage.clinical.records import Row, Rule, Support
from triage.clinical.words import mark

CONTROL_AND_FEELING = mark("Control and feeling")
ARMS_LEGS_AND_BALANCE = mark("Arms, legs and balance")

# The order in which step 1 shows its groups.
GROUPS = (CONTROL_AND_FEELING, ARMS_LEGS_AND_BALANCE)


def _red_flag(code: str, words: str, source: str, support: Support, asks: tuple[Row, ...]) -> Rule:
    return Rule(code, CareLevel.EMERGENCY, words, source, support, asks=asks)


def _article(code: str, words: str, *asks: Row) -> Rule:
    return _red_flag(code, words, mark("The article this guide is based on"), Support.ARTICLE, asks)


RED_FLAGS = (
    _article(
        "A1",
        mark("you cannot control when you pee or poop"),
        Row(
            "bladder_or_bowel",
            mark("I cannot hold my pee or poop"),
            mark("Does not count: an old leak that has not changed."),
            group=CONTROL_AND_FEELING,
        ),
    ),
    _article(
        "A2",
        mark("an arm or leg is weak or has lost feeling"),
        Row(
            "weak_limb",
            mark("An arm or leg is weak: it gives way, drags or drops things"),
            mark("Does not count: it hurts to move but works."),
            group=ARMS_LEGS_AND_BALANCE,
        ),
        Row(
            "limb_lost_feeling",
            mark("Part of an arm or leg has lost feeling"),
            mark("Does not count: only tingling, or it fell asleep and woke up."),
            group=ARMS_LEGS_AND_BALANCE,
        ),
    ),
    _article(
        "A3",
        mark("one side of your body is numb"),
        Row("one_side_numb", mark("One side of my body is numb"), group=ARMS_LEGS_AND_BALANCE),
    ),
    _article(
        "A4",
        mark("you lose your balance, or your hands or feet miss their aim"),
        Row(
            "balance",
            mark("I lose my balance, or my hands or feet miss their aim"),
            mark("Does not count: slow or bent over from pain."),
            group=ARMS_LEGS_AND_BALANCE,
        ),
    ),
)
