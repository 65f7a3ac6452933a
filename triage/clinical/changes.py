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


SECOND_REVIEW = (dt.date(2026, 11, 28), "53a6ae11")

CHANGES = (
    *(
        Change(SECOND_REVIEW[0], what, SECOND_REVIEW[1])
        for what in (
            _(
                "Step 1: a weak leg, a weak arm or hand, no urge to go, a bad headache, and trouble breathing each have"
                " their own row. The rows on tearing pain, the heart, fever, accidents and brown pee are clearer."
                " A pulled muscle that eases at rest, and a flu, no longer lead to 911."
            ),
            _(
                "Very bad pain that came all at once from nothing is an emergency in pregnancy, after a birth, or for"
                " a person who stays dizzy."
            ),
            _(
                "New emergencies: a risk of infection or new trouble with sex, with pain or tingling down a limb;"
                " a fever, or cancer at any time, and no step is possible; fever under cancer treatment or after a"
                " birth; metamizole with a fever or a sore throat."
            ),
            _(
                "More new emergencies: upper-belly pain in pregnancy or when nothing stays down; bleeding easily or"
                " steroid pills, with dizziness; bleeding easily after a needle in the spine; a stab with each breath,"
                " with a risk of a clot; waves of pain to the groin from age 60 on, also after known stones."
            ),
            _(
                "New reasons to be seen today: a stab with each breath; any fall from 20 weeks of pregnancy on;"
                " bleeding easily, with pain to the belly or side; early pregnancy, with pain to the side or shoulder;"
                " diabetes, with pain that grows or is there at night."
            ),
            _(
                "From age 70 on, pain that came all at once in a move needs a doctor. Dizzy once, thirst and dark"
                " yellow pee are no signs."
            ),
            _(
                "Step 2 is shorter. The rules D3, D8, D11, D14 and D15 are retired. A hump counts in D7, a lump in D1,"
                " an old leg ache and pins and needles in A7. Stiff mornings for months are in A5. An old leak that"
                " has not changed is no sign."
            ),
            _(
                "The questions about pain pills come after the advice. One pill today no longer rules out all others,"
                " and a bad reaction rules out only its own family. Aspirin comes last."
            ),
        )
    ),
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
