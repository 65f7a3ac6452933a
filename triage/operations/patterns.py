"""A pattern library: every component of the patients' pages in every state. Served with DEBUG only (`make dev`).

A component with an h1 has a page of its own, because a page has one h1.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Submit
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from triage.booking.forms import RequestForm
from triage.checker.forms import CheckForm, SignsForm
from triage.clinic import SignOff, Words
from triage.clinical.answers import SymptomAnswers
from triage.clinical.care_levels import CareLevel
from triage.clinical.questions import AGE, DURATION, MEDICINE, SIGNS, SPREAD
from triage.guide.pages import READING_SEQUENCE
from triage.templatetags.pages import PageAddress

TYPED = ("name", "phone", "note", "consent")
FILLED_IN = (
    "duration=days_2_6&spread=leg&spread=belly&age=36&medicine=none"
    "&name=Rosa+Díaz&phone=(212)+555-0142&note=Spanish+interpreter&consent=on"
)
ANSWERS = {SIGNS.code: ["balance"], DURATION.code: ["days_2_6"]}


class PatternForm(CheckForm):
    """One field of each kind that the patients' forms have. `state` is the prefix of each id."""

    parts = (("Your pain", (DURATION, SPREAD, AGE, MEDICINE)),)

    def __init__(self, state: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{state}_%s", **kwargs)
        self.state = state
        self.fields |= {name: deepcopy(RequestForm.base_fields[name]) for name in TYPED}

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_id, helper.form_method = self.state, "get"
        helper.layout = self.layout
        helper.layout.append(Fieldset(gettext_lazy("How to reach you"), *TYPED))
        helper.add_input(Submit("sent", gettext_lazy("Send my request")))
        return helper


def _shared_page() -> dict[str, Any]:
    """Context for all components that fit on one page."""
    today = timezone.localdate()
    previous_page, page, next_page = READING_SEQUENCE[1:4]
    return {
        "forms": [("Blank", PatternForm("blank")), ("Filled in", PatternForm("filled", QueryDict(FILLED_IN)))],
        "answers": SymptomAnswers.from_dict(ANSWERS),
        "page": page,
        "previous_page": previous_page,
        "next_page": next_page,
        "sign_off": SignOff(Words({"en": "Spine doctor", "es": "Médico de columna"}), today, today, ""),
        **{
            folder: sorted(path.stem for path in Path(settings.BASE_DIR, "templates/components", folder).iterdir())
            for folder in ("icons", "pictures")
        },
    }


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
    shown = request.GET.get("lang", settings.LANGUAGE_CODE)
    if (name and name not in ALONE) or shown not in dict(settings.LANGUAGES):
        raise Http404
    others = [PageAddress(code, own, f"?lang={code}") for code, own in settings.LANGUAGES if code != shown]
    with translation.override(shown):
        context = ALONE[name]() if name else _shared_page()
        context |= {"name": name, "alone": ALONE, "others": others}
        return render(request, "pattern.html" if name else "patterns.html", context)
