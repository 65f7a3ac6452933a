"""A patient checks symptoms: two steps, then advice, on the pages that the patient sees."""

import datetime as dt
import re
from urllib.parse import unquote

import pytest
import time_machine
from django.utils.html import escape

from tests.reading import ReadPage, open_page, read, read_page
from tests.unit.clinical.scenarios import PLAIN_SPASM as ANSWERS
from tests.unit.desk.test_replies import HEALTH
from triage.booking.models import Closure
from triage.clinical.questions import AGE, MEDICINE, SIGNS, STEP_2
from triage.clinical.rules import WATCH_FOR

CHECK, ADVICE = "/check/", "/check/advice/"
NONE = {"signs": "none"}
PLAIN_SPASM = {code: given[0] if isinstance(given, list) else str(given) for code, given in ANSWERS.items()}
PLAIN_SPASM |= {"step": "2"}
LEVELS = {
    "home": PLAIN_SPASM,
    "doctor": PLAIN_SPASM | {"start": "injury_or_not_sure"},
    "urgent": PLAIN_SPASM | {"notice": "fever"},
    "emergency": {"signs": "balance"},
}
OPEN = "2026-12-02T09:00:00-05:00"  # a Wednesday
WAYS_TO_BOOKING = ("/book/", "Request a visit", "request a visit")


def main_of(response) -> str:
    html = response.content.decode()
    return re.sub(r"\s+", " ", html[html.index("<main") : html.index("</main>")])


def h1_of(response) -> str:
    (found,) = re.findall(r"<h1[^>]*>(.*?)</h1>", response.content.decode(), re.S)
    return re.sub(r"<[^>]+>|\s+", " ", found).strip()


class TestStep1:
    def test_asks_for_the_signs_alone(self, client):
        page = client.get(CHECK)
        assert page.status_code == 200
        assert h1_of(page) == "Have you had any of these since this back pain began?"
        for choice in SIGNS.choices:
            assert escape(choice.text) in main_of(page)
        assert "Not sure about one? Check it." in main_of(page)

    def test_any_sign_leads_straight_to_911(self):
        for row in SIGNS.codes - {"none"}:
            page = open_page(ADVICE, {"signs": row})
            assert page.status_code == 200
            assert h1_of(page) == "Call 911 or go to the emergency room now"
            assert 'href="tel:911"' in main_of(page)
            assert "Do not drive yourself." in main_of(page)

    def test_a_blank_step_is_an_error_never_a_no(self, client):
        page = client.post(ADVICE, {})
        assert page.status_code == 422
        assert "There is a problem" in main_of(page)
        assert main_of(page).count("Choose all the signs you have, or choose None of these") == 2
        assert "<title>Error: " in page.content.decode()

    def test_none_of_these_leads_to_step_2_without_errors(self, client):
        page = client.post(ADVICE, NONE)
        assert page.status_code == 200
        assert h1_of(page) == "Tell us about your back"
        assert "There is a problem" not in main_of(page)


