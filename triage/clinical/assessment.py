"""From answers to advice."""

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any

from triage.clinical.answers import AGE_BANDS, SymptomAnswers, bands
from triage.clinical.care_levels import CareLevel
from triage.clinical.medicines import MEDICINE_RULES, MEDICINES
from triage.clinical.questions import AGE, MEDICINE, QUESTIONS
from triage.clinical.records import Row, Rule, is_any_met
from triage.clinical.red_flags import A_RIDE_WILL_DO
from triage.clinical.rules import RULES, SELF_CARE_RULE, TO_POISON_CONTROL, TO_THE_EMERGENCY_ROOM
from triage.clinical.self_care import CARE_STEPS


def _fingerprint() -> str:
    """Of all that decides what a person is told. One changed word of it is another version."""
    known = [RULES, QUESTIONS, AGE_BANDS, MEDICINE_RULES, MEDICINES, CARE_STEPS]
    return hashlib.sha256(json.dumps(known, default=_as_json).encode()).hexdigest()[:8]


def _as_json(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, range):
        return [value.start, value.stop]
    # A record: its own fields, and not what it has worked out since.
    return {field.name: getattr(value, field.name) for field in fields(value)}


# Stored with a request and printed on each result: which rules and questions led to the advice. See changes.py.
RULES_VERSION = _fingerprint()


FIRST_PLACES = (TO_THE_EMERGENCY_ROOM, TO_POISON_CONTROL)
# They name whom to call first in a case that can wait. Where a rule for today names a place, their word is left out.
CALL_WHEN_IT_CAN_WAIT = frozenset({"D5", "D6"})


@dataclass(frozen=True)
class Told:
    """An answer as the person gave it.

    question: empty where the answer says all by itself. more: the list that an answer ends with, "any one of these:".
    """

    question: str
    answer: str
    more: str = ""

    def __str__(self) -> str:
        return f"{self.question} {self.answer}".strip()


@dataclass(frozen=True)
class Reason:
    """One rule that fired, and the answers that met it."""

    rule: Rule
    told: tuple[Told, ...]

    @property
    def code(self) -> str:
        return self.rule.code


@dataclass(frozen=True)
class Assessment:
    """The advice: its level, every reason that fired (highest level first), and the rules' version.

    told: what to read back to the person: at home care all they answered, else the answers that led here; none twice.
    """

    level: CareLevel
    reasons: tuple[Reason, ...]
    told: tuple[Told, ...]
    rules_version: str = RULES_VERSION

    @property
    def see(self) -> tuple[str, ...]:
        """Whom to call first, where a reason names someone: none twice, and those in FIRST_PLACES before all others."""
        named = [reason.rule for reason in self.reasons if reason.rule.see]
        if any(rule.level is CareLevel.URGENT for rule in named):
            named = [rule for rule in named if rule.code not in CALL_WHEN_IT_CAN_WAIT]
        places = [rule.see for rule in named]
        return tuple(dict.fromkeys([*(place for place in FIRST_PLACES if place in places), *places]))

    @property
    def may_ride(self) -> bool:
        """Whether someone may take the person to an emergency room: each sign is one of A_RIDE_WILL_DO.

        Who cannot take a few steps (U11) does not get to a car, and who may be injured (A6) must not be bent into one.
        """
        signs = {reason.code for reason in self.reasons if reason.rule.level is self.level}
        return signs <= A_RIDE_WILL_DO and {"U11", "A6"}.isdisjoint(reason.code for reason in self.reasons)


def assess(answers: SymptomAnswers) -> Assessment:
    """The advice for `answers`. Total, pure, and the same whatever order the answers came in."""
    facts = answers.facts
    met = [rule for rule in RULES if rule.is_met(facts)]
    met.sort(key=lambda rule: -rule.level)
    given = _given(answers)
    reasons = tuple(Reason(rule, _told(rule, facts, given)) for rule in met) or (Reason(SELF_CARE_RULE, ()),)
    if met:
        told = [each for reason in reasons for each in reason.told]
    else:
        told = [each for answer, each in given.items() if not answer.startswith(f"{MEDICINE.code}.")]
    return Assessment(reasons[0].rule.level, reasons, tuple(dict.fromkeys(told)))


def _given(answers: SymptomAnswers) -> dict[str, Told]:
    """Each answer of the person as it is read back, in the order of the form. An age stands for each of its bands."""
    given = {}
    for question in QUESTIONS:
        for choice in answers.choices_of(question):
            words = "" if isinstance(choice, Row) else question.text
            more = choice.hint if choice.text.endswith(":") else ""
            given[f"{question.code}.{choice.code}"] = Told(words, choice.text, more)
        if question is AGE and answers.age is not None:
            given |= {band: Told(AGE.text, str(answers.age)) for band in sorted(bands(answers.age)) or [AGE.code]}
    return given


def _told(rule: Rule, facts: frozenset[str], given: dict[str, Told]) -> tuple[Told, ...]:
    """The answers that meet the rule: those of each combination that is met, and no others."""
    met = [combination for combination in rule.combinations if is_any_met((combination,), facts)]
    needed = frozenset(answer for combination in met for group in combination for answer in group)
    return tuple(dict.fromkeys(told for answer, told in given.items() if answer in needed))
