"""Reads scenarios.md, a table for clinicians, as sets of answers for the tests."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage.clinical.care_levels import CareLevel

TABLE = Path(__file__).with_name("scenarios.md")
PLAIN_SPASM: dict[str, Any] = {
    "signs": ["none"],
    "duration": "days_0_6",
    "start": "everyday",
    "spread": ["only_back"],
    "notice": ["none"],
    "age": 36,
    "pregnancy": "no",
    "health": ["none"],
}


@dataclass(frozen=True)
class Scenario:
    number: int
    says: str
    answers: dict[str, Any]
    level: CareLevel
    codes: frozenset[str]
    sounds_like: frozenset[str]
    section: str

    @property
    def id(self) -> str:
        return f"{self.number} {self.says}"


def read_scenarios() -> list[Scenario]:
    found = []
    section = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        section = line.removeprefix("## ") if line.startswith("## ") else section
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].isdecimal():
            number, says, differs, level, codes, *sounds_like = cells
            answers = PLAIN_SPASM | dict(_answer(pair) for pair in re.split(r",\s*", differs) if pair)
            alike = frozenset(" ".join(sounds_like).split())
            required = frozenset(codes.split())
            found.append(Scenario(int(number), says, answers, CareLevel[level], required, alike, section))
    return found


def _answer(pair: str) -> tuple[str, Any]:
    question, _, value = pair.partition("=")
    return question, int(value) if value.isdecimal() else value.split("+")
