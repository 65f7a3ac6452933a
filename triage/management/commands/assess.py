"""The rules without a browser, for a reviewing clinician or an outside test set."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from triage.clinical.answers import AnswerError, SymptomAnswers
from triage.clinical.assessment import RULES_VERSION, Reason, assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.decision_table import Asked, conditions, from_age
from triage.clinical.medicines import MEDICINE_RULES, MEDICINES, Medicine, MedicineLine, advise_on_medicines
from triage.clinical.questions import QUESTIONS, STEP_1, Kind, Question
from triage.clinical.records import Choice, Combination
from triage.clinical.rules import rules_at
from triage.clinical.sources import Source

SPACE = re.compile(r"\s*")


class Command(BaseCommand):
    help = (
        "Reads answers as JSON objects, one after the other, from standard input. Prints the advice for each as JSON,"
        " one a line. A wrong code or value is an error that names it, and exits 2."
    )
    requires_system_checks = []  # the rules need nothing else of the site, and no database

    def add_arguments(self, parser: CommandParser) -> None:
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--questions", action="store_true", help="print what is asked, with codes and words")
        instead.add_argument("--table", action="store_true", help="print the decision table as Markdown")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["questions"]:
            self.stdout.write(json.dumps([_question(question) for question in QUESTIONS], indent=1, ensure_ascii=False))
        elif options["table"]:
            self.stdout.write("\n".join(_table()))
        else:
            try:
                for answers in _read_answers(sys.stdin.read()):
                    self.stdout.write(json.dumps(_advice(answers), ensure_ascii=False))
            except (AnswerError, UnicodeDecodeError) as error:
                self.stderr.write(str(error))
                sys.exit(2)


def _read_answers(text: str) -> Iterator[SymptomAnswers]:
    """The answers in `text`. Raises AnswerError naming the object, its line and what is wrong."""
    decoder = json.JSONDecoder(object_pairs_hook=_without_doubles)
    at, number = _next(text, 0), 0
    while at < len(text):
        number += 1
        try:
            data, end = decoder.raw_decode(text, at)
            if not isinstance(data, dict):
                raise AnswerError('answers come as an object, like {"signs": ["none"], …}')
            answers = SymptomAnswers.from_dict(data)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, at) + 1
            raise AnswerError(f"object {number}, line {line}: {error}") from error
        yield answers
        at = _next(text, end)
    if not number:
        raise AnswerError("no answers on standard input")


def _next(text: str, at: int) -> int:
    """Where the next thing begins that is not space."""
    found = SPACE.match(text, at)
    return found.end() if found else at


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Of two answers to one question the first would silently be lost."""
    data = dict(pairs)
    for name in data:
        if sum(name == other for other, _ in pairs) > 1:
            raise AnswerError(f"{name!r} stands there twice")
    return data


def _advice(answers: SymptomAnswers) -> dict[str, Any]:
    assessment = assess(answers)
    medicines = advise_on_medicines(answers.facts, assessment.level)
    return {
        "level": assessment.level.name,
        "reasons": [_reason(reason) for reason in assessment.reasons],
        "medicines": medicines
        and {
            "may_try": [line.medicine.code for line in medicines.may_try],
            "ask_first": _lines(medicines.ask_first),
            "avoid": _lines(medicines.avoid),
        },
        "rules_version": assessment.rules_version,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    rule = reason.rule
    sources = [source.short for source in rule.sources]
    return {"code": rule.code, "words": rule.words, "sources": sources, "support": rule.support}


def _lines(lines: Iterable[MedicineLine]) -> list[dict[str, Any]]:
    return [{"code": line.medicine.code, "because": line.because} for line in lines]


def _question(question: Question) -> dict[str, Any]:
    said: dict[str, Any] = {
        "code": question.code,
        "step": 1 if question in STEP_1 else 2,
        "kind": question.kind,
        "optional": question.optional,
        "text": question.text,
        "hint": question.hint,
    }
    if question.kind is Kind.NUMBER:
        return said | {"least": question.least, "most": question.most}
    choices = [{"code": choice.code, "text": choice.text, "hint": choice.hint} for choice in question.choices]
    return said | {"none": question.none, "choices": choices}


def _table() -> Iterator[str]:
    yield f"# The decision table\n\nRules version {RULES_VERSION}. The highest level wins."
    for level in sorted(CareLevel, reverse=True):
        rows = [
            (
                rule.code,
                rule.words,
                _met_by(rule.combinations),
                rule.may_signal,
                _names(rule.sources),
                rule.support.words,
            )
            for rule in rules_at(level)
        ]
        yield f"\n## {level.shown.label} ({level.name})\n"
        yield from _rows(("Code", "Sign", "What meets it", "It can mean", "Source", "Proof"), rows)
    yield "\n## Pain medicines\n"
    yield from _rows(
        ("Code", "Who", "What meets it", "Do not take", "Ask first", "May try", "Source"),
        [
            (
                rule.code,
                rule.words,
                _met_by(rule.when),
                *(_medicines(some) for some in (rule.avoid, rule.ask_first, rule.leaves)),
                _names(rule.sources),
            )
            for rule in MEDICINE_RULES
        ],
    )
    yield "\n## The limits on the labels\n"
    yield from _rows(
        ("Medicine", "Most in 24 hours", "Most days for pain", "From age"),
        [(m.name, m.most_in_24_hours, str(m.most_days), str(from_age(m))) for m in MEDICINES],
    )


def _rows(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for cells in (heads, ("---",) * len(heads), *rows):
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _met_by(combinations: tuple[Combination, ...]) -> str:
    """Each line of the cell is one way to meet the rule."""
    ways = (" **and** ".join(_group(group, groups) for group in groups) for groups in conditions(combinations))
    return "<br>".join(ways) or "No other rule is met."


def _group(group: tuple[Asked, ...], groups: tuple[tuple[Asked, ...], ...]) -> str:
    is_one_of_many = len(group) > 1 or (len(groups) > 1 and len(group[0].choices) > 1)
    return ("any of: " if is_one_of_many else "") + "; ".join(map(_asked, group))


def _asked(asked: Asked) -> str:
    choices = " or ".join(_choice(choice, asked.is_quoted) for choice in asked.choices)
    return f"{asked.question} {choices}".strip()


def _choice(choice: Choice, is_quoted: bool) -> str:
    text = f"“{choice.text}”" if is_quoted else choice.text
    return f"{text} ({choice.hint})" if choice.hint else text


def _names(sources: Iterable[Source]) -> str:
    return "; ".join(source.short for source in sources)


def _medicines(medicines: Iterable[Medicine]) -> str:
    return ", ".join(medicine.name for medicine in medicines)
