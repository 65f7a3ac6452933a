"""The papers are true: each test and each file that they name exists, and each hazard has a test."""

import re

import pytest

from tests.servers.conftest import ROOT

PAPERS = ["SECURITY.md", *(f"docs/{name}.md" for name in ("asvs", "data-map", "security-figures", "threat-model"))]
HAZARDS = [
    line.strip("|").split("|")
    for line in (ROOT / "docs/hazard-log.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d", line)
]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_file_that_a_paper_on_security_names_exists(paper):
    text = (ROOT / paper).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:tests|triage|backspasm_site|docs)/[\w/.-]+)`", text))
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if not target.startswith("http")}
    missing = {path for path in named if not (ROOT / path).exists()}
    missing |= {path for path in linked if not (ROOT / paper).parent.joinpath(path).exists()}
    assert not missing


def test_every_test_that_the_hazard_log_names_exists():
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    tests = set(re.findall(r"def (test_\w+)", sources))
    for number, *_, shown_by, _remains in HAZARDS:
        named = re.findall(r"`(test_\w+)`", shown_by)
        assert named, f"hazard {number} has no test"
        assert set(named) <= tests, f"hazard {number}"
