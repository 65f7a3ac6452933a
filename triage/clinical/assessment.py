"""From answers to advice."""

import hashlib
import json
from dataclasses import dataclass

from triage.clinical.answers import SymptomAnswers
from triage.clinical.care_levels import CareLevel
from triage.clinical.questions import QUESTIONS, SIGNS
from triage.clinical.records import Rule
from triage.clinical.rules import RULES, SELF_CARE_RULE


def _fingerprint() -> str:
    table = [
        (rule.code, rule.level.name, rule.words, rule.see, [[sorted(group) for group in c] for c in rule.combinations])
        for rule in RULES
    ]
    asked = [(q.code, q.text, [(c.code, c.text, c.hint) for c in q.choices]) for q in QUESTIONS]
    return hashlib.sha256(json.dumps([table, asked]).encode()).hexdigest()[:8]


# Stored with a request and printed on each result: which rules and questions led to the advice.
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
        """Whom to call first, where a reason names someone."""
        return tuple(reason.rule.see for reason in self.reasons if reason.rule.see)

    @property
    def told(self) -> tuple[str, ...]:
        """What to read back to the person: each reason's words, none twice."""
        return tuple(dict.fromkeys(words for reason in self.reasons for words in reason.told))


def assess(answers: SymptomAnswers) -> Assessment:
    """The advice for `answers`. Total, pure, and the same whatever order the answers came in."""
    facts = answers.facts
    met = [rule for rule in RULES if rule.is_met(facts)] or [SELF_CARE_RULE]
    met.sort(key=lambda rule: -rule.level)
    return Assessment(met[0].level, tuple(Reason(rule, _told(rule, facts)) for rule in met))


def _told(rule: Rule, facts: frozenset[str]) -> tuple[str, ...]:
    """The rows of step 1 the person checked that meet the rule; for all other rules the rule's own words."""
    checked = tuple(text for answer, text in SIGN_TEXTS.items() if answer in facts and answer in rule.answers)
    if checked:
        return checked
    if rule.unsure and not rule.is_met(frozenset(fact for fact in facts if not fact.endswith(".not_sure"))):
        return (rule.unsure,)
    return (rule.words,)
