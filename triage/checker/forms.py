"""The forms of the check's two steps, built from the questions."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from triage.clinical.questions import QUESTIONS, SIGNS, STEP_2_PARTS, Kind, Question
from triage.clinical.records import Choice, Row


class ChoiceLabel:
    """The text of a choice, and its hint, in the active language."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice

    def __str__(self) -> str:
        return gettext(self._choice.text)

    @property
    def hint(self) -> str:
        return gettext(self._choice.hint) if self._choice.hint else ""


class OneChoice(forms.RadioSelect):
    """Radio buttons. Two different answers give None, which is an error; Django would take the last."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        values = set(data.getlist(name))
        return values.pop() if len(values) == 1 else None


class OneNumber(forms.TextInput):
    """A text box that shows the number keys on a phone. Two different answers give None, as for OneChoice."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        values = set(data.getlist(name))
        return values.pop() if len(values) == 1 else None


def field_for(question: Question) -> forms.Field:
    """Returns a new form field for `question`."""
    missing = gettext_lazy(question.missing)
    kwargs: dict[str, Any] = {
        "label": gettext_lazy(question.text),
        "help_text": gettext_lazy(question.hint) if question.hint else "",
        "required": not question.optional,
    }
    field: forms.Field
    if question.kind is Kind.NUMBER:
        field = forms.IntegerField(
            widget=OneNumber({"inputmode": "numeric", "autocomplete": "off", "maxlength": 3, "class": "short"}),
            min_value=question.least,
            max_value=question.most,
            error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), missing),
            **kwargs,
        )
    else:
        one = question.kind is Kind.ONE
        field = (forms.ChoiceField if one else forms.MultipleChoiceField)(
            widget=OneChoice if one else forms.CheckboxSelectMultiple,
            choices=_choices(question),
            error_messages=dict.fromkeys(("required", "invalid_choice", "invalid_list"), missing),
            **kwargs,
        )
    # Read by the form templates.
    ends_with_none = bool(question.choices) and question.choices[-1].code == question.none
    field.__dict__.update(
        hint_why=gettext_lazy(question.why) if question.why else "",
        or_value=question.none if ends_with_none else "",
        show_optional=question.optional,
    )
    return field


def _choices(question: Question) -> list[Any]:
    """Returns the choices for a form field, grouped by heading if the rows have headings."""
    groups: dict[str, list[tuple[str, ChoiceLabel]]] = {}
    for choice in question.choices:
        group = choice.group if isinstance(choice, Row) else ""
        groups.setdefault(group, []).append((choice.code, ChoiceLabel(choice)))
    if set(groups) == {""}:
        return groups[""]
    return [
        item for group, options in groups.items() for item in ([(gettext_lazy(group), options)] if group else options)
    ]


class CheckForm(forms.Form):
    """Base of the two steps: one field for each question, in order, and no browser validation."""

    use_required_attribute = False
    parts: tuple[tuple[str, tuple[Question, ...]], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {question.code: field_for(question) for _heading, part in self.parts for question in part}

    @property
    def is_blank(self) -> bool:
        return not self.is_bound and not self.initial

    @property
    def helper(self) -> FormHelper:
        """The layout of the questions in their parts."""
        helper = FormHelper()
        helper.form_tag = False  # the template has the form tag, the hidden values and the buttons
        helper.disable_csrf = True
        helper.layout = Layout(
            *(
                Fieldset(gettext_lazy(heading), *(question.code for question in questions))
                for heading, questions in self.parts
            )
        )
        return helper


class SignsForm(CheckForm):
    """Step 1: the emergency signs."""

    parts = (("", (SIGNS,)),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Read by the form templates.
        self.fields[SIGNS.code].__dict__.update(legend_is_h1=True, alert_template="components/sign_alert.html")

    @property
    def has_red_flag(self) -> bool:
        """Whether any sign is checked, even along with "None of these". Call after is_valid()."""
        return set(self.cleaned_data["signs"]) != {SIGNS.none}


class DetailsForm(CheckForm):
    """Step 2: all other questions."""

    parts = STEP_2_PARTS


def known_answers(data: QueryDict) -> dict[str, Any]:
    """Returns the answers in `data` as initial values for a form, without unknown fields and choices."""
    known: dict[str, Any] = {}
    for question in QUESTIONS:
        given = data.getlist(question.code)
        if question.kind is Kind.NUMBER:
            given = [text for text in given if text.isascii() and text.isdecimal() and len(text) <= 3]
        else:
            given = [code for code in given if code in question.codes]
        if given:
            known[question.code] = given if question.kind is Kind.MANY else given[0]
    return known