class TestStep2:
    def test_a_plain_spasm_is_cared_for_at_home(self, client):
        page = client.post(ADVICE, PLAIN_SPASM)
        assert h1_of(page) == "You can care for this at home for now"
        assert "We did not save your answers." in main_of(page)
        assert "This check can miss things." in main_of(page)
        assert "15 to 20 minutes" in main_of(page)

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"duration": "weeks_2_or_not_sure"}, "2 weeks to 3 months, or I am not sure"),
            ({"start": "injury_or_not_sure"}, "With a fall, hit or bump, however small"),
            ({"spread": "leg_or_tingling"}, "Down a leg, or pins and needles there that stay"),
        ],
    )
    def test_each_of_the_articles_reasons_means_a_doctor(self, client, changed, told):
        page = client.post(ADVICE, PLAIN_SPASM | changed)
        assert h1_of(page) == "You should see a doctor soon"
        assert told in main_of(page)
        assert "within 7 days" in main_of(page).lower()

    @pytest.mark.parametrize("question", [q.code for q in STEP_2 if not q.optional])
    def test_a_question_left_out_is_an_error_and_the_rest_is_kept(self, client, question):
        left_out = {name: value for name, value in PLAIN_SPASM.items() if name != question}
        page = client.post(ADVICE, left_out)
        assert page.status_code == 422
        missing = next(q.missing for q in STEP_2 if q.code == question)
        assert main_of(page).count(missing) == 2
        for other in STEP_2:
            if other.code != question and not other.optional:
                checked = "" if other is AGE else "[^>]* checked"
                kept = f'name="{other.code}" value="{PLAIN_SPASM[other.code]}"{checked}'
                assert re.search(kept, main_of(page)), other.code

    def test_step_2_cannot_be_reached_around_step_1(self, client):
        without_step_1 = {name: value for name, value in PLAIN_SPASM.items() if name != "signs"}
        page = client.post(ADVICE, without_step_1)
        assert page.status_code == 422
        assert h1_of(page).startswith("Have you had any of these")

    @pytest.mark.parametrize(
        ("level", "today", "by"),
        [
            ("home", "2026-03-10", "Wednesday, March 18"),
            ("doctor", "2026-11-24", "Tuesday, December 1"),
            ("doctor", "2026-11-28", "Friday, December 4"),  # a Saturday
            ("doctor", "2026-11-29", "Friday, December 4"),  # a Sunday
            ("doctor", "2026-11-19", "Wednesday, November 25"),  # before Thanksgiving
            ("doctor", "2026-12-18", "Thursday, December 24"),  # before Christmas
            ("doctor", "2026-12-25", "Thursday, December 31"),  # before New Year's Day
        ],
    )
    def test_the_last_day_for_a_visit_is_one_on_which_doctors_work(self, client, level, today, by):
        with time_machine.travel(f"{today}T12:00:00-05:00"):
            for path in (ADVICE, "/check/handout/"):
                assert f"See a doctor by: {by}</h2>" in main_of(client.post(path, LEVELS[level]))

    def test_without_a_work_day_the_visit_is_due_within_a_week(self, client, monkeypatch):
        closed = {dt.date(2026, 12, day): Closure() for day in range(1, 11)}
        monkeypatch.setattr("triage.booking.closures.closed_days", lambda: closed)
        with time_machine.travel("2026-12-01T12:00:00-05:00"):
            assert "See a doctor by: Tuesday, December 8</h2>" in main_of(client.post(ADVICE, LEVELS["doctor"]))

    @pytest.mark.parametrize(
        ("prefix", "words"), [("", "The last day for my visit"), ("/es", "El último día para mi cita")]
    )
    def test_a_calendar_gets_the_day_and_no_word_of_health(self, client, prefix, words):
        with time_machine.travel("2026-12-31T23:30:00-05:00"):
            page = read(client.post(prefix + ADVICE, PLAIN_SPASM | {"duration": "days_7_13"}))
        head, _, calendar = page.one("a", download="visit.ics")["href"].partition(",")
        assert head == "data:text/calendar;charset=utf-8"
        lines, day = unquote(calendar).split("\r\n"), "20270101"
        assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "")
        said = {f"UID:{day}-visit", f"DTSTAMP:{day}T000000Z", f"DTSTART;VALUE=DATE:{day}", f"SUMMARY:{words}"}
        assert said < {*lines}
        assert not HEALTH.search(unquote(calendar))
        assert [lines.count(line) for line in ("BEGIN:VALARM", f"DESCRIPTION:{words}", "END:VALARM")] == [2, 2, 2]
        assert {line for line in lines if words not in line and day not in line} == {
            *("", "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//visit//EN", "BEGIN:VEVENT", "BEGIN:VALARM"),
            *("ACTION:DISPLAY", "TRIGGER:-PT39H", "TRIGGER:PT9H", "END:VALARM", "END:VEVENT", "END:VCALENDAR"),
        }


