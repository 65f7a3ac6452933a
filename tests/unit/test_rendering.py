"""Components that are kept in memory: never in the wrong language, never with what somebody told us."""

import datetime as dt
import re
from collections import defaultdict

import time_machine
from django.urls import reverse
from msgspec.structs import replace

from tests.conftest import forget_pieces
from tests.journeys.test_check_symptoms import NONE, PLAIN_SPASM
from triage.booking.forms import RequestForm
from triage.checker.forms import DetailsForm, MedicineForm, SignsForm
from triage.clinical.care_levels import CareLevel
from triage.clinical.medicines import MEDICINES
from triage.clinical.self_care import CARE_STEPS
from triage.templatetags import rendering

MARK = "Zqx Numbleg"
STATES = [
    ("/", None),
    ("/check/", None),
    ("/check/advice/", NONE),
    ("/check/advice/", {"signs": MARK}),
    ("/check/advice/", {"signs": "balance"}),
    ("/check/advice/", PLAIN_SPASM),
    ("/check/advice/", PLAIN_SPASM | {"age": MARK}),
    ("/check/advice/", PLAIN_SPASM | {"change": "signs"}),
    ("/check/advice/", PLAIN_SPASM | {"change": "details"}),
    ("/check/handout/", PLAIN_SPASM),
    ("/book/from-advice/", PLAIN_SPASM),
    ("/book/", {"name": MARK, "note": MARK, "email": MARK}),
    ("/book/", {"name": MARK, "switch": "unchecked"}),
    ("/book/", None),
    ("/no-such-page/", None),
]
ONE_TIME = re.compile(r'name="(csrfmiddlewaretoken|request_key|opened|sealed_answers)" value="[^"]*"')


def ask(client, path, data) -> str:
    page = client.get(path) if data is None else client.post(path, data)
    return ONE_TIME.sub("", page.content.decode())


@time_machine.travel("2026-03-10T12:00:00-04:00", tick=False)
def test_a_page_is_the_same_whoever_asked_before_and_in_which_language(client):
    fresh = {}
    for language in ("", "/es"):
        for number, (path, data) in enumerate(STATES):
            forget_pieces()
            fresh[language, number] = ask(client, language + path, data)
    forget_pieces()
    for _round in range(2):
        for number, (path, data) in enumerate(STATES):
            for language in ("", "/es"):
                assert ask(client, language + path, data) == fresh[language, number], (language, path)


@time_machine.travel("2026-03-10T12:00:00-04:00", tick=False)
def test_nothing_that_somebody_told_us_is_an_input(client, monkeypatch):
    seen = []
    for name in ("_render_cached", "_render_blank_form"):
        real = getattr(rendering, name)
        monkeypatch.setattr(rendering, name, lambda *given, real=real: seen.append(given) or real(*given))
    for path, data in STATES:
        for language in ("", "/es"):
            ask(client, language + path, data)
    inputs: dict[str, set] = defaultdict(set)
    for name, value in (pair for given in seen if len(given) == 3 for pair in given[2]):
        inputs[name].add(value)
    pages = inputs.pop("page") | inputs.pop("current")
    assert {"guide:home", "checker:advice"} <= pages
    for name in pages - {""}:
        reverse(name)  # fails unless it is the name of a page
    assert inputs.pop("visit_by") == {dt.date(2026, 3, 18)}
    assert inputs.pop("form") == {"answers", "request"}
    assert inputs.pop("name") == {"change", "switch"}
    assert inputs.pop("value") == {"signs", "details", "unchecked"}
    assert set().union(*inputs.values()) <= {True, False, "", *CareLevel, *CARE_STEPS, *MEDICINES}
    forms = {given[1] for given in seen if len(given) == 2}
    assert forms == {SignsForm, DetailsForm, MedicineForm, RequestForm}
    assert {given[0] for given in seen} == {"en", "es"}


def test_a_blank_form_is_blank_whatever_was_typed_into_others(client):
    for path, data in STATES:
        ask(client, path, data)
    for page in (ask(client, "/book/", None), ask(client, "/check/", None), ask(client, "/check/advice/", NONE)):
        assert MARK not in page
        assert "Give one answer" not in page and 'class="error' not in page


def test_a_change_shows_at_once_in_development(client, settings):
    before = client.get("/").content.decode()
    settings.CLINIC = replace(settings.CLINIC, name="Another Clinic")
    settings.DEBUG = True
    assert "Another Clinic" in rendering.cached_include("components/brand.html")
    assert "Another Clinic" not in before
