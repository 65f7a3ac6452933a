"""The shape of what we know: a sign, the row that asks for it, and the rule it feeds."""

from dataclasses import InitVar, dataclass
from enum import StrEnum
from functools import cached_property

from triage.clinical.care_levels import CareLevel
from triage.clinical.sources import Source
from triage.clinical.translation import gettext_noop as _

# An answer is named "question.choice", for example "duration.not_sure"; an age is known by its bands,
# for example "age.60_up". A combination is met when
# each of its groups holds at least one of the person's answers. A rule fires when any of its
# combinations is met. There is no "not": one more answer can only add reasons, never take one away.
Group = frozenset[str]
Combination = tuple[Group, ...]


def all_of(*groups: str | tuple[str, ...] | Group) -> Combination:
    """A combination: every group must be met. A group is one answer, or several of which one is enough."""
    return tuple(frozenset([group]) if isinstance(group, str) else frozenset(group) for group in groups)


def is_any_met(combinations: tuple[Combination, ...], facts: frozenset[str]) -> bool:
    """Whether any combination has each of its groups among `facts`."""
    return any(all(not group.isdisjoint(facts) for group in combination) for combination in combinations)


class Support(StrEnum):
    """How strong the proof behind a rule is."""

    ARTICLE = "article"
    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"

    @property
    def words(self) -> str:
        return SUPPORT_WORDS[self]


SUPPORT_WORDS = {
    Support.ARTICLE: _("the article’s own rule"),
    Support.STRONG: _("strong proof"),
    Support.MODERATE: _("some proof"),
    Support.WEAK: _("weak proof"),
}


@dataclass(frozen=True)
class Choice:
    """One answer a person may give. `code` is stored with requests and never renamed."""

    code: str
    text: str
    hint: str = ""


@dataclass(frozen=True)
class Row(Choice):
    """A choice that exists because a rule needs it. `question` and `group` say where it is asked."""

    question: str = "signs"
    group: str = ""

    @property
    def answer(self) -> str:
        return f"{self.question}.{self.code}"


def each_alone(rows: tuple[Row, ...]) -> tuple[Combination, ...]:
    """A combination for each row: that row and nothing else."""
    return tuple(all_of(row.answer) for row in rows)


@dataclass(frozen=True)
class Rule:
    """One line of the decision table.

    code: permanent, stored with requests.
    words: the sign as a reader meets it, after "if" or "you told us": "you lose your balance".
    asks: the rows of the form that exist for this rule; each alone meets it, unless `when` is given.
    when: the combinations that meet it instead of each row alone.
    also_when: more combinations that meet it, besides `when` or the rows. Kept as part of `when`.
    may_signal: what the sign can mean. Never a finding.
    see: whom to call first, where it is not just "a doctor".
    sources: where it comes from. support: how strong the proof is.
    """

    code: str
    level: CareLevel
    words: str
    sources: tuple[Source, ...]
    support: Support
    may_signal: str = ""
    see: str = ""
    asks: tuple[Row, ...] = ()
    when: tuple[Combination, ...] = ()
    # Not a field of its own: the rules' version is made of the fields, and `when` already says it all.
    also_when: InitVar[tuple[Combination, ...]] = ()

    def __post_init__(self, also_when: tuple[Combination, ...]) -> None:
        if also_when:
            object.__setattr__(self, "when", (*(self.when or each_alone(self.asks)), *also_when))

    @cached_property
    def combinations(self) -> tuple[Combination, ...]:
        return self.when or each_alone(self.asks)

    @cached_property
    def answers(self) -> frozenset[str]:
        """Every answer that plays a part in the rule."""
        return frozenset(answer for combination in self.combinations for group in combination for answer in group)

    def is_met(self, facts: frozenset[str]) -> bool:
        # Most rules share nothing with most people's answers; that is known at once.
        return not self.answers.isdisjoint(facts) and is_any_met(self.combinations, facts)
