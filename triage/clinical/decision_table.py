"""The rules as people read them: what meets each one, in the words of the questions."""

from dataclasses import dataclass

from triage.clinical.answers import bands
from triage.clinical.medicines import MEDICINE_RULES, Medicine
from triage.clinical.questions import AGE, MEDICINE, QUESTIONS, Question
from triage.clinical.records import Choice, Combination, Group, Row
from triage.clinical.rules import RULES
from triage.clinical.translation import gettext_noop as _

# What rules know besides the choices of a question: the bands of an age, and a part that was skipped.
KNOWN_WITHOUT_A_CHOICE = {
    AGE: (
        Choice("under_10", _("age under 10")),
        Choice("10_to_17", _("age 10 to 17")),
        Choice("under_12", _("age under 12")),
        Choice("under_19", _("age under 19")),
        Choice("60_up", _("age 60 or older")),
        Choice("70_up", _("age 70 or older")),
    ),
    MEDICINE: (Choice("skipped", _("this part was skipped")),),
}

# Every source a rule or a medicine line rests on, in the order in which the table first names it.
RULE_SOURCES = tuple(dict.fromkeys(source for rule in (*RULES, *MEDICINE_RULES) for source in rule.sources))


@dataclass(frozen=True)
class Asked:
    """Answers to one question, each of which will do.

    question: its words, empty where the answers need none.
    is_quoted: whether the answers are words of the form.
    """

    question: str
    choices: tuple[Choice, ...]
    is_quoted: bool


def from_age(medicine: Medicine) -> int:
    """The youngest age, in years, at which neither the label nor a rule about age alone speaks against it.

    Labels allow aspirin from 12. The rules do not: under 19 it can cause a rare, serious illness.
    """
    against = [rule for rule in MEDICINE_RULES if medicine in rule.avoid]
    return next(age for age in range(medicine.from_age, AGE.most) if not any(r.applies_to(bands(age)) for r in against))


def conditions(combinations: tuple[Combination, ...]) -> tuple[tuple[tuple[Asked, ...], ...], ...]:
    """For each combination (any of which meets a rule) its groups (all of them needed), each as the answers that do.

    In the order of the form. Every text is still to be translated.
    """
    return tuple(tuple(_asked(group) for group in combination) for combination in combinations)


def _asked(group: Group) -> tuple[Asked, ...]:
    return tuple(_of_question(question, choices) for question in QUESTIONS if (choices := _choices(question, group)))


def _choices(question: Question, group: Group) -> tuple[Choice, ...]:
    known = (*question.choices, *KNOWN_WITHOUT_A_CHOICE.get(question, ()))
    return tuple(choice for choice in known if f"{question.code}.{choice.code}" in group)


def _of_question(question: Question, choices: tuple[Choice, ...]) -> Asked:
    # A row says all by itself ("A weak immune system, or dialysis"). "Maybe" says nothing without its question.
    says_all = question is AGE or all(isinstance(choice, Row) for choice in choices)
    return Asked("" if says_all else question.text, choices, is_quoted=choices[0] in question.choices)
