"""Every fact of the article is on its page, in our words, and every page has its required parts."""

import itertools
import re
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from tests.conftest import PatientClient
from tests.reading import ReadPage, html_of, open_page, read_page, title_of
from tests.unit.test_clinic import CLINIC
from triage.clinic import load_clinic
from triage.clinical.rules import WATCH_FOR
from triage.guide.pages import PAGES

# (the article's fact, the page it stands on, words that must be there)
FACTS = [
    ("usually not serious", "home", ["most back spasms are not serious"]),
    ("but sometimes they are", "home", ["some signs mean you need help right away"]),
    ("8.2 % of U.S. adults", "why-it-happens", ["8.2% of u.s. adults", "about 8 in 100"]),
    ("of chronic, severe back pain", "why-it-happens", ["severe", "(chronic)", "does not count spasms"]),
    ("says the National Institutes of Health", "why-it-happens", ["national institutes of health", "survey"]),
    ("spasms add to low back problems", "why-it-happens", ["a common part of low back trouble"]),
    ("damage or overuse", "why-it-happens", ["get hurt", "too much use"]),
    ("of muscles, ligaments and tendons", "why-it-happens", ["muscles, tendons, and ligaments"]),
    ("of the lower spine above all", "why-it-happens", ["most often this is in the low back"]),
    ("in the soft tissues", "why-it-happens", ["soft parts"]),
    ("may pass in minutes", "home", ["pass in a few minutes"]),
    ("may last and make the day hard", "home", ["each day's tasks can be very hard"]),
    ("sudden and involuntary", "home", ["all of a sudden", "you cannot control it"]),
    ("cramp, contraction or twinge", "home", ["cramp", "twinge", "gets tight"]),
    ("tight, stiff, a knot", "home", ["tight, stiff back", "a knot"]),
    ("come and go for days or weeks", "home", ["come and go for days or weeks"]),
    ("painful to move", "home", ["hurt to move"]),
    ("overexertion or trauma comes first", "why-it-happens", ["most common cause", "overuse", "injury"]),
    ("such as lifting or sport", "why-it-happens", ["lift something heavy", "sport"]),
    ("the same on the first page", "home", ["do too much", "lift something heavy", "sport"]),
    ("muscles seize to protect themselves", "why-it-happens", ["seize up", "guard itself from more harm"]),
    ("herniated disc", "why-it-happens", ["slipped (herniated) disc", "soft pads"]),
    ("spinal stenosis", "why-it-happens", ["spinal stenosis", "too tight"]),
    ("too little water cramps muscles", "why-it-happens", ["do not drink enough", "dehydration", "lead to cramps"]),
    ("kidney stones", "why-it-happens", ["kidney stones"]),
    ("gallstones", "why-it-happens", ["gallstones"]),
    ("ankylosing spondylitis", "why-it-happens", ["ankylosing spondylitis", "arthritis", "joints in the spine"]),
    ("home treatment usually works", "ease-the-pain", ["most people can treat a back spasm at home"]),
    ("rest comes first", "ease-the-pain", ["rest is the first thing to try"]),
    ("avoid what strains", "ease-the-pain", ["stop what strains your back"]),
    (
        "on the back, at a slight incline",
        "ease-the-pain",
        ["lie on your back in bed", "raise your upper body a little"],
    ),
    ("pillow under the knees", "ease-the-pain", ["pillow under your knees"]),
    ("or a recliner", "ease-the-pain", ["recliner", "rest your legs", "knees a little bent"]),
    ("switch between hot and cold", "ease-the-pain", ["switch between heat and ice"]),
    ("for pain and inflammation", "ease-the-pain", ["ease the pain and the swelling (inflammation)"]),
    ("heating pad or ice pack on the back", "ease-the-pain", ["heating pad or ice pack on your back"]),
    ("15 to 20 minutes", "ease-the-pain", ["15 to 20 minutes on"]),
    ("then an hour's break", "ease-the-pain", ["1 hour off", "break for 1 hour"]),
    ("the times on the first page", "home", ["15 to 20 minutes", "break for 1 hour"]),
    ("ibuprofen", "medicines", ["ibuprofen (advil, motrin)"]),
    ("naproxen", "medicines", ["naproxen (aleve)"]),
    ("aspirin", "medicines", ["aspirin"]),
    ("sold over the counter", "medicines", ["without a prescription"]),
    ("they reduce pain, as anti-inflammatories", "medicines", ["lower the pain", "swelling (inflammation)"]),
    ("Tylenol: pain, not inflammation", "medicines", ["tylenol", "ease pain", "does not bring down swelling"]),
    ("lidocaine cream", "medicines", ["cream with lidocaine"]),
    ("muscle relaxers for intense pain", "medicines", ["for strong pain", "muscle relaxer", "prescribe"]),
    ("medicines for a short time only", "medicines", ["use it for a short time only"]),
    ("spasms that persist: physical therapist", "exercise", ["see a physical therapist if the spasms do not go away"]),
    ("core exercises mean fewer spasms", "exercise", ["make your core strong", "exercises", "fewer spasms"]),
    ("stretching frees tight muscles", "exercise", ["stretches", "tight muscles"]),
    ("poor posture can cause spasms", "exercise", ["poor posture may bring on spasms"]),
    ("a therapist improves posture", "exercise", ["improve your posture", "less stress on your spine"]),
    ("massage when tight", "ease-the-pain", ["back feel tight? you can massage it"]),
    ("walking helps", "exercise", ["great way to ease a spasm"]),
    ("on level ground", "exercise", ["level ground"]),
    ("walking, with the other ways", "ease-the-pain", ["walk", "level ground"]),
    ("two weeks: see a doctor", "when-to-get-help", ["2 weeks", "see a doctor"]),
    ("two weeks, with the home care", "ease-the-pain", ["see a doctor if the spasms go on for 2 weeks"]),
    ("may be the spine", "when-to-get-help", ["a problem in your spine"]),
    ("or gallstones or dehydration", "when-to-get-help", ["gallstones", "dehydration"]),
    ("imaging and blood tests", "when-to-get-help", ["imaging", "blood tests"]),
    ("find another cause than a strain", "when-to-get-help", ["something other than a strained back"]),
    ("injury: see your doctor", "when-to-get-help", ["see your doctor if you think an injury"]),
    ("spreading pain: see your doctor", "when-to-get-help", ["if the pain spreads to another part of your body"]),
    ("four signs: help at once", "when-to-get-help", ["call 911 or go to the emergency room now", "pee or poop"]),
    ("the four in plain words", "when-to-get-help", ["weak", "lost feeling", "one side of your body", "balance"]),
    ("a sports medicine center", "home", ["new york bone & joint specialists is a sports medicine center"]),
    ("that has treated many", "home", ["cared for many people with back pain"]),
    ("finds the cause and treats it", "home", ["look for the reason and treat it"]),
    ("back to life without pain", "home", ["back to your life without pain"]),
    ("book an appointment", "home", ["request a visit"]),
    ("our locations", "home", ["our locations"]),
]

