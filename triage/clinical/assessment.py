"""From answers to advice."""

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any

from triage.clinical.answers import AGE_BANDS, SymptomAnswers
from triage.clinical.care_levels import CareLevel
from triage.clinical.medicines import MEDICINE_RULES, MEDICINES
from triage.clinical.questions import QUESTIONS, SIGNS
from triage.clinical.records import Rule
from triage.clinical.rules import RULES, SELF_CARE_RULE
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


SIGN_TEXTS = {f"{SIGNS.code}.{choice.code}": choice.text for choice in SIGNS.choices}


@dataclass(frozen=True)
class Reason:
    """One rule that fired, in the words the person chose, or else in the rule's own words."""

    rule: Rule
    told: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.rule.code


@dataclass(frozen=True)
class Assessment:
    """The advice: its level, every reason that fired (highest level first), and the rules' version."""

    level: CareLevel
    reasons: tuple[Reason, ...]
    rules_version: str = RULES_VERSION

    @property
    def see(self) -> tuple[str, ...]:
        """Whom to call first, where a reason names someone: none twice."""
        return tuple(dict.fromkeys(reason.rule.see for reason in self.reasons if reason.rule.see))

    @property
    def told(self) -> tuple[str, ...]:
        """What to read back to the person: each reason's words, none twice."""
        return tuple(dict.fromkeys(words for reason in self.reasons for words in reason.told))


def assess(answers: SymptomAnswers) -> Assessment:
    """The advice for `answers`. Total, pure, and the same whatever order the answers came in."""
    facts = answers.facts
    met = [rule for rule in RULES if rule.is_met(facts)] or [SELF_CARE_RULE]
    met.sort(key=lambda rule: -rule.level)
    checked = {answer: text for answer, text in SIGN_TEXTS.items() if answer in facts}
    return Assessment(met[0].level, tuple(Reason(rule, _told(rule, facts, checked)) for rule in met))


def _told(rule: Rule, facts: frozenset[str], checked: dict[str, str]) -> tuple[str, ...]:
    """The rows of step 1 the person checked that meet the rule; for all other rules the rule's own words."""
    rows = tuple(text for answer, text in checked.items() if answer in rule.answers)
    if rows:
        return rows
    if rule.unsure and not rule.is_met(frozenset(fact for fact in facts if not fact.endswith(".not_sure"))):
        return (rule.unsure,)
    return (rule.words,)
