"""The rules in public: the page holds all that runs, says who checked it, and is linked where people look for it."""

import dataclasses
import datetime as dt
import re
from functools import cache

import pytest
from django.conf import settings
from django.urls import reverse

from tests.journeys.test_check_symptoms import ADVICE, PLAIN_SPASM
from tests.reading import ReadPage
from triage.clinic import SignOff
from triage.clinical.assessment import RULES_VERSION
from triage.clinical.changes import CHANGES
from triage.clinical.decision_table import RULE_SOURCES, conditions, from_age
from triage.clinical.medicines import MEDICINE_RULES, MEDICINES, medicine_cards
from triage.clinical.rules import RULES
from triage.guide.sign_off import fingerprint_of_rules

RULES_SIGN_OFF = SignOff("Spine doctor", dt.date(2027, 1, 15), dt.date(2028, 1, 15), fingerprint_of_rules())


def text_of(client, name: str) -> str:
    return ReadPage(client.get(reverse(f"guide:{name}")).content.decode()).text


def plain(words: str) -> str:
    return words.replace("’", "'")


@pytest.fixture
def page(client) -> str:
    return text_of(client, "how-we-decide")


@pytest.fixture
def rows(client) -> dict[str, str]:
    """The text of each row of the tables, by the code it begins with."""
    return rows_of(client.get(reverse("guide:how-we-decide")).content.decode())


@cache  # one page for a hundred tests
def rows_of(html: str) -> dict[str, str]:
    texts = [ReadPage(f"<main>{row}</main>").text for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL)]
    return {text.partition(":")[0]: text for text in texts}


@pytest.mark.parametrize("rule", [*RULES, *MEDICINE_RULES], ids=lambda rule: rule.code)
def test_every_rule_stands_there_in_full(rows, rule):
    row = rows[rule.code]
    assert plain(rule.words) in row
    assert all(source.short in row for source in rule.sources)
    for groups in conditions(rule.when or rule.combinations):
        for asked in (asked for group in groups for asked in group):
            assert plain(asked.question) in row
            assert all(plain(choice.text) in row and plain(choice.hint) in row for choice in asked.choices)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_what_it_can_mean_and_how_strong_the_proof_is(rows, rule):
    assert plain(rule.may_signal) in rows[rule.code]
    assert rows[rule.code].lower().endswith(plain(rule.support.words))


@pytest.mark.parametrize("rule", MEDICINE_RULES, ids=lambda rule: rule.code)
def test_what_each_person_may_take(rows, rule):
    for words, medicines in (("Do not take:", rule.avoid), ("Ask first:", rule.ask_first), ("May try:", rule.leaves)):
        names = ", ".join(medicine.name for medicine in medicines)
        assert (f"{words} {names}" in rows[rule.code]) == bool(medicines)


def test_version_log_and_sources(page):
    assert f"Rules version {RULES_VERSION}." in page
    for change in CHANGES:
        assert f"{change.what} Version {change.version}." in page
    for source in RULE_SOURCES:
        assert plain(source.title) in page


def test_what_it_says_of_itself(page):
    for sentence in (
        "The highest level wins.",
        "We tell you each reason that fits, not just the top one.",
        "One more sign can raise the level. It can never lower it.",
        "Not sure how long? We count it as 2 weeks.",
        "It does not tell you what illness you have.",
        "It can miss things.",
        "It does not look at our hours, how full we are, or who booked a visit.",
        "This clinic is paid for visits. That does not change these rules.",
    ):
        assert sentence in page


# --- Sign-off --------------------------------------------------------------------------------
def signed(sign_off: SignOff):
    return dataclasses.replace(settings.CLINIC, sign_off={"rules": sign_off})


def test_unsigned_rules_say_so(client, page):
    assert f"Not yet checked by a doctor. Rules version {RULES_VERSION}." in page
    assert "Not yet checked by a doctor." in client.post(ADVICE, PLAIN_SPASM).content.decode()


def test_a_sign_off_shows_with_the_rules_and_on_the_results(client, settings):
    settings.CLINIC = signed(RULES_SIGN_OFF)
    said = "Checked by Spine doctor: Jan. 15, 2027. Next check: Jan. 15, 2028."
    assert f"{said} Rules version {RULES_VERSION}." in text_of(client, "how-we-decide")
    result = ReadPage(client.post(ADVICE, PLAIN_SPASM).content.decode()).text
    assert said in result
    assert "Not yet checked" not in result


def test_a_sign_off_of_older_rules_has_lapsed(client, settings):
    settings.CLINIC = signed(dataclasses.replace(RULES_SIGN_OFF, fingerprint="00000000"))
    assert f"Not yet checked by a doctor. Rules version {RULES_VERSION}." in text_of(client, "how-we-decide")


# --- The way there ---------------------------------------------------------------------------
@pytest.mark.parametrize("changed", [{}, {"start": "injury"}, {"notice": "fever"}], ids=str)
def test_a_result_links_to_it_in_a_new_tab_and_says_so(client, changed):
    html = client.post(ADVICE, PLAIN_SPASM | changed).content.decode()
    (link,) = re.findall(r'<a href="/how-we-decide/"([^>]*)>(.*?)</a>', html)
    assert link == (' target="_blank"', "How we decide (opens in a new tab)")


def test_an_emergency_does_not(client):
    assert "how-we-decide" not in client.post(ADVICE, {"signs": "balance"}).content.decode()


def test_about_this_guide_links_to_it(client):
    html = client.get(reverse("guide:about")).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    assert '<a href="/how-we-decide/">How we decide</a>' in main


# --- The same medicine table on the Medicines page -------------------------------------------
def test_the_medicines_page_holds_the_card_and_the_limits(client):
    text = text_of(client, "medicines")
    for card in medicine_cards():
        for line in (*card.never, *card.ask_first):
            assert line in text
    for medicine in MEDICINES:
        limits = f"{medicine.most_in_24_hours} {medicine.most_days} {from_age(medicine)}"
        assert f"{medicine.name} ({medicine.brands}) {limits}" in text
