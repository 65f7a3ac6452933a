"""The symptom check: two steps and the advice, on screen or to print.

Nothing is stored, and no session is used. Advice answers a POST, so that no address or cookie tells its level.
"""

import datetime as dt
import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from triage.checker.forms import CheckForm, DetailsForm, MedicineForm, SignsForm, known_answers
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import Assessment, assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.medicines import advise_on_medicines
from triage.clinical.questions import MEDICINE, SIGNS
from triage.clinical.self_care import care_plan, heat_rounds, visit_by
from triage.errors import check_again
from triage.handover import is_from_our_pages

log = logging.getLogger(__name__)

# Each result is padded to this length, so that an observer of encrypted traffic cannot tell its level. The longest has
# 21,800 bytes.
RESULT_BYTES = 24 * 1024

NOT_FROM_OUR_PAGES = (
    _("We cannot tell that this came from our own page"),
    _("We did not use your answers. Check again here. If you see this again, use another browser, or call us."),
)


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Show step 1, blank. The page is the same for everybody."""
    response = _step(request, "signs", SignsForm(), {})
    response.headers["Cache-Control"] = settings.GUIDE_CACHE_CONTROL
    return response


# No CSRF token, which would need a cookie: the check changes nothing and uses no session, so a forged request does no
# harm.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
# Browsers write cached pages to disk, and these hold answers.
@cache_control(no_store=True)
def advice(request: HttpRequest) -> HttpResponse:
    """Take the answers of a step. Show the next step, the same step with its errors, or the advice."""
    if request.method != "POST":
        return check_again(request)
    change = request.POST.get("change")
    wants_advice = change != "details" and request.POST.get("step") == "2"
    if change not in ("signs", "medicine"):
        answers = _posted_answers(request)
        if answers and (answers.has_red_flag or wants_advice):
            return _advice_page(request, answers)

    if not _may_carry(request):
        # Another site could fill in a form for the visitor: step 2 carries the answer that there is no emergency sign.
        return check_again(request, status=422, words=NOT_FROM_OUR_PAGES)
    known = known_answers(request.POST)
    if change == "signs":
        return _step(request, "signs", SignsForm(initial=known), known)
    if change == "medicine":
        return _step(request, "pills", MedicineForm(initial=known), known)
    # Something is missing or invalid. The forms say what.
    signs = SignsForm(request.POST)
    if not signs.is_valid():
        return _step(request, "signs", signs, known, status=422)
    if not wants_advice:
        return _step(request, "details", DetailsForm(initial=known), known)
    details = DetailsForm(request.POST)
    if not details.is_valid():
        return _step(request, "details", details, known, status=422)
    return _advice_page(request, SymptomAnswers.from_dict(signs.cleaned_data | details.cleaned_data))


# No CSRF token, for the same reason.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True)
def filled_handout(request: HttpRequest) -> HttpResponse:
    """Show one page to print, filled in with the advice for the posted answers.

    Not at the address of the blank handout, into which a reload would turn it: that one is for care at home.
    """
    if request.method != "POST":
        return check_again(request)
    if answers := _posted_answers(request):
        return _advice_page(request, answers, on_paper=True)
    return check_again(request, status=422)


@require_safe
def handout(request: HttpRequest) -> HttpResponse:
    """Show one page to print, to fill in by hand. It is the same for everybody."""
    # None: a blank line. The first round is an example, so its date does not matter.
    two_in_the_afternoon = dt.datetime(2026, 1, 1, 14, tzinfo=settings.CLINIC.zone)
    rounds = [*heat_rounds(two_in_the_afternoon, 1), None, None, None]
    context = {"plan": care_plan(frozenset()), "rounds": rounds}
    response = render(request, "checker/handout.html", context)
    response.headers["Cache-Control"] = settings.GUIDE_CACHE_CONTROL
    return response


def _posted_answers(request: HttpRequest) -> SymptomAnswers | None:
    """Return the posted answers; None if one is missing or invalid.

    Warning signs count even if step 2 is invalid, or if another sign is unknown, as from a page of an older release.
    """
    signs = [sign for sign in request.POST.getlist(SIGNS.code) if sign in SIGNS.codes]
    answers = SymptomAnswers.from_fields(request.POST.getlist)
    return answers or SymptomAnswers.from_fields(lambda code: signs if code == SIGNS.code else [])


def _step(request: HttpRequest, name: str, form: CheckForm, known: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return a page of questions, with the known answers to all others as hidden values."""
    others = ((code, given) for code, given in known.items() if code not in form.fields)
    carried = [(code, each) for code, given in others for each in ([given] if isinstance(given, str) else given)]
    return render(request, f"checker/{name}.html", {"form": form, "carried": carried}, status=status)