class TestTheWholeTable:
    """Pages for levels and combinations beyond the article's own rules."""

    @pytest.mark.parametrize("path", [ADVICE, "/check/handout/"])
    @pytest.mark.parametrize(
        ("moment", "until"),
        [
            (OPEN, ""),
            ("2026-11-28T11:00:00-05:00", "Monday, November 30, 9 AM"),  # a Saturday
            ("2026-12-02T08:59:00-05:00", "Wednesday, December 2, 9 AM"),
            ("2026-12-02T17:00:00-05:00", "Thursday, December 3, 9 AM"),
            ("2026-12-24T18:00:00-05:00", "Monday, December 28, 9 AM"),  # Christmas is a Friday
        ],
    )
    def test_whether_the_clinic_is_open_now(self, client, path, moment, until):
        with time_machine.travel(moment):
            today, soon = (main_of(client.post(path, LEVELS[level])) for level in ("urgent", "doctor"))
        for text in (today, soon):
            assert (f"Our clinic is closed until {until}." if until else "our clinic") in text
            assert ("Our clinic is closed" in text) == bool(until)
        where = "Call your own doctor, or go to a walk-in clinic or an emergency room."
        assert (where in today) == bool(until)
        assert ("our clinic at" in today) != bool(until)
        for words in ("walk-in clinic", "If you cannot be seen within 24 hours, go to an emergency room."):
            assert words in today

    @pytest.mark.parametrize(
        "changed",
        [
            {"health": "cancer_recent"},
            {"health": "sickle_cell"},
            {"age": "8"},
            {"pregnancy": "maybe_or_under_20", "notice": "burning_pee"},
            {"start": "out_of_nowhere", "spread": "elsewhere"},
        ],
    )
    def test_the_place_a_rule_names_stands_alone(self, client, changed):
        text = main_of(client.post(ADVICE, PLAIN_SPASM | changed))
        assert "If you reach nobody, go to an emergency room." in text
        assert "walk-in clinic" not in text
        assert "our clinic" not in text

    @pytest.mark.parametrize(
        ("changed", "may_ride"),
        [
            ({"signs": ["saddle"]}, True),
            ({"signs": ["weak_leg", "no_urge"]}, True),
            ({"spread": ["leg_or_tingling"], "notice": ["sex_trouble"]}, True),
            ({"signs": ["chest_or_jaw"]}, False),
            ({"signs": ["stroke"]}, False),
            ({"signs": ["one_side_numb"]}, False),
            ({"signs": ["saddle", "fainted_or_seizure"]}, False),
            # Weakness that moves up can affect breathing.
            ({"signs": ["both_legs"]}, False),
            ({"signs": ["both_legs", "saddle"]}, False),
            # A person who cannot take a step cannot get to a car.
            ({"notice": ["sex_trouble", "cannot_walk"]}, False),
            ({"notice": ["dry", "cannot_walk"]}, False),
            ({"signs": ["weak_leg"], "notice": ["cannot_walk"]}, False),
            # A person whose spine may be injured must not try to.
            ({"signs": ["saddle"], "start": "injury_or_not_sure"}, False),
            ({"start": "injury_or_not_sure", "notice": ["sex_trouble"]}, False),
        ],
    )
    def test_who_may_be_taken_by_car(self, client, changed, may_ride):
        text = main_of(client.post(ADVICE, PLAIN_SPASM | changed))
        for words in ("have someone take you to an emergency room", "Go to a hospital emergency room."):
            assert (words in text) == may_ride
        assert ("Do not go by car with someone else." in text) != may_ride

    def test_an_emergency_says_what_to_say_and_which_pills_to_go_on_with(self, client):
        text = main_of(client.post(ADVICE, {"signs": "fever_and_one"}))
        assert "Tell them each sign you have" in text
        assert "Take no pills for pain or fever" in text
        assert "Do not stop steroid, seizure or heart pills." in text
        assert "text 911: give your address" in text
        assert 'href="tel:988"' in text
        assert "AND any one of these:</strong> Confused" in text  # the answer is read back with the list of its row

    def test_home_care_reads_back_all_that_was_answered(self, client):
        (told,) = re.findall(r'<ul class="told">.*?</ul>', main_of(client.post(ADVICE, PLAIN_SPASM | {"age": "45"})))
        for question in (*STEP_2, SIGNS):
            assert question.text in told
        for words in ("45", "Less than 7 days", "Only where it began", "No, or does not apply"):
            assert words in told
        assert told.count("None of these") == 3

    def test_an_emergency_can_come_out_of_step_2(self, client):
        page = client.post(ADVICE, PLAIN_SPASM | {"health": "bleeds_or_not_sure", "start": "out_of_nowhere"})
        assert h1_of(page) == "Call 911 or go to the emergency room now"
        assert "A blood thinner or a bleeding problem, or I am not sure" in main_of(page)
        assert "All at once, very bad, and nothing set it off" in main_of(page)

    @pytest.mark.parametrize(
        ("changed", "first"),
        [
            ({"health": "cancer_recent"}, "Your cancer team or an emergency room can help you best."),
            ({"health": "weak_immune"}, "An emergency room or your own specialist can help you best."),
            ({"start": "out_of_nowhere", "spread": "elsewhere"}, "An emergency room can help you best."),
            ({"pregnancy": "maybe_or_under_20", "notice": "burning_pee"}, "Call your labor unit or prenatal team now."),
            ({"pregnancy": "weeks_20_up", "start": "injury_or_not_sure"}, "Call your labor unit or prenatal team now."),
            ({"pregnancy": "maybe_or_under_20"}, "Call your prenatal team first"),
            ({"health": "cancer_past"}, "Call the doctor or team that treated your cancer first."),
            ({"age": "15"}, "Tell a parent or an adult you trust."),
            ({"health": "medicine_trouble"}, '<a href="tel:+1-800-222-1222">1-800-222-1222</a>'),
        ],
    )
    def test_whom_to_call_first(self, client, changed, first):
        text = main_of(client.post(ADVICE, PLAIN_SPASM | changed))
        assert first in text
        assert text.count("prenatal team") <= 1
        doctor = text.find("Your own doctor or our clinic")
        assert doctor == -1 or text.index(first) < doctor

    def test_medicines_follow_the_answers(self, client):
        text = main_of(client.post(ADVICE, PLAIN_SPASM | {"medicine": "ulcer_kidney_heart", "age": "45"}))
        tried = text[text.index("You may try one of these") : text.index("In studies of new back pain")]
        assert "acetaminophen" in tried
        for name in ("ibuprofen", "naproxen", "aspirin"):
            assert name not in tried
        assert "kidney disease" in text
        assert "Follow your package." in text
        assert "1-800-222-1222" in text

    @pytest.mark.parametrize("asked", [{}, {"show": "medicine"}])
    def test_the_part_skipped_offers_no_medicine(self, client, asked):
        text = main_of(client.post(ADVICE, PLAIN_SPASM | asked))
        assert "You may try one of these" not in text
        assert "you did not answer the questions about pain pills" in text

    def test_late_in_pregnancy_nobody_is_told_to_lie_on_the_back(self, client):
        text = main_of(client.post(ADVICE, PLAIN_SPASM | {"pregnancy": "weeks_20_up"}))
        assert "Lie on your back" not in text
        assert "recliner" in text

    def test_every_result_below_an_emergency_repeats_when_to_call_911(self, client):
        for changed in ({}, {"start": "injury_or_not_sure"}, {"notice": "fever"}):
            text = main_of(client.post(ADVICE, PLAIN_SPASM | changed))
            for rule in WATCH_FOR:
                assert escape(rule.words) in text
            assert "If you feel something is very wrong, call 911." in text
            assert "This clinic is paid for visits. That does not change these rules." in text

    @pytest.mark.parametrize(
        "age", ["", "forty", "-1", "121", "4 5", "1e1", "\0", "９９x", "999999", "18 months", "11 meses"]
    )
    def test_an_invalid_age_is_an_error(self, client, age):
        page = client.post(ADVICE, PLAIN_SPASM | {"age": age})
        assert page.status_code == 422
        assert "maxlength" not in main_of(page), "a browser would make 18 of 18 months"
        assert main_of(page).count("Enter your age as a number, like 45") == 2

    @pytest.mark.parametrize("age", ["\u200b36", "\u202a36\u202c", "36\u00a0", "３６", "\ufeff٣٦", "3\u00ad6"])
    def test_an_age_with_what_nobody_sees(self, client, age):
        assert h1_of(client.post(ADVICE, PLAIN_SPASM | {"age": age})) == "You can care for this at home for now"


