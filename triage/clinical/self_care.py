"""Facts of home care that show in more than one place. Units are in the names.

Source: the article, unless said otherwise.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from triage.clinical.care_levels import CareLevel
from triage.clinical.translation import gettext_noop as _

# "If back spasms continue for two weeks, see a doctor."
SEE_A_DOCTOR_AFTER_WEEKS = 2
# Skin safety: how long heat or cold stays on, and the break before the next round.
HEAT_OR_ICE_MINUTES_LEAST = 15
HEAT_OR_ICE_MINUTES_MOST = 20
HEAT_OR_ICE_BREAK_HOURS = 1
# Feldman & Nahin, The Journal of Pain 2022, from a 2019 US survey (National Institutes of Health):
# adults with severe, chronic back pain. Not a figure about spasms.
CHRONIC_SEVERE_BACK_PAIN_PERCENT = 8.2
# URGENT: within a day. DOCTOR: within a week.
URGENT_WITHIN_HOURS = 24
DOCTOR_WITHIN_DAYS = 7


@dataclass(frozen=True)
class HomeCareLine:
    """One line of the care-at-home card. excludes: the answers that nobody gives for whom the line is true.

    Who is not sure cannot say that a line is true.
    """

    text: str
    excludes: frozenset[str]


# Who may care for it at home, without the check: all of these are true. What a person notices stands in the full list
# of signs, and the card's last line asks for it; who the person is and how it began, the card itself must ask.
HOME_CARE_WHEN = (
    HomeCareLine(
        _("the spasms began less than 2 weeks ago"),
        frozenset({"duration.weeks_2_or_not_sure", "duration.months_3_up"}),
    ),
    HomeCareLine(
        _("you were not hurt: no fall, no bump, no accident"),
        frozenset({"start.injury_or_not_sure"}),
    ),
    HomeCareLine(
        _("it was not very bad pain that came all at once from nothing"),
        frozenset({"start.out_of_nowhere"}),
    ),
    HomeCareLine(
        _("the pain stays in your back"),
        frozenset({"spread.leg_or_tingling", "spread.arm_or_tingling", "spread.belly", "spread.elsewhere"}),
    ),
    HomeCareLine(
        _("the person in pain is 18 to 69 years old"),
        frozenset({"age.under_10", "age.10_to_17", "age.70_up"}),
    ),
    HomeCareLine(
        _("you are not pregnant, not even maybe, and were not in the last 6 weeks"),
        frozenset({"pregnancy.maybe_or_under_20", "pregnancy.weeks_20_up", "pregnancy.birth_6_weeks"}),
    ),
    HomeCareLine(
        _(
            "you never had cancer, weak bones, ankylosing spondylitis, a weak immune system, dialysis,"
            " sickle cell disease or diabetes"
        ),
        frozenset(
            {
                "health.cancer_recent",
                "health.cancer_past",
                "health.weak_bones_or_hump",
                "health.diabetes",
                "health.weak_immune",
                "health.sickle_cell",
            }
        ),
    ),
    HomeCareLine(
        _("you do not bleed easily, and take no blood thinner, steroid pills, Artri King or drugs by needle"),
        frozenset({"health.bleeds_or_not_sure", "health.steroid_pills", "health.needle_drugs"}),
    ),
    HomeCareLine(
        _("in the last 3 months you had no infected skin or implant, serious infection, or spine needle or surgery"),
        frozenset({"health.infection_3_months", "health.spine_procedure"}),
    ),
    HomeCareLine(
        _("you did not take too much of a medicine, or get worse since you stopped a strong one"),
        frozenset({"health.medicine_trouble"}),
    ),
)
# The last line, where the full list of signs stands on the same page.
NONE_ON_THIS_PAGE = _("you have none of the signs on this page")

# The day the spasms began, at the earliest, for each answer to "how long": days before today.
EARLIEST_DAYS_AGO = {"duration.days_0_6": 6, "duration.days_7_13": 13}


def see_a_doctor_by(chosen: Iterable[str], today: dt.date) -> dt.date | None:
    """The day by which spasms that go on need a doctor, counted from the earliest day they may have begun.

    None if the two weeks are over or unknown.
    """
    for answer in chosen:
        if answer in EARLIEST_DAYS_AGO:
            return today + dt.timedelta(weeks=SEE_A_DOCTOR_AFTER_WEEKS, days=-EARLIEST_DAYS_AGO[answer])
    return None


def visit_by(level: CareLevel, chosen: Iterable[str], moment: dt.datetime) -> dt.date | None:
    """When to have seen a doctor, as written down at `moment`: a day, at URGENT the hour too. None: no day is named."""
    if level is CareLevel.URGENT:
        return moment + dt.timedelta(hours=URGENT_WITHIN_HOURS)
    if level is CareLevel.DOCTOR:
        return moment.date() + dt.timedelta(days=DOCTOR_WITHIN_DAYS)
    return see_a_doctor_by(chosen, moment.date()) if level is CareLevel.SELF_CARE else None


@dataclass(frozen=True)
class HeatRound:
    """Heat or ice, once: when it goes on, when it comes off, and until when the break lasts."""

    on: dt.datetime
    off: dt.datetime
    again: dt.datetime


def heat_rounds(moment: dt.datetime, count: int = 3) -> tuple[HeatRound, ...]:
    """Clock times for heat or ice, in the time zone of `moment`: the first five-minute mark from then on, and on."""
    # In UTC, so that a night when the clocks change has no round of 80 minutes.
    start = moment.astimezone(dt.UTC)
    start += (dt.datetime.min.replace(tzinfo=dt.UTC) - start) % dt.timedelta(minutes=5)
    on, rest = dt.timedelta(minutes=HEAT_OR_ICE_MINUTES_MOST), dt.timedelta(hours=HEAT_OR_ICE_BREAK_HOURS)
    starts = [start + (on + rest) * number for number in range(count)]
    rounds = [(begin, begin + on, begin + on + rest) for begin in starts]
    return tuple(HeatRound(*(time.astimezone(moment.tzinfo) for time in times)) for times in rounds)


@dataclass(frozen=True)
class CareStep:
    """One thing to do at home. `picture` names a drawing.

    not_with: answers to which it is not said. only_with: answers to which alone it is said.
    """

    heading: str
    text: str
    picture: str = ""
    not_with: frozenset[str] = frozenset()
    only_with: frozenset[str] = frozenset()


# Who should not lie flat: late in pregnancy, after a fall, with weak bones.
NOT_FLAT = frozenset({"pregnancy.weeks_20_up", "start.injury_or_not_sure", "health.weak_bones_or_hump"})

# The article puts rest first; newer guidance (Cochrane 2010, NICE 2016) warns of long rest, so: short rest, then
# gentle movement. Heat has the better proof (Cochrane 2006). The article's two rest positions: the second
# for those who should not lie flat. No heat over a cream: FDA 2012 (burns).
CARE_STEPS = (
    CareStep(
        _("Rest a short while"),
        _("Lie on your back, upper body raised a little, a pillow under your knees. Then move gently."),
        picture="lying",
        not_with=NOT_FLAT,
    ),
    CareStep(
        _("Rest a short while"),
        _("Lean back in a recliner, legs up, knees a little bent. Then move gently."),
        picture="recliner",
        only_with=NOT_FLAT,
    ),
    CareStep(
        _("Use heat or ice"),
        _(
            "Leave it on for 15 to 20 minutes. Then take a 1-hour break. Keep a cloth between it and your skin."
            " Do not fall asleep on it. Use neither where you feel it poorly (as with diabetes)."
            " No heat over a medicine patch or a pain cream, or on a pregnant belly."
        ),
        picture="heat_ice",
    ),
    CareStep(
        _("Walk"),
        _("Take short walks on level ground, several a day."),
        picture="walking",
    ),
    CareStep(
        _("Go easy on your back"),
        _("Do not lift heavy things. Do not stay in bed for days. Change position often."),
    ),
)


def care_plan(facts: frozenset[str]) -> tuple[CareStep, ...]:
    """What to do at home, matched to the facts of `SymptomAnswers`."""
    safe = [step for step in CARE_STEPS if step.not_with.isdisjoint(facts)]
    return tuple(step for step in safe if not step.only_with or not step.only_with.isdisjoint(facts))
