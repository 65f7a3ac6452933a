"""The PEMAT table is complete: every health page and item, right sums, a reason for each "no", both scores 90 %."""

import re
from collections import Counter

import pytest

from tests.once import ROOT
from triage.clinical.care_levels import CareLevel
from triage.guide.pages import PAGES

AIM = 0.9
PAGES_OF_THE_CHECK = [
    "Check, step 1",
    "Check, step 2",
    *(f"Result: {level.shown.spoken.rstrip(':')}" for level in sorted(CareLevel, reverse=True)),
    "Handout",
]
HEALTH_PAGES = [*(page.nav_title for page in PAGES if page.is_health), *PAGES_OF_THE_CHECK]
UNDERSTAND = [*range(1, 13), *range(15, 20)]  # 13 and 14 are for videos.
ACT = list(range(20, 27))
MAY_NOT_APPLY = {6, 8, 9, 11, 16, 17, 18, 19, 24, 25}

TEXT = (ROOT / "docs/pemat.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("|")]
HEADER = ROWS[0][2:]
CELLS = {int(row[0]): dict(zip(HEADER, row[2:], strict=True)) for row in ROWS if len(row) > 3 and row[0].isdecimal()}
SCORES = {row[1].strip("*"): dict(zip(HEADER, row[2:], strict=True)) for row in ROWS if len(row) > 3 and not row[0]}


def test_every_health_page_is_rated_on_every_item():
    assert HEADER == HEALTH_PAGES
    assert list(CELLS) == UNDERSTAND + ACT

    for item, cells in CELLS.items():
        assert set(cells.values()) <= {"yes", "no", *(["n/a"] if item in MAY_NOT_APPLY else [])}, item


@pytest.mark.parametrize(("scale", "items"), [("Understandability", UNDERSTAND), ("Actionability", ACT)])
def test_scores_are_right_and_reach_the_aim(scale, items):
    for page in HEALTH_PAGES:
        said = Counter(CELLS[item][page] for item in items)
        rated = said["yes"] + said["no"]
        assert SCORES[scale][page] == f"{said['yes'] / rated:.0%} ({said['yes']} of {rated})"
        assert said["yes"] / rated >= AIM, page


def test_every_no_and_every_item_that_does_not_apply_has_its_reason():
    reasons = [(int(row[0]), row[1]) for row in ROWS if len(row) == 3 and row[0].isdecimal() and row[2]]
    assert reasons == [(item, page) for item, cells in CELLS.items() for page in HEADER if cells[page] == "no"]

    part = TEXT.partition("## Where an item does not apply")[2].partition("\n## ")[0]
    named = {int(number) for items in re.findall(r"\*\*([\d, ]+):\*\*", part) for number in items.split(",")}
    assert named == {item for item, cells in CELLS.items() if "n/a" in cells.values()}
