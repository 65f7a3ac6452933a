"""What a person told us, checked against the questions. Nothing else gets as far as the rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from triage.clinical.questions import QUESTION_BY_CODE, QUESTIONS, SIGNS, STEP_2, Kind, Question


class AnswerError(ValueError):
    """A code or value the questions do not know, or a question left out. The message names it."""


@dataclass(frozen=True)
class SymptomAnswers:
    """The answers to the check, as "question.choice" codes.

    Complete by construction: either an emergency sign is among them (then step 2 was not asked),
    or every question has its answer. Build one with `from_dict` or `from_fields`.
    """

    chosen: frozenset[str]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "SymptomAnswers":
        """From {"signs": ["none"], "duration": "days_2_6", …}. Raises AnswerError naming what is wrong."""
        for code in data:
            if code not in QUESTION_BY_CODE:
                raise AnswerError(f"{code!r} is not a question")
        given = {code: _choices(QUESTION_BY_CODE[code], value) for code, value in data.items()}
        signs = given.get(SIGNS.code)
        if not signs:
            raise AnswerError(f"{SIGNS.code!r} is not answered")
        if signs == {SIGNS.none}:
            for question in STEP_2:
                if not given.get(question.code):
                    raise AnswerError(f"{question.code!r} is not answered")
        return cls(frozenset(f"{code}.{choice}" for code, choices in given.items() for choice in choices))

    @classmethod
    def from_fields(cls, getlist: Callable[[str], list[str]]) -> "SymptomAnswers | None":
        """From a posted form's fields, or None if they make no sense."""
        try:
            return cls.from_dict({q.code: values for q in QUESTIONS if (values := getlist(q.code))})
        except AnswerError:
            return None

    def to_dict(self) -> dict[str, str | list[str]]:
        """For JSON and back through `from_dict`, in the order of the questions."""
        result: dict[str, str | list[str]] = {}
        for question in QUESTIONS:
            codes = [choice.code for choice in self.choices_of(question)]
            if codes:
                result[question.code] = codes[0] if question.kind is Kind.ONE else codes
        return result

    def to_fields(self) -> list[tuple[str, str]]:
        """The same as form fields (name, value)."""
        return [(question.code, choice.code) for question in QUESTIONS for choice in self.choices_of(question)]

    def choices_of(self, question: Question) -> list[Any]:
        return [choice for choice in question.choices if f"{question.code}.{choice.code}" in self.chosen]

    @property
    def lines(self) -> list[tuple[str, list[str]]]:
        """Each question that was answered with its answers, in words still to be translated."""
        return [
            (question.text, [choice.text for choice in choices])
            for question in QUESTIONS
            if (choices := self.choices_of(question))
        ]


def _choices(question: Question, value: Any) -> frozenset[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(code, str) for code in values):
        raise AnswerError(f"{question.code!r}: {value!r} is not an answer")
    chosen = frozenset(values)
    for code in values:
        if code not in question.codes:
            raise AnswerError(f"{question.code!r}: {code!r} is not one of its choices")
    if question.kind is Kind.ONE and len(chosen) > 1:
        raise AnswerError(f"{question.code!r} takes one answer")
    # "None of these" together with a sign is the sign.
    return chosen - {question.none} if len(chosen) > 1 else chosen
