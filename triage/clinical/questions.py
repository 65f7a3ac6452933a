"""What the symptom check asks, in order. Rows that a rule needs come from the rules themselves."""

from dataclasses import dataclass
from enum import StrEnum

from triage.clinical.records import Choice, Row
from triage.clinical.red_flags import GROUPS
from triage.clinical.rules import RULES
from triage.clinical.words import mark


class Kind(StrEnum):
    ONE = "one"
    MANY = "many"


@dataclass(frozen=True)
class Question:
    """One question. `code` and the codes of its choices are stored with requests and never renamed.

    missing: what to do when it is left out.
    none: for MANY, the code of the choice that says "none of these"; it gives way to any other.
    why: why we ask, for a person who wonders.
    """

    code: str
    kind: Kind
    text: str
    choices: tuple[Choice, ...]
    missing: str
    why: str = ""
    hint: str = ""
    none: str = ""

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(choice.code for choice in self.choices)


def _rows_for(question: str, group: str = "") -> tuple[Row, ...]:
    return tuple(
        row for rule in RULES for row in rule.asks if row.question == question and (group or row.group) == row.group
    )


SIGNS = Question(
    "signs",
    Kind.MANY,
    mark("Have you had any of these since this back pain began?"),
    (
        *(row for group in GROUPS for row in _rows_for("signs", group)),
        Choice("none", mark("None of these")),
    ),
    missing=mark("Choose all the signs you have, or choose None of these"),
    hint=mark("Check what is new or worse with this pain, even if it came and went. Not sure about one? Check it."),
    none="none",
)

DURATION = Question(
    "duration",
    Kind.ONE,
    mark("How long have you had these spasms?"),
    (
        Choice("days_0_1", mark("Since today or yesterday")),
        Choice("days_2_6", mark("2 to 6 days")),
        Choice("days_7_13", mark("7 to 13 days")),
        Choice("weeks_2_up", mark("2 weeks to 3 months")),
        Choice("months_3_up", mark("More than 3 months")),
        Choice("not_sure", mark("I am not sure")),
    ),
    missing=mark("Choose how long you have had these spasms"),
    why=mark("Spasms that go on for 2 weeks need a doctor. If you are not sure, we count it as 2 weeks."),
)

START = Question(
    "start",
    Kind.ONE,
    mark("How did it start?"),
    (
        Choice("everyday", mark("Slowly, in everyday effort, in sport, or for no clear reason")),
        Choice("sudden_effort", mark("All at once as I bent, lifted or coughed")),
        Choice("injury", mark("With a small fall or bump, or I may be injured")),
        Choice("not_sure", mark("I am not sure")),
    ),
    missing=mark("Choose how the spasms started"),
    why=mark("An injury needs a doctor’s look. If you are not sure, we count it as one."),
)

SPREAD = Question(
    "spread",
    Kind.MANY,
    mark("Where does the pain go?"),
    (
        Choice("only_back", mark("Only my back")),
        Choice("leg", mark("Down one leg")),
        Choice("arm", mark("Into an arm")),
        Choice("elsewhere", mark("To a hip, my side, groin or belly")),
    ),
    missing=mark("Choose where the pain goes"),
    hint=mark("Check all that fit."),
    why=mark("Pain that spreads can come from a nerve or from somewhere other than a muscle."),
    none="only_back",
)

STEP_1 = (SIGNS,)
STEP_2 = (DURATION, START, SPREAD)
QUESTIONS = (*STEP_1, *STEP_2)
QUESTION_BY_CODE = {question.code: question for question in QUESTIONS}