class TestPainPills:
    """These questions come with the advice, and answer with the same page and the list filled in."""

    ASKED = PLAIN_SPASM | {"show": "medicine"}

    @pytest.mark.parametrize("changed", [{}, {"spread": "leg_or_tingling"}])
    def test_are_asked_where_they_are_a_question_and_nowhere_else(self, client, changed):
        page = ReadPage(client.post(ADVICE, PLAIN_SPASM | changed).content.decode())
        assert {row["value"] for row in page.all("input", name="medicine")} == MEDICINE.codes
        assert not [fold for fold in page.all("details") if "open" in fold]
        for elsewhere in (PLAIN_SPASM | {"notice": "fever"}, {"signs": "balance"}, NONE | {"step": "2"}):
            assert 'name="medicine"' not in client.post(ADVICE, elsewhere).content.decode()

    def test_their_answers_fill_the_list_in_and_take_the_focus(self, client):
        html = client.post(ADVICE, self.ASKED | {"medicine": ["under_care", "reaction_lidocaine"]}).content.decode()
        page = ReadPage(html)
        assert [tag for tag, attributes in page.tags if "autofocus" in attributes] == ["h2"]
        assert ["open" in fold for fold in page.all("details")[-2:]] == [False, True], "the questions, the list"
        ticked = {row["value"] for row in page.all("input", name="medicine") if "checked" in row}
        assert ticked == {"under_care", "reaction_lidocaine"}
        assert "hidden" not in page.one("input", name="medicine", value="under_care")
        tried = page.text[page.text.index("You may try") : page.text.index("Ask a doctor or pharmacist before")]
        assert "acetaminophen (Tylenol)" in tried
        assert "Advil" not in tried
        assert "Lidocaine" not in tried

    def test_none_of_these_opens_the_list(self, client):
        text = main_of(client.post(ADVICE, self.ASKED | {"medicine": "none"}))
        assert "Ask a doctor or pharmacist before you take these" not in text
        assert text.index("Advil") < text.index("Tylenol") < text.index("Bayer")

    def test_they_may_lead_to_911_and_back(self, client):
        sore = self.ASKED | {"medicine": ["metamizole_sore", "under_care"]}
        page = client.post(ADVICE, sore)
        assert h1_of(page) == "Call 911 or go to the emergency room now"
        assert 'metamizole (dipyrone, <span translate="no">Neo-Melubrina</span>)' in main_of(page)
        back = ReadPage(page.content.decode()).one("button", name="change")["value"]
        asked_again = client.post(ADVICE, sore | {"change": back})
        assert h1_of(asked_again) == "Which pain pill is safe for me?"
        form = ReadPage(asked_again.content.decode())
        assert "checked" in form.one("input", name="medicine", value="metamizole_sore")
        assert form.one("input", name="duration")["value"] == "days_0_6"

    def test_a_sign_beside_them_is_changed_in_step_1(self, client):
        page = client.post(ADVICE, self.ASKED | {"signs": "balance", "medicine": "metamizole_sore"})
        assert ReadPage(page.content.decode()).one("button", name="change")["value"] == "signs"

    @pytest.mark.parametrize("change", [{"change": "details"}, {"change": "signs"}, {"age": "forty"}])
    def test_their_answers_go_along_when_others_change(self, client, change):
        page = ReadPage(client.post(ADVICE, self.ASKED | {"medicine": "under_care"} | change).content.decode())
        assert "hidden" in page.one("input", name="medicine", value="under_care")


