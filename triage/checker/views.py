"""The symptom check: two steps and the advice, in answer to posts, on screen or on a page to print.

Nothing is stored and nobody is known.

The advice comes in answer to a POST, so that no address, history entry or cookie tells its level.
"""

import datetime as dt
import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from triage.checker.forms import DetailsForm, SignsForm, known_answers
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.medicines import advise_on_medicines
from triage.clinical.questions import SIGNS
from triage.clinical.self_care import care_plan, heat_rounds, see_a_doctor_by, visit_by
from triage.handover import is_from_our_pages

log = logging.getLogger(__name__)

# The browser may keep a step, so that Back finds the ticks; nobody else may. A result is kept by no one.
KEPT_BY_THE_BROWSER = "private, no-cache"
KEPT_BY_NO_ONE = "no-store"


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Step 1, blank: the same for everybody."""
    response = _signs_page(request, SignsForm())
    response.headers["Cache-Control"] = settings.GUIDE_CACHE_CONTROL
    return response


# No token: the check changes nothing on the server and knows nobody, so there is nothing to forge,
# and a token would need a cookie.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def advice(request: HttpRequest) -> HttpResponse:
    """Takes a step's answers and gives the next step, the step again with what is missing, or the advice."""
    if request.method != "POST":
        return redirect("checker:check")
    change = request.POST.get("change")
    filled_in = known_answers(request.POST) if _may_carry(request) else {}
    if change == "signs":
        return _signs_page(request, SignsForm(initial=filled_in), filled_in)

    wants_advice = change != "details" and request.POST.get("step") == "2"
    answers = SymptomAnswers.from_fields(request.POST.getlist)
    if answers and (answers.has_red_flag or wants_advice):
        return _advice_page(request, answers)
    # Something is missing or odd. The forms say what.
    signs = SignsForm(request.POST)
    if not signs.is_valid():
        return _signs_page(request, signs, filled_in, status=422)
    if signs.has_red_flag:  # any sign is enough: what is odd in step 2 is no hurdle
        return _advice_page(request, SymptomAnswers.from_dict(signs.cleaned_data))
    if not wants_advice:
        return _details_page(request, DetailsForm(initial={k: v for k, v in filled_in.items() if k != SIGNS.code}))
    details = DetailsForm(request.POST)
    if not details.is_valid():
        return _details_page(request, details, status=422)
    return _advice_page(request, SymptomAnswers.from_dict(signs.cleaned_data | details.cleaned_data))


# No token, for the same reason.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def handout(request: HttpRequest) -> HttpResponse:
    """One page to print: with blanks to fill in by hand, or filled in with the advice for the answers of a result.

    Answers that make no sense get the blank one, but a sign among them is still a sign.
    """
    if request.method == "POST":
        answers = SymptomAnswers.from_fields(request.POST.getlist)
        if not answers and (signs := SignsForm(request.POST)).is_valid() and signs.has_red_flag:
            answers = SymptomAnswers.from_dict(signs.cleaned_data)
        if answers:
            return _advice_page(request, answers, on_paper=True)
    # Without a time, a round is lines to write on. The first shows how, on no day in particular.
    two_in_the_afternoon = dt.datetime(2026, 1, 1, 14, tzinfo=settings.CLINIC.zone)
    rounds = [*heat_rounds(two_in_the_afternoon, 1), None, None, None]
    context = {"plan": care_plan(frozenset()), "rounds": rounds}
    return _page(request, "checker/handout.html", context, KEPT_BY_THE_BROWSER)


def _signs_page(
    request: HttpRequest, form: SignsForm, filled_in: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Step 1. Answers of step 2 that were given already travel along."""
    context = {"form": form, "carried": _fields({k: v for k, v in (filled_in or {}).items() if k != SIGNS.code})}
    return _page(request, "checker/signs.html", context, KEPT_BY_THE_BROWSER, status)


def _details_page(request: HttpRequest, form: DetailsForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "carried": [(SIGNS.code, SIGNS.none)]}
    return _page(request, "checker/details.html", context, KEPT_BY_THE_BROWSER, status)


def _advice_page(request: HttpRequest, answers: SymptomAnswers, on_paper: bool = False) -> HttpResponse:
    """The advice. If anything fails on the way to it, the page says to get help now."""
    try:
        return _advice(request, answers, on_paper)
    except Exception as error:  # noqa: BLE001 - whatever it is, a person waits for advice
        # Only the kind of error: a traceback could hold answers.
        log.error("the rules failed: %s", type(error).__name__)
        return _page(request, "checker/rules_failed.html", {"carried": _carried(request, answers)}, KEPT_BY_NO_ONE)


def _advice(request: HttpRequest, answers: SymptomAnswers, on_paper: bool) -> HttpResponse:
    assessment = assess(answers)
    is_emergency = assessment.level is CareLevel.EMERGENCY
    now = timezone.localtime(timezone=settings.CLINIC.zone)
    context = {
        "assessment": assessment,
        "carried": _carried(request, answers),
        "change_step": "signs" if is_emergency else "details",
        "see_a_doctor_by": see_a_doctor_by(answers.chosen, now.date()),
        "medicines": advise_on_medicines(answers.facts, assessment.level),
        "plan": care_plan(answers.facts),
        "now": now,
    }
    if on_paper:
        context["visit_by"] = visit_by(assessment.level, answers.chosen, now)
        context["rounds"] = heat_rounds(now) if assessment.level < CareLevel.URGENT else ()
        return _page(request, "checker/handout_filled.html", context, KEPT_BY_NO_ONE)
    template = "checker/advice_emergency.html" if is_emergency else "checker/advice.html"
    return _page(request, template, context, KEPT_BY_NO_ONE)


def _may_carry(request: HttpRequest) -> bool:
    """Whether posted answers may travel on, unseen, in the page that answers.

    Another site may post here: its visitor gets advice, but nothing that could be sent to the clinic later.
    Without any Origin it is an old browser: today's send one with every POST.
    """
    return "Origin" not in request.headers or is_from_our_pages(request)


def _carried(request: HttpRequest, answers: SymptomAnswers) -> list[tuple[str, str]]:
    return answers.to_fields() if _may_carry(request) else []


def _fields(values: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, code) for name, codes in values.items() for code in ([codes] if isinstance(codes, str) else codes)]


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], cache_control: str, status: int = 200
) -> HttpResponse:
    response = render(request, template, context, status=status)
    response.headers["Cache-Control"] = cache_control
    return response
