"""The hazard log is true: every test it names exists, and every hazard has one."""

import re

from tests.servers.conftest import ROOT

HAZARDS = [
    line.strip("|").split("|")
    for line in (ROOT / "docs/hazard-log.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d", line)
]


def test_every_test_it_names_exists():
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    tests = set(re.findall(r"def (test_\w+)", sources))
    for number, *_, shown_by, _remains in HAZARDS:
        named = re.findall(r"`(test_\w+)`", shown_by)
        assert named, f"hazard {number} has no test"
        assert set(named) <= tests, f"hazard {number}"