PLANTED = [
    NONE,
    PLAIN_SPASM,
    PLAIN_SPASM | {"medicine": "none"},
    NONE | {"step": "2", "age": "36", "notice": "none"},
    {code: given for code, given in PLAIN_SPASM.items() if code != "signs"},
    *(PLAIN_SPASM | {"change": step} for step in ("signs", "details", "medicine", "other")),
]


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("origin", ["https://other.example", "null", "", "http://127.0.0.1:9999"])
@pytest.mark.parametrize("path", [ADVICE, "/es/check/advice/", "/check/handout/"])
def test_another_site_puts_no_answer_into_a_form(client, planted, origin, path):
    page = ReadPage(client.post(path, planted, HTTP_ORIGIN=origin).content.decode())
    held = {attrs["name"] for tag, attrs in page.tags if tag == "input" and ("value" in attrs or "checked" in attrs)}
    assert held.isdisjoint({question.code for question in (SIGNS, AGE, MEDICINE, *STEP_2)})


@pytest.mark.parametrize("origin", ["null", "", "https://translator.example"])
def test_a_browser_that_hides_where_it_comes_from_is_told_and_has_a_way_on(client, origin):
    """Such as one with an extension. The page would ask for the answers again and again."""
    for data in (NONE, NONE | {"step": "2"}, PLAIN_SPASM | {"change": "signs"}):
        page = client.post(ADVICE, data, HTTP_ORIGIN=origin)
        assert h1_of(page) == "We cannot tell that this came from our own page"
        assert "use another browser, or call us" in main_of(page)
        assert 'href="tel:+1-212-555-0142"' in main_of(page)


