"""The check does not steer patients to the clinic: no level depends on it, and urgent results offer no visit."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.utils.html import escape
from msgspec.structs import replace

from tests.journeys.test_check_symptoms import ADVICE, PLAIN_SPASM, WAYS_TO_BOOKING, h1_of, main_of
from tests.reading import read, read_page
from tests.unit.clinical.test_assess import PLAIN, adding, ways_to_meet
from triage.clinic import Holiday
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.records import Rule
from triage.clinical.rules import RULES, rules_at

PAID_FOR_VISITS = "This clinic is paid for visits. That does not change these rules."
OWN_DOCTOR_OR_US = "Your own doctor or our clinic can help."
WHERE_TO_GO = r" *(Our clinic is closed until [^.]*\.|Call your own doctor[^<]*(<a [^<]*</a>[^<]*)?| (?=</li>))"
# Open, at night, on a closed day, on a holiday, and years away.
MOMENTS = [
    "2026-11-23T10:00:00-05:00",
    "2026-11-23T03:00:00-05:00",
    "2026-11-22T12:00:00-05:00",
    "2026-11-26T12:00:00-05:00",
    "2031-06-01T12:00:00-04:00",
]


def ways_at(level: CareLevel) -> Iterator[tuple[SymptomAnswers, Rule]]:
    """The answers that meet a rule of `level`, and no rule of a higher one; and the rule."""
    for rule in rules_at(level):
        for way in ways_to_meet(rule):
            if assess(answers := adding(PLAIN, way)).level is level:
                yield answers, rule


def result_for(client, answers):
    return client.post(ADVICE, [*answers.to_fields(), ("step", "2")])


def everything():
    """The result of `assess` for each way to meet each rule."""
    return [assess(adding(PLAIN, way)) for rule in RULES for way in ways_to_meet(rule)]


# --- Levels know nothing of the clinic -------------------------------------------------------
def test_the_level_is_the_same_at_any_time():
    usual = everything()
    for moment in MOMENTS:
        with time_machine.travel(moment):
            assert everything() == usual, moment


def test_the_advice_is_the_same_whatever_the_clinic_is(client, settings):
    """The test has no database, so that no request can make a difference."""
    answers = [adding(PLAIN, way) for rule in RULES for way in list(ways_to_meet(rule))[:1]]
    with time_machine.travel(MOMENTS[0], tick=False):
        usual = [main_of(result_for(client, each)) for each in answers]
        settings.CLINIC = replace(settings.CLINIC, locations=())
        assert [main_of(result_for(client, each)) for each in answers] == usual
        # The result says where to go instead, and nothing else changes.
        closed = [Holiday("closed", dt.date(2026, 11, 1) + dt.timedelta(days=n)) for n in range(60)]
        settings.CLINIC = replace(settings.CLINIC, holidays=closed)
        results = [re.sub(WHERE_TO_GO, "", main_of(result_for(client, each))) for each in answers]
        assert results == [re.sub(WHERE_TO_GO, "", page) for page in usual]


# --- Which results offer a visit -------------------------------------------------------------
@pytest.mark.parametrize("level", [CareLevel.EMERGENCY, CareLevel.URGENT])
def test_who_needs_care_now_is_shown_no_form(client, level):
    for answers, rule in ways_at(level):
        page = result_for(client, answers)
        assert page.status_code == 200
        assert h1_of(page) == level.shown.order
        for way in WAYS_TO_BOOKING:
            assert way not in page.content.decode(), rule.code


def test_a_visit_can_be_with_your_own_doctor_or_with_us(client):
    for answers, rule in ways_at(CareLevel.DOCTOR):
        text = main_of(result_for(client, answers))
        assert text.count(OWN_DOCTOR_OR_US) == 1
        assert text.count("Request a visit") == 1
        assert text.index(OWN_DOCTOR_OR_US) < text.index("Request a visit")
        if rule.see:
            assert text.index(escape(rule.see)) < text.index(OWN_DOCTOR_OR_US), "your own team comes first"


def test_who_can_stay_at_home_is_shown_one_quiet_line(client):
    text = main_of(result_for(client, PLAIN))
    assert text.count("Request a visit") == 1
    (line,) = re.findall(r'<p class="small">[^<]*<button class="button-link"[^>]*>Request a visit</button></p>', text)
    assert text.index(line) > text.index("See a doctor by")
    assert "button-primary" not in re.sub(r"<template>.*?</template>", "", text), "the timer has one"


def test_the_page_of_the_rules_says_what_the_clinic_is_paid_for():
    assert PAID_FOR_VISITS in read_page("/how-we-decide/").text


# --- When the rules fail ---------------------------------------------------------------------
class Broken:
    """Replaces a rule. Each access raises an error with an answer in its message."""

    def __getattr__(self, name):
        raise RuntimeError(f"broke on {name} with days_0_6")


@pytest.mark.parametrize(
    "where", ["assessment.RULES", "medicines.MEDICINE_RULES", "medicines.MEDICINES", "self_care.CARE_STEPS"]
)
def test_any_error_in_the_rules_or_medicines_says_get_help_now(client, monkeypatch, caplog, where):
    monkeypatch.setattr(f"triage.clinical.{where}", (Broken(),))
    for path in (ADVICE, "/check/handout/"):
        page = client.post(path, PLAIN_SPASM)
        assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
        assert h1_of(page) == "Get medical help now"
        assert read(page).one("h1") == {"tabindex": "-1", "autofocus": None}
        assert 'href="tel:911"' in page.content.decode()
        assert "(212) 555-0142" in main_of(page)
        for way in WAYS_TO_BOOKING:
            assert way not in main_of(page)
    assert "RuntimeError" in caplog.text
    assert "days_0_6" not in caplog.text
