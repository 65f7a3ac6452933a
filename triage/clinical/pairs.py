"""Every two answers of step 2 and the level they lead to together: a paper for a clinician."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import RULES_VERSION, Assessment, assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.decision_table import markdown_table
from triage.clinical.questions import AGE, HEALTH, NOTICE, SIGNS, STEP_2, Kind, Question

# The answers of a plain spasm, from which each pair starts: "none", or else the first choice.
PLAIN_AGE = 36
PLAIN: dict[str, Any] = {SIGNS.code: SIGNS.none, AGE.code: PLAIN_AGE} | {
    question.code: question.none or question.choices[0].code for question in STEP_2 if question.choices
}
# The ages that the rules tell apart, each by its youngest year. The fifth band, 18 to 59, is the plain one.
AGES = {"under_10": 0, "10_to_17": 10, "60_to_64": 60, "65_to_69": 65, "70_up": 70}

# Each answer that alone, beside a plain spasm, is cared for at home, and why that is safe.
HOME_CARE_ALONE = {
    "duration.days_7_13": "the article says: a doctor after two weeks",
    "start.sudden_move": "a strain starts like this; from age 70 on a doctor (D17)",
    "notice.worse": "a spasm may grow for some days; a doctor after a week (D9) or from age 70 on (D17)",
    "pregnancy.birth_6_weeks": "an ache is common then; its dangers have rules (E12, E22, E23, E28, U26)",
    "health.diabetes": "common; counts with pain that grows or is there at night (U22), fever (E10) or dizziness (E25)",
    "health.bleeds_or_not_sure": "changes the pain pills; counts with a fall, a sudden start, pain that grows or"
    " spreads, and more (E11, E20, E28, U4, U21)",
    "age.60_to_64": "age alone is no sign (Downie 2013)",
    "age.65_to_69": "age alone is no sign (Downie 2013)",
    "age.70_up": "age alone is no sign (Downie 2013)",
}

MARKS = {CareLevel.EMERGENCY: "e", CareLevel.URGENT: "u", CareLevel.DOCTOR: "d", CareLevel.SELF_CARE: "h"}
SHORT = {
    CareLevel.EMERGENCY: "911",
    CareLevel.URGENT: "today",
    CareLevel.DOCTOR: "doctor",
    CareLevel.SELF_CARE: "home",
}


@dataclass(frozen=True)
class Answer:
    """One answer of step 2. value: what the person gives. words: as the form says it."""

    question: Question
    code: str
    value: str | int
    words: str = ""

    @property
    def name(self) -> str:
        return f"{self.question.code}.{self.code}"

    @property
    def label(self) -> str:
        """Its code, which is short and readable; with its question's, where that is no row that says all by itself."""
        short = self.code.replace("_", " ")
        return short if self.question in (NOTICE, HEALTH) else f"{self.question.code}: {short}"

    @cached_property
    def alone(self) -> CareLevel:
        return _assess(self).level

    def can_stand_beside(self, other: "Answer") -> bool:
        return self != other and (self.question is not other.question or self.question.kind is Kind.MANY)


def _assess(*answers: Answer) -> Assessment:
    data = {code: [value] for code, value in PLAIN.items()}
    for answer in answers:
        # "None of these" gives way by itself.
        before = data[answer.question.code] if answer.question.kind is Kind.MANY else []
        data[answer.question.code] = [*before, answer.value]
    return assess(SymptomAnswers.from_dict(data))


def _answers() -> Iterable[Answer]:
    for question in STEP_2:
        for choice in question.choices:
            if choice.code != PLAIN[question.code]:
                yield Answer(question, choice.code, choice.code, choice.text)
        if question is AGE:
            yield from (Answer(AGE, code, age) for code, age in AGES.items())


ANSWERS = tuple(_answers())


