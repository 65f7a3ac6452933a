"""The decision table: every rule, in the order of its code. The highest level that is met wins."""

from triage.clinical.care_levels import CareLevel
from triage.clinical.records import Rule, Support, all_of
from triage.clinical.red_flags import RED_FLAGS
from triage.clinical.words import mark

ARTICLE = mark("The article this guide is based on")

RULES_BELOW_EMERGENCY = (
    Rule(
        "A5",
        CareLevel.DOCTOR,
        mark("the spasms have gone on for 2 weeks or more"),
        ARTICLE,
        Support.ARTICLE,
        unsure=mark("you are not sure how long, so we count it as 2 weeks"),
        when=(all_of(("duration.weeks_2_up", "duration.months_3_up", "duration.not_sure")),),
    ),
    Rule(
        "A6",
        CareLevel.DOCTOR,
        mark("an injury may have caused them"),
        ARTICLE,
        Support.ARTICLE,
        unsure=mark("you are not sure how it started, so we count it as an injury"),
        when=(all_of(("start.injury", "start.not_sure")),),
    ),
    Rule(
        "A7",
        CareLevel.DOCTOR,
        mark("the pain spreads to another part of your body"),
        ARTICLE,
        Support.ARTICLE,
        when=(all_of(("spread.leg", "spread.arm", "spread.elsewhere")),),
    ),
)

# Not a sign: what is left when no rule is met.
SELF_CARE_RULE = Rule(
    "A8", CareLevel.SELF_CARE, mark("you have none of the signs we ask about"), ARTICLE, Support.ARTICLE
)

RULES = (*RED_FLAGS, *RULES_BELOW_EMERGENCY, SELF_CARE_RULE)
RULE_BY_CODE = {rule.code: rule for rule in RULES}


def rules_at(level: CareLevel) -> tuple[Rule, ...]:
    """The rules that lead to `level`, in order."""
    return tuple(rule for rule in RULES if rule.level == level)
