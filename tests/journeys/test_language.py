"""A person switches the language: the same page comes, with all that was typed or answered."""

import re

import pytest

from tests.conftest import new_key
from tests.journeys.test_check_symptoms import h1_of
from tests.reading import IN_ENGLISH, read, read_page
from tests.typed import PLAIN_REQUEST
from tests.unit.clinical.scenarios import PLAIN_SPASM
from triage.booking.models import BookingRequest

DETAILS = PLAIN_SPASM | {"signs": "none", "step": "2"}
TYPED = PLAIN_REQUEST | {"name": "Rosa Díaz", "note": "Con intérprete", "request_key": new_key()}
TYPED |= {"preferred_days": ["monday", "friday"]}


def press_language(client, response):
    """Press the language button, which posts the form of the page to the other language."""
    page = read(response)
    button = page.one("button", **{"class": "language button-link"})
    fields = [
        (field["name"], field.get("value", "on"))
        for field in page.all("input")
        if "name" in field and (field.get("type") not in ("radio", "checkbox") or "checked" in field)
    ]
    text = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", response.content.decode(), re.DOTALL)
    fields += [("note", text[1])] if text else []
    fields += [(button["name"], button["value"])] if "name" in button else []
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return client.post(button["formaction"], data)


def checked_on(response) -> set[tuple]:
    """The boxes that are checked, without hidden values."""
    ticked = [field for field in read(response).all("input") if "checked" in field and "hidden" not in field]
    return {(field["name"], field.get("value", "on")) for field in ticked}


# --- By link ---------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [*IN_ENGLISH, "/book/sent/"])
def test_the_link_leads_to_the_same_page_and_back(path):
    link = read_page(path).one("a", **{"class": "language"})
    assert link == {"class": "language", "href": f"/es{path}", "lang": "es", "hreflang": "es"}
    back = read_page(f"/es{path}").one("a", **{"class": "language"})
    assert back == {"class": "language", "href": path, "lang": "en", "hreflang": "en"}


@pytest.mark.parametrize(("path", "home"), [("/no-such-page/", "/es/"), ("/es/no-such-page/", "/")])
def test_from_a_page_that_is_not_there_the_link_leads_to_the_first_page(client, path, home):
    response = client.get(path)
    assert response.status_code == 404
    assert read(response).one("a", **{"class": "language"})["href"] == home


def test_an_error_is_told_in_the_language_of_the_address(client):
    assert h1_of(client.get("/es/no-such-page/")) == "No encontramos esa página"
    assert h1_of(client.post("/es/check/advice/", b"{}", content_type="application/json")) == "No pudimos leer eso"


# --- The check -------------------------------------------------------------------------------
def test_step_1_keeps_its_ticks_and_does_not_go_on(client):
    ticked = {"change": "signs", "signs": ["balance", "chest_or_jaw"], "duration": "days_0_6"}
    page = client.post("/check/advice/", ticked)
    page = press_language(client, page)
    assert h1_of(page) == "¿Ha tenido algo de esto desde que empezó este dolor?"
    assert checked_on(page) == {("signs", "balance"), ("signs", "chest_or_jaw")}
    page = press_language(client, page)
    assert h1_of(page) == "Have you had any of these since this back pain began?"
    assert checked_on(page) == {("signs", "balance"), ("signs", "chest_or_jaw")}
    assert read(page).one("input", name="duration")["value"] == "days_0_6"


def test_step_2_keeps_its_answers(client):
    page = client.post("/es/check/advice/", {"signs": "none", "step": "2", "duration": "days_0_6", "age": "36"})
    assert page.status_code == 422
    page = press_language(client, page)
    assert page.status_code == 200
    assert h1_of(page) == "Tell us about your back"
    assert checked_on(page) == {("duration", "days_0_6")}
    assert read(page).one("input", name="age")["value"] == "36"


@pytest.mark.parametrize(
    ("answers", "english", "spanish"),
    [
        (
            {"signs": ["balance"]},
            "Call 911 or go to the emergency room now",
            "Llame al 911 o vaya a la sala de emergencias ahora",
        ),
        (DETAILS | {"notice": "fever"}, "Get seen by a doctor today", "Vea a un médico hoy"),
        (DETAILS | {"duration": "weeks_2_or_not_sure"}, "You should see a doctor soon", "Debe ver a un médico pronto"),
        (DETAILS, "You can care for this at home for now", "Por ahora puede cuidarse en casa"),
    ],
)
def test_a_result_is_the_same_result_in_the_other_language(client, answers, english, spanish):
    page = client.post("/check/advice/", answers)
    assert h1_of(page) == english
    page = press_language(client, page)
    assert h1_of(page) == spanish
    assert not page.cookies
    assert h1_of(press_language(client, page)) == english


def test_when_the_rules_fail_the_other_language_tries_again(client, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("triage.checker.views.assess", lambda answers: 1 / 0)
        page = client.post("/check/advice/", DETAILS)
        assert h1_of(page) == "Get medical help now"
        page = press_language(client, page)
        assert h1_of(page) == "Busque ayuda médica ahora"
    assert h1_of(press_language(client, page)) == "You can care for this at home for now"


# --- The request for a visit -----------------------------------------------------------------
def test_an_invalid_request_keeps_its_fields_in_the_other_language(client, db):
    page = client.post("/book/", TYPED | {"phone": "12"})
    assert page.status_code == 422
    page = press_language(client, page)
    assert "Escriba un teléfono de 10 números, como 212 555 0142, o con + y el código del país" in page.content.decode()
    assert ("preferred_days", "friday") in checked_on(page)
    assert ("language", "en") in checked_on(page)
    seen = read(page)
    assert seen.one("input", name="name")["value"] == "Rosa Díaz"
    assert seen.one("input", name="phone")["value"] == "12"
    assert seen.one("input", name="request_key")["value"] == TYPED["request_key"]
    assert "Con intérprete" in page.content.decode()


def test_the_language_button_never_sends_a_request(client, db):
    """Not even if all fields are valid."""
    for shown_as in ("checked", "unchecked", "not_stored", "nonsense"):
        page = client.post("/es/book/", TYPED | {"switch": shown_as})
        assert page.status_code == 200
        assert h1_of(page) == "Pedir una cita"
    assert not BookingRequest.objects.exists()


def test_a_request_from_a_result_keeps_its_answers_and_is_not_called_wrong(client, db):
    page = client.post("/book/from-advice/", DETAILS | {"duration": "weeks_2_or_not_sure"})
    assert ("language", "en") in checked_on(page)
    page = press_language(client, page)
    assert h1_of(page) == "Pedir una cita"
    assert "De 2 semanas a 3 meses" in page.content.decode()
    assert "Hay un problema" not in page.content.decode()
    assert ("language", "es") in checked_on(page)
    page = press_language(client, page)
    assert "2 weeks to 3 months" in page.content.decode()
    assert "There is a problem" not in page.content.decode()


def test_a_spanish_request_is_answered_in_spanish(client, db):
    answer = client.post("/es/book/", TYPED)
    assert answer.headers["Location"] == "/es/book/sent/"
    page = client.get("/es/book/sent/")
    assert h1_of(page) == "Recibimos su solicitud"
    assert re.search(r"(lunes|martes|miércoles|jueves|viernes) \d+ de [a-z]+", page.content.decode())
    assert re.search(r"\d\xa0[ap]\.m\.", page.content.decode())
    assert h1_of(client.get(read(page).one("a", **{"class": "language"})["href"])) == "We got your request"