@dataclass(frozen=True)
class Pair:
    """Two answers of one person. codes: the rules that decide their level."""

    answers: frozenset[Answer]
    level: CareLevel
    codes: tuple[str, ...]

    @property
    def is_raised(self) -> bool:
        """Whether the two lead higher together than each of them alone."""
        return self.level > max(answer.alone for answer in self.answers)

    @property
    def mark(self) -> str:
        return MARKS[self.level].upper() if self.is_raised else MARKS[self.level]

    def other(self, answer: Answer) -> Answer:
        (other,) = self.answers - {answer}
        return other


def _pair(one: Answer, other: Answer) -> Pair:
    found = _assess(one, other)
    codes = tuple(reason.code for reason in found.reasons if reason.rule.level is found.level)
    return Pair(frozenset((one, other)), found.level, codes)


def all_pairs() -> tuple[Pair, ...]:
    """Each pair that one person can give, once, in the order of the form."""
    return tuple(_pair(one, other) for one, other in itertools.combinations(ANSWERS, 2) if one.can_stand_beside(other))


def as_markdown() -> str:
    """docs/pairs.md: each answer alone, the pairs that lead higher, those that stay at home, and all in one table."""
    pairs = all_pairs()
    raised = [pair for pair in pairs if pair.is_raised]
    at_home = [pair for pair in pairs if pair.level is CareLevel.SELF_CARE]
    alone = [
        (str(number), answer.label, answer.words, SHORT[answer.alone], HOME_CARE_ALONE.get(answer.name, ""))
        for number, answer in enumerate(ANSWERS, 1)
    ]
    higher = (CareLevel.EMERGENCY, CareLevel.URGENT, CareLevel.DOCTOR)
    together = [
        (answer.label, SHORT[answer.alone], *(_partners(answer, raised, level) for level in higher))
        for answer in ANSWERS
        if any(answer in pair.answers for pair in raised)
    ]
    home = [
        (answer.label, partners)
        for answer in ANSWERS
        if (partners := _partners(answer, at_home, CareLevel.SELF_CARE, with_codes=False))
    ]
    heads = ("Answer", "Alone", *(f"{SHORT[level]} with" for level in higher))
    return f"""# Every two answers of step 2 together

Rules version {RULES_VERSION}. Made by `manage.py assess --pairs`: do not edit.

Each person starts with a plain spasm: none of the signs of step 1, age 18 to 59, less than 7 days, started slowly, only
the back, nothing else. The levels are: 911; seen today; a doctor within 7 days; care at home.

Of {len(pairs)} pairs, {len(raised)} lead higher than each of the two answers alone, and {len(at_home)} stay at home.
All others have the higher of the two levels.

## Each answer alone

{markdown_table(("#", "Answer", "In the words of the form", "Alone", "Why that is safe at home"), alone)}

## Pairs that lead higher than each answer alone

Each pair stands under both of its answers, with the rules that decide.

{markdown_table(heads, together)}

## Pairs that stay at home

{markdown_table(("Answer", "With"), home)}

## All pairs

Numbers as in the first table. E: 911. U: today. D: a doctor. H: home. A capital letter: higher than each answer alone.
No letter: one person cannot give both.

```
{_matrix(pairs)}
```"""


def _partners(answer: Answer, pairs: Iterable[Pair], level: CareLevel, with_codes: bool = True) -> str:
    return "; ".join(
        pair.other(answer).label + (f" ({' '.join(pair.codes)})" if with_codes else "")
        for pair in pairs
        if answer in pair.answers and pair.level is level
    )


def _matrix(pairs: Iterable[Pair]) -> str:
    marks = {pair.answers: pair.mark for pair in pairs}
    width = max(len(answer.label) for answer in ANSWERS) + 3
    head = " " * width + "".join(f"{number:3}" for number in range(1, len(ANSWERS) + 1))
    lines = []
    for number, answer in enumerate(ANSWERS, 1):
        cells = "".join(f"{marks.get(frozenset((answer, other)), ''):>3}" for other in ANSWERS)
        lines.append(f"{number:2} {answer.label:{width - 3}}{cells}".rstrip())
    # The numbers again, so that a finger does not have to go all the way up.
    return "\n".join([head, *lines[:21], head, *lines[21:]])
