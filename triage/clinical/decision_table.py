"""The rules as people read them: what meets each one, in the words of the questions."""

from collections.abc import Iterable
from dataclasses import dataclass

from triage.clinical.answers import bands
from triage.clinical.assessment import RULES_VERSION
from triage.clinical.care_levels import CareLevel
from triage.clinical.medicines import MEDICINE_RULES, MEDICINES, Medicine
from triage.clinical.questions import AGE, MEDICINE, QUESTIONS, Question
from triage.clinical.records import Choice, Combination, Group, Row
from triage.clinical.rules import RULES, rules_at
from triage.clinical.sources import Source
from triage.clinical.translation import gettext_noop as _

# What rules know besides the choices of a question: the bands of an age, and a part that was skipped.
KNOWN_WITHOUT_A_CHOICE = {
    AGE: (
        Choice("under_10", _("age under 10")),
        Choice("10_to_17", _("age 10 to 17")),
        Choice("under_12", _("age under 12")),
        Choice("under_19", _("age under 19")),
        Choice("60_up", _("age 60 or older")),
        Choice("65_up", _("age 65 or older")),
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


def as_markdown() -> str:
    """The whole table in English: every rule by level, the rules about medicines, and the limits on the labels."""
    parts = [f"# The decision table\n\nRules version {RULES_VERSION}. The highest level wins."]
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    for level in sorted(CareLevel, reverse=True):
        rows = [
            (r.code, r.words, _met_by(r.combinations), r.may_signal, source_names(r.sources), r.support.words)
            for r in rules_at(level)
        ]
        heads = ("Code", "Sign", "What meets it", "It can mean", "Source", "Proof")
        parts.append(f"## {level.shown.label} ({level.name})\n\n{markdown_table(heads, rows)}")
    rows = [
        (r.code, r.words, _met_by(r.when), *map(_names, (r.avoid, r.ask_first, r.leaves)), source_names(r.sources))
        for r in MEDICINE_RULES
    ]
    heads = ("Code", "Who", "What meets it", "Do not take", "Ask first", "May try", "Source")
    parts.append(f"## Pain medicines\n\n{markdown_table(heads, rows)}")
    rows = [(m.name, m.most_in_24_hours, str(m.most_days), str(from_age(m))) for m in MEDICINES]
    heads = ("Medicine", "Most in 24 hours", "Most days for pain", "From age")
    parts.append(f"## The limits on the labels\n\n{markdown_table(heads, rows)}")
    return "\n\n".join(parts)


def markdown_table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (heads, ("---",) * len(heads), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |" for cells in lines)


def _met_by(combinations: tuple[Combination, ...]) -> str:
    """One line of a cell for each way to meet the rule."""
    ways = (" **and** ".join(_group_words(group, groups) for group in groups) for groups in conditions(combinations))
    return "<br>".join(ways) or "No other rule is met."


def _group_words(group: tuple[Asked, ...], groups: tuple[tuple[Asked, ...], ...]) -> str:
    is_one_of_many = len(group) > 1 or (len(groups) > 1 and len(group[0].choices) > 1)
    return ("any of: " if is_one_of_many else "") + "; ".join(map(_asked_words, group))


def _asked_words(asked: Asked) -> str:
    return f"{asked.question} {' or '.join(_choice_words(choice, asked.is_quoted) for choice in asked.choices)}".strip()


def _choice_words(choice: Choice, is_quoted: bool) -> str:
    text = f"“{choice.text}”" if is_quoted else choice.text
    return f"{text} ({choice.hint})" if choice.hint else text


def _names(medicines: Iterable[Medicine]) -> str:
    return ", ".join(medicine.name for medicine in medicines)


def source_names(sources: Iterable[Source]) -> str:
    """Their short names in a row."""
    return "; ".join(source.short for source in sources)
