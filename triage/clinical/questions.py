"""What the symptom check asks, in order. Rows that a rule needs come from the rules themselves."""

from dataclasses import dataclass
from enum import StrEnum

from triage.clinical.medicines import CONDITION_ROWS
from triage.clinical.records import Choice, Row
from triage.clinical.red_flags import GROUPS
from triage.clinical.rules import NOTICE_GROUPS, RULES
from triage.clinical.translation import gettext_noop as _


class Kind(StrEnum):
    ONE = "one"
    MANY = "many"
    NUMBER = "number"


@dataclass(frozen=True)
class Question:
    """One question. `code` and the codes of its choices are stored with requests and never renamed.

    missing: what to do when it is left out.
    why: why we ask, for a person who wonders.
    none: for MANY, the code of the choice that says "none of these"; it gives way to any other.
    optional: it may be skipped. Skipped is not "none".
    least, most: for NUMBER, the range that makes sense.
    """

    code: str
    kind: Kind
    text: str
    choices: tuple[Choice, ...]
    missing: str
    why: str = ""
    hint: str = ""
    none: str = ""
    optional: bool = False
    least: int = 0
    most: int = 0

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(choice.code for choice in self.choices)


def _rows(question: str, groups: tuple[str, ...] = ("",)) -> tuple[Row, ...]:
    """The rows that rules ask in `question`, sorted into `groups`."""
    rows = [row for rule in RULES for row in rule.asks if row.question == question]
    return tuple(row for group in groups for row in rows if row.group == group)


NONE_OF_THESE = Choice("none", _("None of these"))

SIGNS = Question(
    "signs",
    Kind.MANY,
    _("Have you had any of these since this back pain began?"),
    (*_rows("signs", GROUPS), NONE_OF_THESE),
    missing=_("Choose all the signs you have, or choose None of these"),
    hint=_("Check what is new or worse with this pain, even if it came and went. Not sure about one? Check it."),
    none="none",
)

DURATION = Question(
    "duration",
    Kind.ONE,
    _("How long have you had these spasms?"),
    (
        Choice("days_0_1", _("Since today or yesterday")),
        Choice("days_2_6", _("2 to 6 days")),
        Choice("days_7_13", _("7 to 13 days")),
        Choice("weeks_2_up", _("2 weeks to 3 months")),
        Choice("months_3_up", _("More than 3 months")),
        Choice("not_sure", _("I am not sure")),
    ),
    missing=_("Choose how long you have had these spasms"),
    why=_("Spasms that go on for 2 weeks need a doctor. If you are not sure, we count it as 2 weeks."),
)

START = Question(
    "start",
    Kind.ONE,
    _("How did it start?"),
    (
        Choice("everyday", _("Slowly, in everyday effort, in sport, or for no clear reason")),
        Choice("sudden_effort", _("All at once as I bent, lifted or coughed")),
        Choice("out_of_nowhere", _("All at once, very bad, and nothing set it off")),
        Choice("injury", _("With a small fall or bump, or I may be injured")),
        Choice("not_sure", _("I am not sure")),
    ),
    missing=_("Choose how the spasms started"),
    why=_("An injury needs a doctor’s look. If you are not sure, we count it as one."),
)

SPREAD = Question(
    "spread",
    Kind.MANY,
    _("Where does the pain go?"),
    (
        Choice("only_back", _("Only my back")),
        Choice("leg", _("Down one leg")),
        Choice("arm", _("Into an arm")),
        Choice("hip_side_groin", _("To my hip, side or groin")),
        Choice("belly", _("To my belly")),
        Choice("chest_or_jaw", _("To my chest or jaw")),
        Choice("old_leg_ache", _("An old leg ache that comes when I walk and eases when I sit")),
    ),
    missing=_("Choose where the pain goes"),
    hint=_("Check all that fit."),
    why=_("Pain that spreads can come from a nerve, or from somewhere other than a muscle."),
    none="only_back",
)

NOTICE = Question(
    "notice",
    Kind.MANY,
    _("Do any of these fit?"),
    (*_rows("notice", NOTICE_GROUPS), NONE_OF_THESE),
    missing=_("Choose all that fit, or choose None of these"),
    hint=_("Check all that fit."),
    why=_("These can mean that something other than a muscle causes the pain."),
    none="none",
)

AGE = Question(
    "age",
    Kind.NUMBER,
    _("How old are you?"),
    (),
    missing=_("Enter your age as a number, like 45"),
    hint=_("In years. Under 1 year: 0."),
    why=_("Some causes, and some pain pills, depend on age."),
    most=120,
)

PREGNANCY = Question(
    "pregnancy",
    Kind.ONE,
    _("Are you pregnant?"),
    (
        Choice("no", _("No")),
        Choice("maybe", _("Maybe")),
        Choice("weeks_under_20", _("Yes, under 20 weeks")),
        Choice("weeks_20_up", _("Yes, 20 weeks or more, or not sure how far")),
        Choice("birth_6_weeks", _("I gave birth in the last 6 weeks")),
        Choice("breastfeeding", _("I breastfeed, and the birth was longer ago")),
    ),
    missing=_("Choose one answer about pregnancy"),
    why=_("It changes who to call, and which pain pills are safe."),
)

HEALTH = Question(
    "health",
    Kind.MANY,
    _("Do you have or take any of these?"),
    (
        *_rows("health"),
        Choice("not_sure", _("I am not sure about one of these")),
        NONE_OF_THESE,
    ),
    missing=_("Choose all that you have or take, or choose None of these"),
    hint=_("Check all that fit."),
    why=_("They change how soon you should be seen. If you are not sure, we count it as a blood thinner."),
    none="none",
)

MEDICINE = Question(
    "medicine",
    Kind.MANY,
    _("Before you take a pain pill: do any of these fit?"),
    (*CONDITION_ROWS, NONE_OF_THESE),
    missing=_("Choose from the list, or leave this part empty"),
    hint=_("Check all that fit. You may skip this. Then we cannot say which pills are safe for you."),
    why=_("Some pain pills can harm people with these."),
    none="none",
    optional=True,
)

STEP_1 = (SIGNS,)
STEP_2_PARTS = (
    (_("Your pain"), (DURATION, START, SPREAD, NOTICE)),
    (_("Your health"), (AGE, PREGNANCY, HEALTH, MEDICINE)),
)
STEP_2 = tuple(question for _heading, questions in STEP_2_PARTS for question in questions)
QUESTIONS = (*STEP_1, *STEP_2)
QUESTION_BY_CODE = {question.code: question for question in QUESTIONS}