def _advice_page(request: HttpRequest, answers: SymptomAnswers, on_paper: bool = False) -> HttpResponse:
    """Return the advice. If anything fails, return a page that says to get help now."""
    carried = answers.to_fields() if _may_carry(request) else []
    try:
        page = _advice(request, answers, carried, on_paper)
    except Exception as error:  # noqa: BLE001 - whatever failed, a person waits for advice
        # Only the kind of error: a traceback could hold answers.
        log.error("the rules failed: %s", type(error).__name__)
        page = render(request, "checker/rules_failed.html", {"carried": carried})
    page.content = page.content.ljust(RESULT_BYTES)
    return page


def _advice(
    request: HttpRequest, answers: SymptomAnswers, carried: list[tuple[str, str]], on_paper: bool
) -> HttpResponse:
    assessment = assess(answers)
    is_emergency = assessment.level is CareLevel.EMERGENCY
    now = timezone.localtime(timezone=settings.CLINIC.zone)
    context: dict[str, Any] = {
        "assessment": assessment,
        "carried": carried,
        "change_step": _change_step(answers, assessment) if is_emergency else "details",
        "visit_by": _visit_by(answers, assessment, now),
        "medicines": advise_on_medicines(answers.facts, assessment.level),
        "plan": care_plan(answers.facts),
        "opens": None if settings.CLINIC.is_open_at(now) else settings.CLINIC.next_hours(now)[0],
        "now": now,
    }
    if on_paper:
        context["rounds"] = heat_rounds(now) if assessment.level < CareLevel.URGENT else ()
        return render(request, "checker/handout_filled.html", context)
    if context["medicines"] and carried:
        # The form asks for it, so it is not a hidden value, too.
        given = [choice.code for choice in answers.choices_of(MEDICINE)]
        context["medicine_form"] = MedicineForm(initial={MEDICINE.code: given} if given else None)
        context["carried"] = [(name, code) for name, code in carried if name != MEDICINE.code]
        context["shows_medicines"] = request.POST.get("show") == "medicine"
    template = "checker/advice_emergency.html" if is_emergency else "checker/advice.html"
    return render(request, template, context)


def _visit_by(answers: SymptomAnswers, assessment: Assessment, now: dt.datetime) -> dt.date | None:
    """Return when to have seen a doctor: for a visit soon the last work day of the week, if it has one."""
    day = visit_by(assessment.level, answers.chosen, now)
    if day is None or assessment.level is not CareLevel.DOCTOR:
        return day
    backwards = (day - dt.timedelta(days=days) for days in range((day - now.date()).days))
    return next(filter(settings.CLINIC.closing_time, backwards), day)


def _change_step(answers: SymptomAnswers, assessment: Assessment) -> str:
    """Return where to change the answers of an emergency: step 1, or the pain pills if they alone led to it."""
    others = frozenset(fact for fact in answers.facts if not fact.startswith(f"{MEDICINE.code}."))
    led_here = [reason.rule for reason in assessment.reasons if reason.rule.level is assessment.level]
    return "signs" if any(rule.is_met(others) for rule in led_here) else "medicine"


def _may_carry(request: HttpRequest) -> bool:
    """Whether the response may hold the posted answers as hidden values, which can be sent to the clinic later.

    Not for a post from another site. A request without Origin comes from an old browser.
    """
    return "Origin" not in request.headers or is_from_our_pages(request)
