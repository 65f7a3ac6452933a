"""A pattern library: every component of the patients' pages in every state. Served with DEBUG only (`make dev`).

A component with an h1 has a page of its own, because a page has one h1.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from triage.booking.forms import RequestForm
from triage.checker.forms import SignsForm, field_for
from triage.clinic import SignOff, Words
from triage.clinical.answers import SymptomAnswers
from triage.clinical.care_levels import CareLevel
from triage.clinical.questions import AGE, DURATION, MEDICINE, SIGNS, SPREAD
from triage.guide.pages import READING_SEQUENCE, neighbors
from triage.templatetags.pages import PageAddress

QUESTIONS = (DURATION, SPREAD, AGE, MEDICINE)
TYPED = ("name", "phone", "note", "consent")
FILLED_IN = {
    "duration": "days_2_6",
    "spread": ["leg", "belly"],
    "age": 36,
    "medicine": ["none"],
    "name": "Rosa Díaz",
    "phone": "(212) 555-0142",
    "note": "Spanish interpreter",
    "consent": True,
}
ANSWERS = {SIGNS.code: ["balance"], DURATION.code: ["days_2_6"]}


class PatternForm(forms.Form):
    """One field of each kind that the patients' forms have. `state` is the prefix of each id."""

    use_required_attribute = False

    def __init__(self, state: str, data: QueryDict | None = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id=f"{state}_%s", initial=initial)
        self.fields.update({question.code: field_for(question) for question in QUESTIONS})
        self.fields.update({name: deepcopy(RequestForm.base_fields[name]) for name in TYPED})
        self.helper = FormHelper()
        self.helper.form_id, self.helper.form_method = state, "get"
        self.helper.layout = Layout(
            Fieldset(gettext_lazy("Your pain"), *(question.code for question in QUESTIONS)),
            Fieldset(gettext_lazy("How to reach you"), *TYPED),
        )
        self.helper.add_input(Submit("sent", gettext_lazy("Send my request")))


def _shared_page() -> dict[str, Any]:
    """Context for all components that fit on one page."""
    page = READING_SEQUENCE[2]
    today = timezone.localdate()
    previous_page, next_page = neighbors(page)
    return {
        "forms": [("Blank", PatternForm("blank")), ("Filled in", PatternForm("filled", initial=FILLED_IN))],
        "answers": SymptomAnswers.from_dict(ANSWERS),
        "page": page,
        "previous_page": previous_page,
        "next_page": next_page,
        "sign_off": SignOff(Words({"en": "Spine doctor", "es": "Médico de columna"}), today, today, ""),
        "icons": _names("icons"),
        "pictures": _names("pictures"),
    }


def _names(folder: str) -> list[str]:
    return sorted(path.stem for path in Path(settings.BASE_DIR, "templates", "components", folder).iterdir())


# Components with an h1: name -> context of its page.
ALONE: dict[str, Callable[[], dict[str, Any]]] = {
    "hero": dict,
    "question": lambda: {"question": SignsForm()},
    "question-checked": lambda: {"question": SignsForm(initial=ANSWERS)},
    "question-in-error": lambda: {"question": SignsForm(QueryDict())},
    "form-in-error": lambda: {"form": PatternForm("error", QueryDict("phone=12&age=old"))},
    **{f"result-{level.shown.css}": partial(dict, level=level) for level in sorted(CareLevel, reverse=True)},
    "confirmation": lambda: {"number": "K7M 4RX"},
}


@require_safe
def show_patterns(request: HttpRequest, name: str = "") -> HttpResponse:
    """The components that fit on one page, or the one called `name`. ?lang=es shows them in Spanish."""
    if name and name not in ALONE:
        raise Http404
    pages = [PageAddress(code, own_name, f"?lang={code}") for code, own_name in settings.LANGUAGES]
    language = request.GET.get("lang", "")
    language = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    context = {"name": name, "alone": ALONE, "others": [page for page in pages if page.code != language]}
    with translation.override(language):
        if name:
            return render(request, "pattern.html", context | ALONE[name]())
        return render(request, "patterns.html", context | _shared_page())
