"""What changed in the rules, the questions or the medicine lines, newest first. Shown to the public."""

import datetime as dt
from dataclasses import dataclass

from triage.clinical.words import mark


@dataclass(frozen=True)
class Change:
    """`version`: the fingerprint after the change, as in assessment.RULES_VERSION."""

    date: dt.date
    what: str
    version: str


CHANGES = (Change(dt.date(2026, 11, 22), mark("First version of the rules."), "6e782dc5"),)
