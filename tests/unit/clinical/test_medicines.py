"""The medicine table of the evidence, row by row and both ways, and what must never be offered."""

import random

import pytest

from tests.unit.clinical.scenarios import PLAIN_SPASM
from tests.unit.clinical.test_assess import random_answers
from triage.clinical.answers import SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.medicines import MEDICINE_RULES, MEDICINES, NSAIDS, advise_on_medicines, medicine_cards

ASKED = {"medicine": ["none"]}
NSAID_CODES = {medicine.code for medicine in NSAIDS}
ALL = {medicine.code for medicine in MEDICINES}


def advice_for(**changed):
    answers = SymptomAnswers.from_dict(PLAIN_SPASM | ASKED | changed)
    return advise_on_medicines(answers.facts, CareLevel.DOCTOR)


def codes(lines):
    return {line.medicine.code for line in lines}


# person -> may try, ask first, avoid
NONE: set[str] = set()
TABLE = [
    ("healthy adult", {}, ALL, NONE, NONE),
    ("blood thinner", {"health": ["blood_thinner"]}, NONE, {"acetaminophen", "lidocaine"}, NSAID_CODES),
    ("not sure of a blood thinner", {"health": ["not_sure"]}, NONE, {"acetaminophen", "lidocaine"}, NSAID_CODES),
    (
        "ulcer, kidney, heart, stroke",
        {"medicine": ["ulcer_kidney_heart"]},
        {"acetaminophen", "lidocaine"},
        NONE,
        NSAID_CODES,
    ),
    ("dialysis", {"health": ["weak_immune"]}, {"acetaminophen", "lidocaine"}, NONE, NSAID_CODES),
    ("bad reaction to one", {"medicine": ["reaction"]}, NONE, NONE, ALL),
    ("pregnant 20 weeks", {"pregnancy": "weeks_20_up"}, NONE, {"acetaminophen", "lidocaine"}, NSAID_CODES),
    ("pregnant under 20 weeks", {"pregnancy": "weeks_under_20"}, NONE, ALL, NONE),
    ("maybe pregnant", {"pregnancy": "maybe"}, NONE, ALL, NONE),
    ("gave birth", {"pregnancy": "birth_6_weeks"}, NONE, ALL, NONE),
    ("breastfeeding", {"pregnancy": "breastfeeding"}, NONE, ALL, NONE),
    ("18 years", {"age": 18}, NONE, ALL - {"aspirin"}, {"aspirin"}),
    ("12 years", {"age": 12}, NONE, ALL - {"aspirin"}, {"aspirin"}),
    ("11 years", {"age": 11}, NONE, NONE, ALL),
    ("liver or drinks", {"medicine": ["liver_or_drinks"]}, {"lidocaine"}, NONE, NSAID_CODES | {"acetaminophen"}),
    ("takes pain pills now", {"medicine": ["pain_pills_now"]}, {"lidocaine"}, NONE, NSAID_CODES | {"acetaminophen"}),
    ("60 years", {"age": 60}, {"acetaminophen", "lidocaine"}, NSAID_CODES, NONE),
    ("high blood pressure", {"medicine": ["under_care"]}, {"acetaminophen", "lidocaine"}, NSAID_CODES, NONE),
    ("steroid pills", {"health": ["steroids"]}, {"acetaminophen", "lidocaine"}, NSAID_CODES, NONE),
    ("another prescription", {"medicine": ["other_prescription"]}, NONE, ALL, NONE),
    ("19 and 59 are free of it", {"age": 59}, ALL, NONE, NONE),
    ("nineteen", {"age": 19}, ALL, NONE, NONE),
]


@pytest.mark.parametrize(("person", "changed", "may_try", "ask_first", "avoid"), TABLE, ids=[row[0] for row in TABLE])
def test_person(person, changed, may_try, ask_first, avoid):
    advice = advice_for(**changed)
    assert codes(advice.may_try) == may_try
    assert codes(advice.ask_first) == ask_first
    assert codes(advice.avoid) == avoid
    for line in (*advice.ask_first, *advice.avoid):
        assert line.because, "no reason given"


