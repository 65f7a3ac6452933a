"""The command `assess`: its output, what it refuses, and that it needs only the rules."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.unit.clinical.scenarios import PLAIN_SPASM
from triage.clinical.assessment import RULES_VERSION
from triage.clinical.decision_table import from_age
from triage.clinical.medicines import MEDICINE_RULES, MEDICINES
from triage.clinical.questions import QUESTIONS
from triage.clinical.rules import RULES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def assess(monkeypatch):
    """assess(text): the advice that the command prints for it, and the error that ends it, or ""."""

    def run(text: str) -> tuple[list[dict], str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("assess", stdout=out, stderr=err)
        except SystemExit as stopped:
            assert stopped.code == 2
        return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue().strip()

    return run


def printed(option: str) -> str:
    out = io.StringIO()
    call_command("assess", option, stdout=out)
    return out.getvalue()


# --- Answers in, advice out ------------------------------------------------------------------
def test_the_advice_in_full(assess):
    ((advice,), _) = assess(json.dumps(PLAIN_SPASM | {"notice": ["fever"], "spread": ["leg_or_tingling"]}))
    assert advice["level"] == "EMERGENCY"
    assert [reason["code"] for reason in advice["reasons"]] == ["E10", "U1", "A7"]
    assert advice["reasons"][1] == {
        "code": "U1",
        "words": "you have a fever of 100.4 °F (38 °C) or more, or chills that shake you",
        "sources": ["NHS", "Mayo Clinic"],
        "support": "strong",
    }
    assert advice["medicines"] is None
    assert advice["rules_version"] == RULES_VERSION


def test_objects_may_be_spread_over_lines_or_not(assess):
    pretty = json.dumps(PLAIN_SPASM, indent=2)
    for between in ("\n", "", " \t\r\n"):
        found, error = assess(between + pretty + between + '{"signs": "balance"}' + between)
        assert ([advice["level"] for advice in found], error) == (["SELF_CARE", "EMERGENCY"], "")


# --- What is refused -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"signs": ["shark_bite"]}', "object 1, line 1: 'signs': 'shark_bite' is not one of its choices"),
        ('{"signs": ["none"]}', "object 1, line 1: 'duration' is not answered"),
        (json.dumps(PLAIN_SPASM | {"spread": {"leg": True}}), "'spread': {'leg': True} is not an answer"),
        ('{"signs": "balance", "signs": "none"}', "object 1, line 1: 'signs' stands there twice"),
        ('{"age": NaN, "signs": "balance"}', "nan is not an age"),
        ("{signs: balance}", "object 1, line 1: Expecting property name enclosed in double quotes"),
        ('["signs"]', "object 1, line 1: answers come as an object"),
        ("[" * 100_000, "object 1, line 1: "),
        ('{"age": ' + "1" * 5_000 + "}", "object 1, line 1: Exceeds the limit"),
        ("", "no answers on standard input"),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_wrong_is_named(assess, text, named):
    advice, error = assess(text)
    assert advice == []
    assert named in error


def test_the_object_and_its_line_are_named(assess):
    good = json.dumps(PLAIN_SPASM, indent=2)
    advice, error = assess(f'{good}\n{{"signs": "balance"}}\n\n{{"signs": "moon"}}')
    assert len(advice) == 2
    assert error == f"object 3, line {len(good.splitlines()) + 3}: 'signs': 'moon' is not one of its choices"


# --- What is asked, and the table ------------------------------------------------------------
def test_the_questions_with_their_codes_and_words():
    asked = json.loads(printed("--questions"))
    assert [question["code"] for question in asked] == [question.code for question in QUESTIONS]
    for said, question in zip(asked, QUESTIONS, strict=True):
        assert (said["text"], said["kind"], said["optional"]) == (question.text, question.kind, question.optional)
        codes = [choice["code"] for choice in said.get("choices", [])]
        assert codes == [choice.code for choice in question.choices]
    age = next(said for said in asked if said["code"] == "age")
    assert (age["least"], age["most"]) == (0, 120)
    assert [said["code"] for said in asked if said["optional"]] == ["medicine"]
    assert [said["code"] for said in asked if said["step"] == 1] == ["signs"]


def test_the_table_holds_every_rule_and_every_medicine():
    table = printed("--table")
    assert f"Rules version {RULES_VERSION}" in table
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines() if line.startswith("| ")}
    for rule in RULES:
        for words in (rule.words, rule.may_signal, rule.support.words, *(source.short for source in rule.sources)):
            assert words in rows[rule.code]
    for rule in MEDICINE_RULES:
        assert rule.words in rows[rule.code]
    for medicine in MEDICINES:
        assert f"{medicine.most_in_24_hours} | {medicine.most_days} | {from_age(medicine)} |" in rows[medicine.name]


def test_it_works_with_the_database_gone():
    environment = os.environ | {"DATABASE_URL": "postgres://nobody:none@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "manage.py", "assess"],
        input='{"signs": ["balance"]}\n{"signs": "moon"}',
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment,
        timeout=60,
        check=False,
    )
    assert json.loads(done.stdout)["level"] == "EMERGENCY"
    assert done.stderr.strip() == "object 2, line 2: 'signs': 'moon' is not one of its choices"
    assert done.returncode == 2