# Where newer guidance differs, the article's advice stays, with the correction and its source next to it.
CORRECTIONS = [
    ("rest", "ease-the-pain", ["rest for a short time, then move gently", "cochrane, 2010"]),
    ("cold", "ease-the-pain", ["heat has better proof than ice", "cochrane, 2006"]),
    ("acetaminophen", "medicines", ["no better than a dummy pill", "the lancet, 2014"]),
    ("acetaminophen in pregnancy", "medicines", ["fda, september 22, 2025", "acog, september 2025"]),
    ("pain pills", "medicines", ["better than dummy pills, and only a little", "medicine, 2025"]),
    ("exercise for new pain", "exercise", ["did not ease the pain more than none", "medicine, 2025"]),
    ("muscle relaxers", "medicines", ["more side effects", "the bmj, 2021"]),
    ("posture", "exercise", ["the proof is weak", "change your position often"]),
    ("tests", "when-to-get-help", ["your doctor decides if you need tests", "american college of radiology, 2021"]),
]

MEDICINE_WARNINGS = [
    "follow your package",
    "ask a doctor or pharmacist first",
    "never take two of these together",
    "20 weeks pregnant or more",
    "under 19? do not take aspirin",
    "took one today? stay with that one",
    "do not take it with alcohol or with opioids",
    "risky for people over 65",
    "hide diclofenac and a steroid",
    "poison control at 1-800-222-1222",
    "black poop, or blood when you throw up: call 911",
]

