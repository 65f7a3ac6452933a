"""What the symptom check asks, in order. Rows that a rule needs come from the rules themselves."""

from dataclasses import dataclass
from enum import StrEnum

from triage.clinical.medicines import CONDITION_ROWS
from triage.clinical.records import Choice, Row
from triage.clinical.red_flags import GROUPS
from triage.clinical.rules import RULES
from triage.clinical.translation import gettext_noop as _


class Kind(StrEnum):
    ONE = "one"
    MANY = "many"
    NUMBER = "number"


@dataclass(frozen=True)
class Question:
    """One question. `code` and the codes of its choices are stored with requests and never renamed.

    missing: what to do when it is left out.
    none: for MANY, the code of the choice that says "none of these"; it gives way to any other.
    optional: it may be skipped. Skipped is not "none".
    least, most: for NUMBER, the range that makes sense.
    """

    code: str
    kind: Kind
    text: str
    choices: tuple[Choice, ...]
    missing: str
    hint: str = ""
    none: str = ""
    optional: bool = False
    least: int = 0
    most: int = 0

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(choice.code for choice in self.choices)


def _rows(question: str, *codes: str) -> tuple[Row, ...]:
    """The rows that rules ask in `question`: those with `codes`, in this order, or else in the order of the rules."""
    rows = {row.code: row for rule in RULES for row in rule.asks if row.question == question}
    return tuple(rows[code] for code in codes) or tuple(rows.values())


NONE_OF_THESE = Choice("none", _("None of these"))

SIGNS = Question(
    "signs",
    Kind.MANY,
    _("Have you had any of these since this back pain began?"),
    (*(row for group in GROUPS for row in _rows("signs") if row.group == group), NONE_OF_THESE),
    missing=_("Choose all the signs you have, or choose None of these"),
    hint=_(
        "Check what is new or worse with this pain, even if it came and went. Not sure about one? Check it."
        " For a child or someone else, answer for them."
    ),
    none="none",
)

DURATION = Question(
    "duration",
    Kind.ONE,
    _("How long have you had this bout of pain?"),
    (
        Choice("days_0_6", _("Less than 7 days")),
        Choice("days_7_13", _("7 to 13 days")),
        Choice("weeks_2_or_not_sure", _("2 weeks to 3 months, or I am not sure")),
        Choice("months_3_up", _("More than 3 months")),
    ),
    missing=_("Choose how long you have had this pain"),
)

START = Question(
    "start",
    Kind.ONE,
    _("How did it start?"),
    (
        Choice(
            "everyday",
            _("Slowly, in everyday effort, in sport, or for no clear reason"),
            _("Also: it was there when I woke up."),
        ),
        Choice("sudden_move", _("All at once as I moved, bent, lifted or coughed"), _("Also: I felt something pull.")),
        Choice(
            "out_of_nowhere",
            _("All at once, very bad, and nothing set it off"),
            _("Also: it woke me, all at once."),
        ),
        Choice(
            "injury_or_not_sure",
            _("With a fall, hit or bump, however small; or I may be injured, or am not sure"),
        ),
    ),
    missing=_("Choose how the pain started"),
)

SPREAD = Question(
    "spread",
    Kind.MANY,
    _("Where does the pain go?"),
    (
        Choice("only_back", _("Only where it began (back or neck)")),
        Choice("leg_or_tingling", _("Down a leg, or pins and needles there that stay")),
        Choice("arm_or_tingling", _("Into an arm, or pins and needles there that stay")),
        Choice("belly", _("To my belly"), _("Not: period cramps, the same as each month.")),
        Choice(
            "elsewhere",
            _("To my hip, buttock, side, groin, shoulder or anywhere else"),
            _("To the chest or jaw? Call 911."),
        ),
    ),
    missing=_("Choose where the pain goes"),
    hint=_("Check all that fit."),
    none="only_back",
)

NOTICE = Question(
    "notice",
    Kind.MANY,
    _("Do any of these fit?"),
    (
        *_rows(
            "notice",
            "cannot_walk",
            "worse",
            "night",
            "breath_stab",
            "fever",
            "soaking_sweats",
            "burning_pee",
            "stone_waves",
            "upper_belly",
            "dry",
            "blisters",
            "sex_trouble",
            "weight_or_lump",
        ),
        NONE_OF_THESE,
    ),
    missing=_("Choose all that fit, or choose None of these"),
    hint=_("Check all that fit."),
    none="none",
)

AGE = Question(
    "age",
    Kind.NUMBER,
    _("How old are you?"),
    (),
    missing=_("Enter your age as a number, like 45"),
    hint=_("The age of the person in pain, in years. Under 1 year: 0."),
    most=120,
)

PREGNANCY = Question(
    "pregnancy",
    Kind.ONE,
    _("Are you pregnant?"),
    (
        Choice("no", _("No, or does not apply")),
        Choice(
            "maybe_or_under_20",
            _("Maybe, or yes, under 20 weeks"),
            _("Maybe: a late or odd period, also with tied tubes or an IUD."),
        ),
        Choice("weeks_20_up", _("Yes, 20 weeks or more, or not sure how far")),
        Choice(
            "birth_6_weeks",
            _("No, but I was in the last 6 weeks"),
            _("I gave birth, or it ended otherwise."),
        ),
    ),
    missing=_("Choose one answer about pregnancy"),
)

HEALTH = Question(
    "health",
    Kind.MANY,
    _("Do you have or take any of these?"),
    (
        *_rows(
            "health",
            "cancer_recent",
            "cancer_past",
            "weak_immune",
            "sickle_cell",
            "spine_procedure",
            "needle_drugs",
            "infection_3_months",
            "diabetes",
            "bleeds_or_not_sure",
            "weak_bones_or_hump",
            "steroid_pills",
            "medicine_trouble",
        ),
        NONE_OF_THESE,
    ),
    missing=_("Choose all that you have or take, or choose None of these"),
    hint=_("Check all that fit."),
    none="none",
)

# Asked with the advice, where pain pills are a question at all, and never needed for it.
MEDICINE = Question(
    "medicine",
    Kind.MANY,
    _("Before you take a pain pill: do any of these fit?"),
    (*CONDITION_ROWS, NONE_OF_THESE),
    missing=_("Choose from the list, or leave this part empty"),
    hint=_("Check all that fit. Some pain pills can harm people with these."),
    none="none",
    optional=True,
)

STEP_1 = (SIGNS,)
STEP_2_PARTS = (
    (_("Your pain"), (DURATION, START, SPREAD, NOTICE)),
    (_("Your health"), (AGE, PREGNANCY, HEALTH)),
)
STEP_2 = tuple(question for _heading, questions in STEP_2_PARTS for question in questions)
QUESTIONS = (*STEP_1, *STEP_2, MEDICINE)
QUESTION_BY_CODE = {question.code: question for question in QUESTIONS}
