"""What a person told us, checked against the questions. Nothing else gets as far as the rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from triage.clinical.questions import AGE, QUESTION_BY_CODE, QUESTIONS, SIGNS, STEP_2, Kind, Question
from triage.clinical.records import Choice

# What the rules know of an age: name -> the years it covers, both ends included. Each number has its source.
AGE_BANDS = {
    "age.under_10": range(10),  # pediatric guidance
    "age.10_to_17": range(10, 18),  # The Journal of Family Practice 2020
    "age.under_12": range(12),  # Drug Facts labels
    "age.under_19": range(19),  # Drug Facts labels: no aspirin for children and teens
    "age.60_up": range(60, AGE.most + 1),  # NICE NG156 2020, which says "over 60"; Drug Facts labels
    "age.65_up": range(65, AGE.most + 1),  # Canadian C-Spine Rule 2003
    "age.70_up": range(70, AGE.most + 1),  # Downie 2013, ACR 2021: "about 70"
}


def bands(age: int) -> frozenset[str]:
    """The bands that `age`, in years, falls into."""
    return frozenset(band for band, years in AGE_BANDS.items() if age in years)


class AnswerError(ValueError):
    """A code or value the questions do not know, or a question left out. The message names it."""


@dataclass(frozen=True)
class SymptomAnswers:
    """The answers to the check, as "question.choice" codes, and the age in years.

    Complete by construction: either an emergency sign is among them (then step 2 may be missing),
    or every question that is not optional has its answer. Build one with `from_dict` or `from_fields`.
    """

    chosen: frozenset[str]
    age: int | None = None

    @cached_property
    def facts(self) -> frozenset[str]:
        """What the rules look at: the answers, and the bands the age falls into."""
        if self.age is None:
            return self.chosen
        return self.chosen | bands(self.age)

    @property
    def has_red_flag(self) -> bool:
        """Whether any emergency sign is among them."""
        return f"{SIGNS.code}.{SIGNS.none}" not in self.chosen

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "SymptomAnswers":
        """From {"signs": ["none"], "duration": "days_0_6", …, "age": 36}. Raises AnswerError naming what is wrong."""
        for code in data:
            if code not in QUESTION_BY_CODE:
                raise AnswerError(f"{code!r} is not a question")
        age = _age(data[AGE.code]) if data.get(AGE.code) not in (None, "", []) else None
        given = {code: _choices(QUESTION_BY_CODE[code], value) for code, value in data.items() if code != AGE.code}
        signs = given.get(SIGNS.code)
        if not signs:
            raise AnswerError(f"{SIGNS.code!r} is not answered")
        if signs == {SIGNS.none}:
            for question in STEP_2:
                answered = age is not None if question is AGE else given.get(question.code)
                if not answered and not question.optional:
                    raise AnswerError(f"{question.code!r} is not answered")
        return cls(frozenset(f"{code}.{choice}" for code, choices in given.items() for choice in choices), age)

    @classmethod
    def from_fields(cls, getlist: Callable[[str], list[str]]) -> "SymptomAnswers | None":
        """From a posted form's fields, or None if they make no sense."""
        try:
            return cls.from_dict({q.code: values for q in QUESTIONS if (values := getlist(q.code))})
        except AnswerError:
            return None

    def to_dict(self) -> dict[str, str | int | list[str]]:
        """For JSON and back through `from_dict`, in the order of the questions."""
        result: dict[str, str | int | list[str]] = {}
        for question in QUESTIONS:
            codes = [choice.code for choice in self.choices_of(question)]
            if question is AGE and self.age is not None:
                result[question.code] = self.age
            elif codes:
                result[question.code] = codes[0] if question.kind is Kind.ONE else codes
        return result

    def to_fields(self) -> list[tuple[str, str]]:
        """The same as form fields (name, value)."""
        given = ((name, value if isinstance(value, list) else [value]) for name, value in self.to_dict().items())
        return [(name, str(code)) for name, codes in given for code in codes]

    def choices_of(self, question: Question) -> list[Choice]:
        return [choice for choice in question.choices if f"{question.code}.{choice.code}" in self.chosen]

    @property
    def lines(self) -> list[tuple[str, list[str]]]:
        """Each question that was answered with its answers, in words still to be translated."""
        lines = []
        for question in QUESTIONS:
            given = [choice.text for choice in self.choices_of(question)]
            if question is AGE and self.age is not None:
                given = [str(self.age)]
            if given:
                lines.append((question.text, given))
        return lines


def _age(value: Any) -> int:
    if isinstance(value, list | tuple) and value and all(each == value[0] for each in value):
        value = value[0]
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 3:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not AGE.least <= value <= AGE.most:
        raise AnswerError(f"{AGE.code!r}: {value!r} is not an age from {AGE.least} to {AGE.most}")
    return value


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