@pytest.mark.parametrize("path", [ADVICE, "/check/handout/"])
@pytest.mark.parametrize(
    "data",
    [
        *({}, NONE, NONE | {"step": "2"}, PLAIN_SPASM | {"medicine": "ulcer_kidney_heart", "show": "medicine"}),
        *(PLAIN_SPASM | {"change": step} for step in ("signs", "details", "medicine")),
        *LEVELS.values(),
    ],
)
def test_no_link_takes_a_page_away_that_back_cannot_find(client, path, data):
    """A browser cannot go back to the answer to a post that it may not keep. Other pages open in a tab of their own."""
    page = read(client.post(path, data))
    if page.all("form", id="answers"):
        links = [link for link in page.all("a") if not link["href"].startswith(("#", "tel:", "data:"))]
        assert {link["href"] for link in links if link.get("target") != "_blank"} <= {CHECK}, "to start again"


class TestChangingAnswers:
    def test_change_returns_to_the_filled_in_step(self, client):
        page = client.post(ADVICE, PLAIN_SPASM | {"change": "details"})
        assert page.status_code == 200
        assert "There is a problem" not in main_of(page)
        for name in ("duration", "start", "spread"):
            assert re.search(rf'name="{name}" value="{PLAIN_SPASM[name]}"[^>]* checked', main_of(page))

    @pytest.mark.parametrize("change", ["details", "signs"])
    @pytest.mark.parametrize("age", ["18 months", "\u200b36", "３６", "36.", "-1"])
    def test_an_age_goes_along_as_it_was_typed(self, client, age, change):
        page = client.post(f"/es{ADVICE}", PLAIN_SPASM | {"age": age, "change": change})
        assert ReadPage(page.content.decode()).one("input", name="age")["value"] == age

    def test_step_1_again_carries_step_2_along(self, client):
        page = client.post(ADVICE, PLAIN_SPASM | {"change": "signs"})
        assert h1_of(page).startswith("Have you had any of these")
        assert re.search(r'name="signs" value="none"[^>]* checked', main_of(page))
        assert '<input type="checkbox" name="duration" value="days_0_6" checked hidden>' in main_of(page)
        again = client.post(ADVICE, {name: value for name, value in PLAIN_SPASM.items() if name != "step"})
        assert h1_of(again) == "Tell us about your back"
        assert re.search(r'name="duration" value="days_0_6"[^>]* checked', main_of(again))


class TestFetchedAgainWithoutItsAnswers:
    """As after a restart of a phone, which loads the address without the answers."""

    @pytest.mark.parametrize("path", [ADVICE, "/check/handout/", "/book/from-advice/"])
    @pytest.mark.parametrize(
        ("language", "heading", "line"),
        [
            ("", "Your advice is not kept", "Did it say to call 911? Then call 911 now."),
            ("/es", "Su consejo no se guarda", "¿Le decía que llamara al 911? Entonces llame al 911 ahora."),
        ],
    )
    def test_it_says_so_and_leads_to_the_check(self, client, path, language, heading, line):
        for query in ("", "?utm_source=mail"):
            page = client.get(f"{language}{path}{query}")
            assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
            assert (h1_of(page), client.head(f"{language}{path}").status_code) == (heading, 200)
            assert line in main_of(page)
            assert f'href="{language}{CHECK}"' in main_of(page)
            assert 'href="tel:911"' in main_of(page)
            assert '<meta name="robots" content="noindex">' in page.content.decode()
            assert "<form" not in page.content.decode()
            assert f'href="{"" if language else "/es"}{path}"' in page.content.decode(), "the other language"


