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


CHANGES = (
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
