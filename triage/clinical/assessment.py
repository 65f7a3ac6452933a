"""From answers to advice."""

import hashlib
import json
from dataclasses import dataclass

from triage.clinical.answers import SymptomAnswers
from triage.clinical.care_levels import CareLevel
from triage.clinical.questions import QUESTIONS
from triage.clinical.records import Rule
from triage.clinical.rules import RULES, SELF_CARE_RULE


def _fingerprint() -> str:
    table = [
        (rule.code, rule.level.name, rule.words, [[sorted(group) for group in c] for c in rule.combinations])
        for rule in RULES
    ]
    asked = [(q.code, q.text, [(c.code, c.text, c.hint) for c in q.choices]) for q in QUESTIONS]
    return hashlib.sha256(json.dumps([table, asked]).encode()).hexdigest()[:8]


# Stored with a request and printed on each result: which rules and questions led to the advice.
RULES_VERSION = _fingerprint()


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
    def told(self) -> tuple[str, ...]:
        """What to read back to the person: each reason's words, none twice."""
        return tuple(dict.fromkeys(words for reason in self.reasons for words in reason.told))


def assess(answers: SymptomAnswers) -> Assessment:
    """The advice for `answers`. Total, pure, and the same whatever order the answers came in."""
    met = [rule for rule in RULES if rule.is_met(answers.chosen)] or [SELF_CARE_RULE]
    met.sort(key=lambda rule: -rule.level)
    return Assessment(met[0].level, tuple(Reason(rule, _told(rule, answers)) for rule in met))


def _told(rule: Rule, answers: SymptomAnswers) -> tuple[str, ...]:
    """The rows of step 1 the person checked; for all other rules the rule's own words."""
    checked = tuple(row.text for row in rule.asks if row.question == "signs" and row.answer in answers.chosen)
    if checked:
        return checked
    if rule.unsure and not rule.is_met(frozenset(a for a in answers.chosen if not a.endswith(".not_sure"))):
        return (rule.unsure,)
    return (rule.words,)
