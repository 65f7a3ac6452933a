"""A patient prints a handout: a blank one to fill in by hand, or one with the advice of a result."""

import re

import pytest
import time_machine
from django.conf import settings

from tests.house.test_no_steering import PAID_FOR_VISITS
from tests.house.test_readability import LEAST_EASE, MAX_GRADE, ease, grade, too_long
from tests.journeys.test_check_symptoms import ADVICE, NONE, PLAIN_SPASM, WAYS_TO_BOOKING, h1_of, main_of
from tests.journeys.test_language import press_language
from tests.reading import read, read_page, title_of
from triage.clinical.rules import WATCH_FOR
from triage.clinical.self_care import CARE_STEPS

BLANK = "/handout/"
HANDOUT = "/check/handout/"  # filled in
TUESDAY_AFTERNOON = "2026-03-10T14:03:20-04:00"
LEVELS = {
    "home": PLAIN_SPASM | {"medicine": "none"},
    "doctor": PLAIN_SPASM
    | {"medicine": "none", "spread": ["leg_or_tingling", "elsewhere"], "start": "injury_or_not_sure"},
    "urgent": PLAIN_SPASM | {"notice": "fever"},
    "emergency": {"signs": ["balance", "chest_or_jaw"]},
}
SENSELESS = [{}, NONE, {"signs": "shark_bite"}, PLAIN_SPASM | {"duration": "moon"}, PLAIN_SPASM | {"age": "forty"}]
at_each_level = pytest.mark.parametrize("data", LEVELS.values(), ids=LEVELS)


def filled_in(client, data) -> str:
    with time_machine.travel(TUESDAY_AFTERNOON, tick=False):
        return read(client.post(HANDOUT, data)).text


def is_blank(response) -> bool:
    return h1_of(response) == "Back spasm handout"


class TestBlank:
    def test_says_what_to_do_and_when_to_call_911(self, client):
        page = client.get(BLANK)
        text = read(page).text
        assert is_blank(page)
        for words in ("See a doctor by: blank", "2 weeks", "Notes"):
            assert words in text
        assert text.count("On blank to blank, off until blank") == 3
        assert "For example: On 2:00 PM to 2:20 PM, off until 3:20 PM" in text
        for step in CARE_STEPS:
            assert step.text in text or step.only_with
        for rule in WATCH_FOR:
            assert rule.words in text
        assert settings.CLINIC.phone_shown in text
        assert "Not yet checked by a doctor." in text

        assert not read(page).all("input")
        assert "Name" not in text

    @pytest.mark.parametrize("path", ["/ease-the-pain/", "/when-to-get-help/"])
    @pytest.mark.parametrize(("prefix", "words"), [("", "Print a handout"), ("/es", "Imprima una hoja")])
    def test_the_guide_leads_to_it(self, client, path, prefix, words):
        assert f'<a href="{prefix}{BLANK}">{words}</a>' in client.get(prefix + path).content.decode()

    def test_reads_at_sixth_grade_and_easily_in_spanish(self):
        for data in (None, *LEVELS.values()):
            blocks = read_page(HANDOUT if data else BLANK, data).prose
            assert grade(blocks) <= MAX_GRADE
            # The limits of medicines are those of their labels.
            assert too_long([block for block in blocks if "At most in 24 hours" not in block]) == []
        assert ease(read_page(f"/es{BLANK}").prose) >= LEAST_EASE


