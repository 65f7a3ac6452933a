"""The page "How we decide" shows all rules, says who checked them, and is linked where people look for it."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.utils.text import capfirst
from msgspec.structs import replace

from tests.house.test_sign_off import text_of
from tests.journeys.test_check_symptoms import ADVICE, PLAIN_SPASM
from tests.reading import ReadPage, html_of, read_page
from triage.clinic import SignOff
from triage.clinical.assessment import RULES_VERSION
from triage.clinical.changes import CHANGES
from triage.clinical.decision_table import RULE_SOURCES, conditions, from_age
from triage.clinical.medicines import MEDICINE_RULES, MEDICINES
from triage.clinical.rules import RULES
from triage.guide.sign_off import fingerprint_of

RULES_SIGN_OFF = SignOff("Spine doctor", dt.date(2027, 1, 15), dt.date(2028, 1, 15), fingerprint_of("rules"))


def plain(words: str) -> str:
    return words.replace("’", "'")


@pytest.fixture(scope="module")
def rows() -> dict[str, str]:
    """The text of each row of the tables, by the code it begins with."""
    rows = re.findall(r"<tr>.*?</tr>", html_of("/how-we-decide/"), re.DOTALL)
    return {text.partition(":")[0]: text for text in (ReadPage(f"<main>{row}</main>").text for row in rows)}


def test_every_rule_stands_there_in_full(rows):
    for rule in (*RULES, *MEDICINE_RULES):
        words = [rule.words, *(source.short for source in rule.sources)]
        for groups in conditions(rule.when or rule.combinations):
            for asked in (asked for group in groups for asked in group):
                words += [asked.question, *(choice.text for choice in asked.choices)]
        words += [row.hint for row in rule.asks]
        assert [text for text in words if plain(text) not in rows[rule.code]] == [], rule.code
    for rule in RULES:
        assert plain(rule.may_signal) in rows[rule.code]
        assert rows[rule.code].lower().endswith(plain(rule.support.words))
    for rule in MEDICINE_RULES:
        verdicts = {"Do not take:": rule.avoid, "Ask first:": rule.ask_first, "May try:": rule.leaves}
        for words, medicines in verdicts.items():
            names = ", ".join(medicine.name for medicine in medicines)
            assert (f"{words} {names}" in rows[rule.code]) == bool(medicines), rule.code


def test_version_log_and_sources():
    page = read_page("/how-we-decide/").text
    assert f"Rules version {RULES_VERSION}." in page
    for change in CHANGES:
        assert f"{change.what} Version {change.version}." in page
    for source in RULE_SOURCES:
        assert plain(source.title) in page


# --- Sign-off --------------------------------------------------------------------------------
def signed(sign_off: SignOff):
    return replace(settings.CLINIC, sign_off={"rules": sign_off})


def test_unsigned_rules_say_so():
    assert f"Not yet checked by a doctor. Rules version {RULES_VERSION}." in read_page("/how-we-decide/").text
    assert "Not yet checked by a doctor." in html_of(ADVICE, PLAIN_SPASM)


def test_a_sign_off_shows_with_the_rules_and_on_the_results(client, settings):
    settings.CLINIC = signed(RULES_SIGN_OFF)
    said = "Checked by Spine doctor: Jan. 15, 2027. Next check: Jan. 15, 2028."
    assert f"{said} Rules version {RULES_VERSION}." in text_of(client, "how-we-decide")
    result = ReadPage(client.post(ADVICE, PLAIN_SPASM).content.decode()).text
    assert said in result
    assert "Not yet checked" not in result


# --- Links to it -----------------------------------------------------------------------------
@pytest.mark.parametrize("changed", [{}, {"start": "injury_or_not_sure"}, {"notice": "fever"}], ids=str)
def test_a_result_links_to_it_in_a_new_tab_and_says_so_but_an_emergency_does_not(changed):
    (link,) = re.findall(r'<a href="/how-we-decide/"([^>]*)>(.*?)</a>', html_of(ADVICE, PLAIN_SPASM | changed))
    assert link == (' target="_blank"', "How we decide (opens in a new tab)")
    assert "how-we-decide" not in html_of(ADVICE, {"signs": "balance"})


# --- The same medicine table on the Medicines page -------------------------------------------
def test_the_medicines_page_holds_the_limits():
    text = read_page("/medicines/").text
    for medicine in MEDICINES:
        limits = f"{medicine.does} {medicine.most_in_24_hours} {medicine.most_days} {from_age(medicine)}"
        assert f"{capfirst(medicine.name)} ({medicine.brands}) {limits}" in text


def test_the_medicines_page_says_of_each_condition_what_each_rule_says():
    table = html_of("/medicines/").partition('class="medicine-grid"')[2]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", table, re.DOTALL)
    verdicts = {plain(line): re.findall(r'class="(\w+)"', cells) for line, cells in rows}
    for rule in (rule for rule in MEDICINE_RULES if rule.card):
        (row,) = [cells for lines, cells in verdicts.items() if all(plain(line) in lines for line in rule.card)]
        for medicine, verdict in zip(MEDICINES, row, strict=True):
            said = "may_try" if medicine in rule.leaves else "ask_first" if medicine in rule.ask_first else "never"
            assert verdict == said, (rule.code, medicine.code)


def test_each_medicine_by_itself_has_each_line_of_the_rules_that_speak_of_it():
    by_medicine = html_of("/medicines/").partition('class="by-medicine"')[2]
    folds = re.findall(r"<details>\s*<summary>(.*?)</details>", by_medicine, re.DOTALL)[: len(MEDICINES)]
    for medicine, fold in zip(MEDICINES, folds, strict=True):
        assert fold.lower().startswith(medicine.name)
        lists = re.findall(r"<ul>.*?</ul>", fold, re.DOTALL)
        never, ask_first = (re.findall(r"<li>(.*?)</li>", each) for each in lists)
        said = [rule for rule in MEDICINE_RULES if rule.card]
        assert never == [line for rule in said if medicine in rule.avoid for line in rule.card] + [*medicine.never]
        assert ask_first == [line for rule in said if medicine in rule.ask_first for line in rule.card]