# The line of the first page that names a fact of the article, and where it links to.
LINES_ON_THE_FIRST_PAGE = [
    ("ibuprofen, naproxen, aspirin, tylenol, cream with lidocaine", "medicines"),
    ("muscle relaxer", "medicines", "prescribed"),
    ("physical therapy: a strong core, stretching, and better posture", "exercise", "therapist"),
    ("massage the tight spot", "ease-the-pain", "massage"),
    ("walk on level ground", "exercise", "today"),
    ("poor posture", "why-it-happens", "posture"),
    ("a pillow under your knees. after a fall, with weak bones", "ease-the-pain", "positions"),
    ("in a recliner", "ease-the-pain", "positions"),
    ("heat or ice: 15 to 20 minutes", "ease-the-pain", "heat-and-ice"),
    ("(herniated) disc or a tight spinal canal (spinal stenosis)", "why-it-happens", "spine"),
    ("too little water (dehydration)", "why-it-happens", "water"),
    ("kidney stones, gallstones, or ankylosing spondylitis", "why-it-happens", "illness"),
    ("imaging and blood tests", "when-to-get-help", "tests"),
    ("8 in 100 u.s. adults (8.2%)", "why-it-happens", "survey"),
    ("consultation", "locations"),
    ("is it a child? a child needs a doctor", "when-to-get-help"),
]

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(name: str) -> str:
    return read_page(reverse(f"guide:{name}")).text


@pytest.mark.parametrize(("fact", "name", "words"), FACTS + CORRECTIONS)
def test_fact_is_on_its_page(fact, name, words):
    text = text_of(name).lower()
    assert [expected for expected in words if expected not in text] == [], fact


@pytest.mark.parametrize(("words", "name", "part"), [(*line, "")[:3] for line in LINES_ON_THE_FIRST_PAGE])
def test_a_line_of_the_first_page_names_the_fact_and_leads_to_its_place(words, name, part):
    main = html_of("/").partition("<main")[2]
    lines = [line for line in re.findall(r"<(?:p|li)>.*?</(?:p|li)>", main, re.DOTALL) if words in plain(line)]
    assert len(lines) == 1
    assert f'href="{reverse(f"guide:{name}")}{"#" * bool(part)}{part}"' in lines[0]


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).split()).lower()


@pytest.mark.parametrize("name", ["home", "ease-the-pain"])
def test_the_signs_to_watch_for_stand_where_there_is_little_room(name):
    assert [sign.code for sign in WATCH_FOR if sign.words not in text_of(name)] == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", ["ease-the-pain", "medicines", "exercise"])
def test_pages_on_relief_lead_to_the_check_first(name, language):
    with translation.override(language):
        before_advice = re.search('class="lead".*?<h2', html_of(reverse(f"guide:{name}")), re.DOTALL)[0]
        assert f'href="{reverse("checker:check")}"' in before_advice


@pytest.mark.parametrize("language", ["en", "es"])
def test_wherever_a_page_says_to_lie_on_the_back_it_says_who_should_not(language):
    pages = Path(f"templates/guide/{language}").glob("*.html")
    told = [part for page in pages for part in re.split(r"</(?:p|li|td)>", page.read_text("utf-8"))]
    lying = [part for part in told if re.search(r"\blie on your back|acuéstese boca arriba", part, re.I)]
    assert len(lying) >= 4
    assert [part for part in lying if not re.search(r"20 (weeks|semanas)", part)] == []


