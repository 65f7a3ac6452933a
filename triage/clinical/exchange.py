"""Answers, advice and questions as plain data for JSON, for a reviewing clinician or an outside test set."""

import json
import re
from collections.abc import Iterator
from typing import Any

from triage.clinical.answers import AnswerError, SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.medicines import advise_on_medicines
from triage.clinical.questions import STEP_1, STEP_2, Kind, Question

NOT_SPACE = re.compile(r"\S")


def read_answers(text: str) -> Iterator[SymptomAnswers]:
    """Yield the answers in `text`: JSON objects, one after the other.

    Raises AnswerError naming the object, its line and what is wrong.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_refuse_duplicates)
    number = 0
    found = NOT_SPACE.search(text)
    while found:
        number += 1
        try:
            data, end = decoder.raw_decode(text, found.start())
            if not isinstance(data, dict):
                raise AnswerError('answers come as an object, like {"signs": ["none"], …}')
            answers = SymptomAnswers.from_dict(data)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, found.start()) + 1
            raise AnswerError(f"object {number}, line {line}: {error}") from error
        yield answers
        found = NOT_SPACE.search(text, end)
    if not number:
        raise AnswerError("no answers on standard input")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. By default, json keeps the last of two answers to one question and drops the first."""
    data: dict[str, Any] = {}
    for name, value in pairs:
        if name in data:
            raise AnswerError(f"{name!r} stands there twice")
        data[name] = value
    return data


def advice_as_data(answers: SymptomAnswers) -> dict[str, Any]:
    """The level, each reason with its sources, and the medicines, or None where there is no advice on them."""
    assessment = assess(answers)
    medicines = advise_on_medicines(answers.facts, assessment.level)
    return {
        "level": assessment.level.name,
        "reasons": [
            {
                "code": reason.rule.code,
                "words": reason.rule.words,
                "sources": [source.short for source in reason.rule.sources],
                "support": reason.rule.support,
            }
            for reason in assessment.reasons
        ],
        "medicines": medicines
        and {
            "may_try": [line.medicine.code for line in medicines.may_try],
            "ask_first": [{"code": line.medicine.code, "because": line.because} for line in medicines.ask_first],
            "avoid": [{"code": line.medicine.code, "because": line.because} for line in medicines.avoid],
        },
        "rules_version": assessment.rules_version,
    }


def question_as_data(question: Question) -> dict[str, Any]:
    """Its codes and words, and the range of a number."""
    data: dict[str, Any] = {
        "code": question.code,
        "step": 1 if question in STEP_1 else 2 if question in STEP_2 else 3,
        "kind": question.kind,
        "optional": question.optional,
        "text": question.text,
        "hint": question.hint,
    }
    if question.kind is Kind.NUMBER:
        return data | {"least": question.least, "most": question.most}
    choices = [{"code": choice.code, "text": choice.text, "hint": choice.hint} for choice in question.choices]
    return data | {"none": question.none, "choices": choices}