class TestFilledIn:
    @at_each_level
    def test_says_what_the_result_says(self, client, data):
        result, handout = client.post(ADVICE, data | {"step": "2"}), client.post(HANDOUT, data)
        assert h1_of(handout) == h1_of(result)
        told = re.search(r'<ul class="told">.*?</ul>', result.content.decode(), re.DOTALL)[0]
        steps = re.search(r'<ol class="steps">.*?</ol>', result.content.decode(), re.DOTALL)[0]
        assert told in handout.content.decode()
        assert re.sub(r"<svg.*?</svg>\s*", "", steps, flags=re.DOTALL) in handout.content.decode()

    @pytest.mark.parametrize(
        ("level", "date"),
        [
            ("home", "See a doctor by: Wednesday, March 18 See one if the spasms go on for 2 weeks."),
            ("doctor", "See a doctor by: Tuesday, March 17 Go sooner if it gets worse."),
            ("urgent", "See a doctor by: Wednesday, March 11, 2:03 PM Go sooner if it gets worse."),
        ],
    )
    def test_a_real_date_and_clock_times_for_heat_or_ice(self, client, level, date):
        text = filled_in(client, LEVELS[level])
        assert date in text
        for start, end, again in (("2:05", "2:25", "3:25"), ("3:25", "3:45", "4:45"), ("4:45", "5:05", "6:05")):
            assert (f"On {start} PM to {end} PM, off until {again} PM" in text) == (level != "urgent")

    def test_times_and_dates_in_spanish(self, client):
        with time_machine.travel(TUESDAY_AFTERNOON, tick=False):
            text = read(client.post(f"/es{HANDOUT}", LEVELS["home"])).text
        assert "De 2:05 p.m. a 2:25 p.m.; otra vez desde las 3:25 p.m." in text
        assert "Vea a un médico a más tardar: miércoles 18 de marzo" in text

    def test_whom_to_call_first(self, client):
        text = filled_in(client, LEVELS["home"] | {"pregnancy": "weeks_20_up"})
        assert text.index("Call your prenatal team first") < text.index("Your own doctor or our clinic can help.")
        assert "Lie on your back" not in text

    def test_medicines_with_their_limits_but_not_what_illness_speaks_against_them(self, client):
        text = filled_in(client, LEVELS["doctor"] | {"medicine": "ulcer_kidney_heart"})
        tried = text[text.index("You may try") : text.index("Do not take these for this pain")]
        assert "acetaminophen (Tylenol): At most in 24 hours: the limit on your package" in tried
        avoided = text[text.index("Do not take these for this pain") : text.index("Follow your package.")]
        assert "ibuprofen (Advil, Motrin), naproxen (Aleve), aspirin (Bayer)" in avoided
        assert "kidney" not in text

    @pytest.mark.parametrize("level", ["urgent", "emergency"])
    def test_no_heat_and_no_pills_where_care_is_needed_first(self, client, level):
        text = filled_in(client, LEVELS[level])
        assert "Heat or ice times" not in text
        assert "You may try" not in text
        for way in WAYS_TO_BOOKING:
            assert way not in text

    def test_an_emergency_is_one_thing_to_do(self):
        text = read_page(HANDOUT, LEVELS["emergency"]).text
        assert "Do not drive yourself." in text
        assert "I lose my balance" in text
        assert "See a doctor by:" not in text

    @at_each_level
    def test_links_only_to_phones_and_the_signs(self, client, data):
        links = [link["href"] for link in read(client.post(HANDOUT, data)).all("a")]
        in_the_strip = [] if data is LEVELS["emergency"] else ["/when-to-get-help/"]
        assert [link for link in links if not link.startswith(("#", "tel:"))] == in_the_strip

    @pytest.mark.parametrize("level", ["home", "doctor", "urgent"])
    def test_when_to_call_911_and_who_pays_the_clinic(self, client, level):
        text = filled_in(client, LEVELS[level])
        for rule in WATCH_FOR:
            assert rule.words in text
        assert "Do not drive yourself. If you feel something is very wrong, call 911." in text
        assert PAID_FOR_VISITS in text

    @pytest.mark.parametrize("level", ["home", "emergency"])
    def test_is_the_same_page_in_the_other_language(self, client, level):
        page = client.post(HANDOUT, LEVELS[level])
        spanish = press_language(client, page)
        assert read(spanish).one("html")["lang"] == "es"
        assert not is_blank(spanish)
        assert h1_of(press_language(client, spanish)) == h1_of(page)


class TestTheWayThere:
    @at_each_level
    def test_each_result_can_be_printed_in_a_new_tab(self, client, data):
        page = read(client.post(ADVICE, data | {"step": "2"}))
        page.one("button", formaction=HANDOUT, formtarget="_blank")
        assert "Print this advice (opens in a new tab)" in page.text

    @pytest.mark.parametrize("data", SENSELESS)
    def test_invalid_answers_get_no_handout(self, client, data):
        page = client.post(HANDOUT, data)
        assert (page.status_code, h1_of(page)) == (422, "Your advice is not kept")
        assert "at home" not in main_of(page)

    def test_a_sign_gets_the_handout_of_an_emergency(self, client):
        page = client.post(HANDOUT, {"signs": "balance", "duration": "moon"})
        assert h1_of(page) == "Call 911 or go to the emergency room now"


class TestPromises:
    def test_needs_no_cookie_and_no_database(self, client, django_db_blocker):
        with django_db_blocker.block():
            pages = [client.get(BLANK), *(client.post(HANDOUT, data) for data in LEVELS.values())]
        for page in pages:
            assert not page.cookies
            assert "csrfmiddlewaretoken" not in page.content.decode()
        for page in pages[1:]:
            assert page["Cache-Control"] == "no-store"
            assert read(page).one("meta", name="robots")["content"] == "noindex"
            assert "We did not save your answers." in read(page).text
        assert len({title_of(page.content.decode()) for page in pages}) == 1, "the title tells the level"
