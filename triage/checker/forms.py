"""The forms of the check's two steps, built from the questions."""

from functools import partial
from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from triage.clinical.questions import MEDICINE, QUESTIONS, SIGNS, STEP_2_PARTS, Kind, Question
from triage.clinical.records import Choice, Row
from triage.text import clean, without_direction_marks


class ChoiceLabel:
    """The text of a choice, and its hint, in the active language."""

    def __init__(self, choice: Choice) -> None:
        self.text, self.hint = gettext_lazy(choice.text), gettext_lazy(choice.hint)
        self.stop = "" if choice.text.endswith(":") else "."  # between the text and the hint, for screen readers

    def __str__(self) -> str:
        return str(self.text)


class OneAnswer(forms.Widget):
    """Takes no answer if two different ones were posted. (Django would take the last.)"""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        values = set(data.getlist(name))
        return values.pop() if len(values) == 1 else None


class OneChoice(OneAnswer, forms.RadioSelect):
    pass


class OneNumber(OneAnswer, forms.TextInput):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        return without_direction_marks(clean(super().value_from_datadict(data, files, name) or ""))


def field_for(question: Question) -> forms.Field:
    """Return a new form field for `question`."""
    errors = ("required", "invalid", "min_value", "max_value", "invalid_choice", "invalid_list")
    kwargs: dict[str, Any] = {
        "label": gettext_lazy(question.text),
        "help_text": gettext_lazy(question.hint),
        "required": not question.optional,
        "error_messages": dict.fromkeys(errors, gettext_lazy(question.missing)),
    }
    # A function, as a cached blank form (see render_form) never needs its choices.
    choices = partial(_choices, question)
    field: forms.Field
    if question.kind is Kind.NUMBER:
        widget = OneNumber({"inputmode": "numeric", "autocomplete": "off"})
        field = forms.IntegerField(widget=widget, min_value=question.least, max_value=question.most, **kwargs)
    elif question.kind is Kind.ONE:
        field = forms.ChoiceField(widget=OneChoice, choices=choices, **kwargs)
    else:
        field = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, choices=choices, **kwargs)
    if question.choices and question.choices[-1].code == question.none:
        # Read by the form templates: the number of the box "None of these" at the end of a list.
        field.last_is_none = len(question.choices) - 1  # type: ignore[union-attr]
    return field


def _choices(question: Question) -> list[Any]:
    """Return the choices for a form field: those under a heading, by heading, then those without one."""
    groups: dict[str, list[tuple[str, ChoiceLabel]]] = {}
    for choice in question.choices:
        group = choice.group if isinstance(choice, Row) else ""
        groups.setdefault(group, []).append((choice.code, ChoiceLabel(choice)))
    bare = groups.pop("", [])
    return [*((gettext_lazy(heading), options) for heading, options in groups.items()), *bare]


class CheckForm(forms.Form):
    """Base of the two steps: one field for each question, in order, and no browser validation."""

    use_required_attribute = False
    parts: tuple[tuple[str, tuple[Question, ...]], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {question.code: field_for(question) for _heading, part in self.parts for question in part}
        self.initial = {name: given for name, given in self.initial.items() if name in self.fields}

    @property
    def layout(self) -> Layout:
        parts = ((heading, [question.code for question in questions]) for heading, questions in self.parts)
        return Layout(*(Fieldset(gettext_lazy(heading), *codes) for heading, codes in parts))


class SignsForm(CheckForm):
    """Step 1: the emergency signs."""

    parts = (("", (SIGNS,)),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Read by the form templates.
        self.fields[SIGNS.code].__dict__.update(legend_is_h1=True, alert_template="components/sign_alert.html")


class DetailsForm(CheckForm):
    """Step 2: all other questions that the advice needs."""

    parts = STEP_2_PARTS


class MedicineForm(CheckForm):
    """The questions about pain pills, with the advice."""

    parts = (("", (MEDICINE,)),)


def known_answers(data: QueryDict) -> dict[str, Any]:
    """Return the answers in `data` as initial values for a form, without unknown fields and choices.

    An age is as it was typed, so that a wrong one can be corrected.
    """
    known: dict[str, Any] = {}
    for question in QUESTIONS:
        given = data.getlist(question.code)
        if question.kind is not Kind.NUMBER:
            given = [code for code in given if code in question.codes]
        if any(given):
            known[question.code] = given if question.kind is Kind.MANY else given[0]
    return known