def test_the_part_skipped_offers_nothing():
    answers = SymptomAnswers.from_dict(PLAIN_SPASM)
    advice = advise_on_medicines(answers.facts, CareLevel.SELF_CARE)
    assert not advice.may_try
    assert codes(advice.ask_first) == ALL


def test_two_conditions_take_the_safer_of_each():
    advice = advice_for(age=64, medicine=["liver_or_drinks", "under_care"])
    assert codes(advice.avoid) == NSAID_CODES | {"acetaminophen"}
    assert codes(advice.may_try) == {"lidocaine"}


def test_emergency_and_urgent_suggest_no_medicine():
    rng = random.Random(5)
    for answers in (random_answers(rng) for _ in range(3_000)):
        level = assess(answers).level
        assert (advise_on_medicines(answers.facts, level) is None) == (level >= CareLevel.URGENT)


@pytest.mark.slow
def test_nothing_on_a_persons_avoid_list_is_ever_offered():
    rng = random.Random(13)
    for answers in (random_answers(rng) for _ in range(5_000)):
        advice = advise_on_medicines(answers.facts, CareLevel.DOCTOR)
        lists = [codes(lines) for lines in (advice.may_try, advice.ask_first, advice.avoid)]
        assert set().union(*lists) == ALL
        assert sum(map(len, lists)) == len(ALL), "a medicine stands in two lists"
        must_avoid = {m.code for rule in MEDICINE_RULES if rule.applies_to(answers.facts) for m in rule.avoid}
        assert must_avoid <= lists[2]


def test_one_more_answer_never_makes_a_medicine_look_safer():
    rng = random.Random(17)
    rank = {}
    for answers in (random_answers(rng) for _ in range(5_000)):
        facts = answers.facts
        fewer = frozenset(fact for fact in facts if rng.random() < 0.7 or fact.startswith("medicine."))
        for facts_now, into in ((facts, rank), (fewer, fewer_rank := {})):
            advice = advise_on_medicines(facts_now | {"medicine.none"}, CareLevel.DOCTOR)
            for place, lines in enumerate((advice.may_try, advice.ask_first, advice.avoid)):
                into.update(dict.fromkeys(codes(lines), place))
        assert all(rank[code] >= fewer_rank[code] for code in ALL)


def test_each_rule_is_whole():
    for rule in MEDICINE_RULES:
        assert rule.sources and rule.words, rule.code
        assert rule.avoid or rule.ask_first, rule.code
        assert not set(rule.avoid) & set(rule.ask_first), rule.code
        assert set(rule.leaves) == set(MEDICINES) - set(rule.avoid) - set(rule.ask_first), rule.code


def test_label_limits():
    limits = {
        medicine.code: (medicine.most_in_24_hours, medicine.most_days, medicine.from_age) for medicine in MEDICINES
    }
    assert limits["ibuprofen"] == ("6 tablets of 200 mg (1,200 mg)", 10, 12)
    assert limits["naproxen"] == ("3 tablets of 220 mg (660 mg)", 10, 12)
    assert limits["aspirin"] == ("12 tablets of 325 mg (3,900 mg)", 10, 12)
    assert "4,000 mg" in limits["acetaminophen"][0]
    assert limits["lidocaine"][1:] == (7, 12)


# --- The card for readers who told us nothing ------------------------------------------------
def lines_on_cards(medicine, place: str) -> list[str]:
    return [line for card in medicine_cards() if medicine in card.medicines for line in getattr(card, place)]


def test_the_card_says_what_the_rules_say():
    for medicine in MEDICINES:
        never = [line for rule in MEDICINE_RULES if medicine in rule.avoid for line in rule.card]
        ask_first = [line for rule in MEDICINE_RULES if medicine in rule.ask_first for line in rule.card]
        assert sorted(lines_on_cards(medicine, "never")) == sorted((*never, *medicine.never))
        assert sorted(lines_on_cards(medicine, "ask_first")) == sorted(ask_first)


def test_every_rule_is_on_the_card_but_the_one_about_the_form():
    assert [rule.code for rule in MEDICINE_RULES if not rule.card] == ["M13"]