def test_medicine_warning():
    text = text_of("medicines").lower()
    assert [warning for warning in MEDICINE_WARNINGS if warning not in text] == []


@every_page
def test_each_page_has_its_required_parts(page):
    for language in ("en", "es"):
        with translation.override(language):
            path, title = reverse(f"guide:{page.name}"), gettext(page.title)
        seen = read_page(path)
        assert open_page(path).status_code == 200
        assert title.replace("&", "&amp;") in title_of(html_of(path))
        assert seen.all("a", href="tel:911"), "no way to call 911"
        assert seen.one("html")["lang"] == language
        seen.one("main")
        levels = [int(tag[1]) for tag, _ in seen.tags if tag in ("h1", "h2", "h3", "h4")]
        assert levels.count(1) == 1
        in_main = levels[levels.index(1) :]
        assert all(after - before <= 1 for before, after in itertools.pairwise(in_main)), "a heading is left out"


@every_page
def test_health_pages_say_who_checked_them(page):
    html = html_of(reverse(f"guide:{page.name}"))
    said = re.search(r'</h1>\s*<p class="sign-off">\s*Not yet checked by a doctor\.', html)
    assert bool(said) == page.is_health
    assert bool(page.sources) == (page.is_health or page.name == "about")


def test_locations_show_every_place_and_every_day():
    seen = read_page("/locations/")
    for place in settings.CLINIC.locations:
        assert seen.all("a", href=place.phone_link)
    for day in ("New York time", "Monday 9 AM to 5 PM", "Friday 9 AM to 5 PM", "Saturday Closed", "Sunday Closed"):
        assert day in seen.text
    assert len(settings.CLINIC.holidays_ahead) >= 10
    for day, holiday, _closes in settings.CLINIC.holidays_ahead:
        assert f"{holiday.name}: {day:%A, %B} {day.day}, {day.year}" in seen.text


@pytest.mark.parametrize("note", ["entrance", "transit", "access"])
def test_a_location_shows_what_is_known_of_it_and_nothing_else(client, settings, tmp_path, note):
    known = f'{note} = {{ en = "Known {note}.", es = "Sabido {note}." }}'
    (tmp_path / "clinic.toml").write_text(CLINIC.replace("America/New_York", "America/Chicago") + known)
    settings.CLINIC = load_clinic(tmp_path / "clinic.toml", dict(settings.LANGUAGES))
    html = client.get("/es/locations/").content.decode()
    assert "1 Example Street<br>New York, NY 10001" in html
    assert "query=1%20Example%20Street%2C%20New%20York%2C%20NY%2010001" in html
    assert "<dd>Sí, por la calle lateral.</dd>" in html
    assert f"<dd>Sabido {note}.</dd>" in html
    assert html.count("<dd>") == 2
    assert "<caption>America/Chicago</caption>" in html, "the hours are in the clinic's own time"


@pytest.mark.parametrize("path", ["/locations/", "/es/locations/", "/book/", "/es/book/"])
def test_no_page_shows_a_placeholder(client, db, path):
    text = ReadPage(client.get(path).content.decode()).text
    assert "[" not in text
    assert ("Clínica 1" if "/es/" in path else "Location 1") in text


def test_closed_days_are_listed_until_they_are_over():
    for day, shown in (("2026-11-26T20:00:00-05:00", True), ("2026-11-27T01:00:00-05:00", False)):
        with time_machine.travel(day):
            text = ReadPage(PatientClient().get("/locations/").content.decode()).text
        assert ("Thanksgiving Day: Thursday, November 26, 2026" in text) is shown
        assert "Christmas Day: Friday, December 25, 2026" in text