class TestBadInput:
    """Answers that no form of ours sends get neither a 500 nor advice."""

    @pytest.mark.parametrize(
        "data",
        [
            {"signs": "shark_bite"},
            {"signs": "\0"},
            {"signs": ["none", "\u202enone"]},
            {"signs": "x" * 50_000},
            {"signs": ["none", "shark_bite"]},
            PLAIN_SPASM | {"duration": ["days_0_6", "months_3_up"]},
            PLAIN_SPASM | {"duration": "days_0_6\0"},
            PLAIN_SPASM | {"spread": ["only_back", "moon"]},
            PLAIN_SPASM | {"start": ""},
        ],
    )
    def test_is_a_422_that_says_what_to_do(self, client, data):
        page = client.post(ADVICE, data)
        assert page.status_code == 422
        assert "There is a problem" in main_of(page)
        assert "Choose" in main_of(page)

    @pytest.mark.parametrize("path", [ADVICE, "/check/handout/"])
    @pytest.mark.parametrize(
        "data",
        [
            {"signs": ["none", "balance"]},
            PLAIN_SPASM | {"signs": "balance", "duration": "moon"},
            # A page that was open while a release removed a row.
            {"signs": ["balance", "retired_sign"]},
            {"signs": ["retired_sign", "none", "balance"], "step": "2"},
            PLAIN_SPASM | {"signs": ["balance", "\0"]},
        ],
    )
    def test_a_sign_wins_over_none_of_these_and_invalid_answers(self, client, path, data):
        assert h1_of(client.post(path, data)) == "Call 911 or go to the emergency room now"

    @pytest.mark.parametrize(
        ("content_type", "body", "status"),
        [
            ("application/json", b'{"signs": "balance"}', 415),
            ("text/plain", b"signs=balance", 415),
            ("", b"signs=balance", 415),
            ("multipart/form-data; boundary=x", b"--x--", 415),
            ("application/x-www-form-urlencoded; charset=utf-16", b"signs=balance", 415),
            ("application/x-www-form-urlencoded; charset=no-such", b"signs=balance", 415),
            ("application/x-www-form-urlencoded", b"signs=" + b"x" * 70_000, 413),
            ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(200)), 400),
        ],
    )
    def test_bodies_from_elsewhere_are_refused_in_words(self, client, content_type, body, status):
        page = client.post(ADVICE, body, content_type=content_type)
        assert page.status_code == status
        assert "(212) 555-0142" in page.content.decode()
        assert "tel:911" in page.content.decode()


class TestPromises:
    @pytest.mark.parametrize("data", [{}, NONE, PLAIN_SPASM, {"signs": "balance"}, PLAIN_SPASM | {"duration": "x"}])
    def test_no_cookie_no_token_no_database(self, client, data, django_db_blocker):
        with django_db_blocker.block():
            pages = [client.get(CHECK), client.post(ADVICE, data)]
        for page in pages:
            assert not page.cookies
            assert "csrfmiddlewaretoken" not in page.content.decode()

    def test_the_title_does_not_tell_the_level(self, client):
        titles = {
            re.search("<title>(.*?)</title>", client.post(ADVICE, data).content.decode(), re.S)[1].strip()
            for data in (PLAIN_SPASM, PLAIN_SPASM | {"start": "injury_or_not_sure"}, {"signs": "balance"})
        }
        assert len(titles) == 1
        assert titles.pop().startswith("Your advice")

    @pytest.mark.parametrize("path", [ADVICE, f"/es{ADVICE}", "/check/handout/", "/es/check/handout/"])
    def test_the_h1_has_the_focus(self, path):
        for data in LEVELS.values():
            page = read_page(path, data)
            assert page.one("h1") == {"tabindex": "-1", "autofocus": None}
            assert len([tag for tag, attributes in page.tags if "autofocus" in attributes]) == 1

    def test_a_screen_reader_says_no_level_before_call_911_and_urgent_care_has_no_date(self):
        for level, data in LEVELS.items():
            page = read_page(ADVICE, data)
            assert ("aria-hidden" in page.one("p", **{"class": "result-level"})) == (level == "emergency")
            assert len(page.all("a", download="visit.ics")) == (level in ("home", "doctor"))
