"""The papers on security are true: every test and file they name exists."""

import re

import pytest

from tests.servers.conftest import ROOT

PAPERS = ["SECURITY.md", "docs/asvs.md", "docs/data-map.md", "docs/security-figures.md", "docs/threat-model.md"]


@pytest.mark.parametrize("paper", PAPERS)
def test_what_it_names_exists(paper):
    text = (ROOT / paper).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:tests|triage|backspasm_site|docs)/[\w/.-]+)`", text))
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if not target.startswith("http")}
    missing = {path for path in named if not (ROOT / path).exists()}
    missing |= {path for path in linked if not (ROOT / paper).parent.joinpath(path).exists()}
    assert not missing
