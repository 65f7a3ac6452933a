"""What changed in the rules, the questions or the medicine lines, newest first. Shown to the public."""

import datetime as dt
from dataclasses import dataclass

from triage.clinical.translation import gettext_noop as _


@dataclass(frozen=True)
class Change:
    """`version`: the fingerprint after the change, as in assessment.RULES_VERSION."""

    date: dt.date
    what: str
    version: str


SECOND_REVIEW = (
    _(
        "Step 1 has new rows: a weak leg, a weak arm, a bad headache. Also trouble breathing."
        " Also no urge to go."
        " The rows on tearing pain, the heart, fever, accidents and brown pee say what counts."
        " A pulled muscle that eases at rest, and a flu, no longer lead to 911."
    ),
    _(
        "More pairs of answers lead to 911 or to care today."
        " Among them are very bad pain from nowhere, pain in the upper belly, and staying dizzy."
        " They count with pregnancy, a risk of infection, cancer, steroid pills or diabetes."
        " So they do when you bleed easily, and from age 60 on."
        " The rules on this page say which."
    ),
    _(
        "Step 2 is shorter. The rules D3, D8, D11, D14 and D15 are retired."
        " An old leak that has not changed is no sign."
        " The questions about pain pills come after the advice."
    ),
)

CHANGES = (
    Change(
        dt.date(2026, 11, 29),
        _(
            "Step 1 asks for more signs, such as a room that spins, a cold leg and heavy bleeding."
            " Too much of a medicine, or stopping a strong one, needs care today."
            " So do yellow eyes, odd discharge, pain to the belly that grows, and a fall from age 65 on."
            " Diabetes with pain into an arm does, too."
            " New bruises need a doctor."
            " Diabetes counts more with upper-belly pain; cancer and sickle cell disease do when you stay dizzy."
            " Ankylosing spondylitis counts like weak bones, an infected implant like a boil, Artri King like steroids."
            " A neck that hurts to turn and a little blood after a birth are no signs."
            " Nor are a bad tooth, old spells of spinning, the usual period and a knot in a muscle."
        ),
        "95d91106",
    ),
    Change(
        dt.date(2026, 11, 29),
        _(
            "Sudden confusion without a fever now leads to 911. So does a jaw that locks."
            " So does a fall or dive onto the head, and pain in first one leg, then the other."
            " A pregnancy that ended in any way counts like a birth."
            " Drugs by needle count when you stopped not long ago, too."
            " A fever counts, too, when a pill brought it down."
        ),
        "61483414",
    ),
    Change(
        dt.date(2026, 11, 29),
        _(
            "An emergency room now comes first for more answers, such as new trouble with sex."
            " Past cancer with pain that spreads to the hip or the side needs care today."
        ),
        "5a8c1e10",
    ),
    Change(
        dt.date(2026, 11, 28),
        _("Pain in the side that makes you throw up now counts like waves of pain to the groin."),
        "151a4f58",
    ),
    Change(
        dt.date(2026, 11, 28),
        _("Trouble stopping or finishing when you pee now counts like trouble starting."),
        "d5b62f96",
    ),
    *(Change(dt.date(2026, 11, 28), what, "d5e62c53") for what in SECOND_REVIEW),
    Change(
        dt.date(2026, 11, 28),
        _(
            "Very bad pain that came all at once, with nothing setting it off, now needs a doctor."
            " If it goes to the belly, hip, side, groin or arm, it needs care today."
            " From age 60 on, it is an emergency."
        ),
        "c2b8d53f",
    ),
    Change(dt.date(2026, 11, 22), _("First version of the rules."), "6e782dc5"),
)
