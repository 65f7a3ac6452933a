"""The public workflow runs what is run here, and a change of clinical words has an owner to ask."""

import re

import yaml

from tests.house.test_rooms import ROOT

GITHUB = ROOT / ".github"
JOBS = yaml.safe_load((GITHUB / "workflows/test.yml").read_text("utf-8"))["jobs"]


def test_all_tests_run_on_each_python_we_promise():
    assert JOBS["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert [step["run"] for step in JOBS["test"]["steps"] if "run" in step] == [".ci/run"]
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_only_the_look_ahead_may_fail():
    assert [name for name, job in JOBS.items() if job.get("continue-on-error")] == ["forward"]


def test_the_look_ahead_takes_any_django():
    (command,) = [step["run"] for step in JOBS["forward"]["steps"] if "sed" in step.get("run", "")]
    pattern, new = re.search(r"s/(.*)/(.*)/'", command).groups()
    changed = re.sub(pattern, new, (ROOT / "requirements.in").read_text("utf-8"), flags=re.M)
    assert re.search(r"^Django +#", changed, re.M)


def test_all_that_is_signed_has_an_owner():
    owned = re.findall(r"^(/\S+) +@\S+/clinicians$", (GITHUB / "CODEOWNERS").read_text("utf-8"), re.M)
    assert all((ROOT / path[1:]).exists() for path in owned)
    for path in (
        "/triage/clinical/rules.py",
        "/templates/guide/es/home.html",
        "/triage/locale/es/LC_MESSAGES/django.po",
    ):
        assert path.startswith(tuple(owned))
