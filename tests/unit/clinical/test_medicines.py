"""The medicine table of the evidence, with a counterexample for each row, and what must never be offered."""

import random
from dataclasses import replace

import pytest

from tests.unit.clinical.scenarios import PLAIN_SPASM
from tests.unit.clinical.test_assess import PLAIN, adding, random_sets
from triage.clinical.answers import AGE_BANDS, SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.medicines import ASPIRIN, MEDICINE_RULES, MEDICINES, NSAIDS, advise_on_medicines
from triage.clinical.questions import MEDICINE
from triage.clinical.sources import ACOG, FDA_ACETAMINOPHEN

ASKED = {"medicine": ["none"]}
NSAID_CODES = {medicine.code for medicine in NSAIDS}
ALL = {medicine.code for medicine in MEDICINES}


def advice_for(**changed):
    answers = SymptomAnswers.from_dict(PLAIN_SPASM | ASKED | changed)
    return advise_on_medicines(answers.facts, CareLevel.DOCTOR)


def codes(lines):
    return {line.medicine.code for line in lines}


# person -> may try, ask first, avoid. After each person comes one to whom the rule does not apply.
NONE: set[str] = set()
PILLS = NSAID_CODES | {"acetaminophen"}
NO_NSAID = ({"acetaminophen", "lidocaine"}, NONE, NSAID_CODES)
NO_NSAID_AND_ASK = (NONE, {"acetaminophen", "lidocaine"}, NSAID_CODES)
ASK_ABOUT_NSAIDS = ({"acetaminophen", "lidocaine"}, NSAID_CODES, NONE)
ASK_ABOUT_ALL = (NONE, ALL, NONE)
NO_ASPIRIN_AND_ASK = (NONE, ALL - {"aspirin"}, {"aspirin"})
TABLE = [
    ("healthy adult", {}, (ALL, NONE, NONE)),
    ("blood thinner, or not sure", {"health": ["bleeds_or_not_sure"]}, NO_NSAID_AND_ASK),
    ("ulcer, kidney, heart, stroke", {"medicine": ["ulcer_kidney_heart"]}, NO_NSAID),
    ("weak immune system or dialysis", {"health": ["weak_immune"]}, NO_NSAID),
    ("short of water", {"notice": ["dry"]}, NO_NSAID),
    ("bad reaction to an NSAID: acetaminophen stays", {"medicine": ["reaction_nsaid"]}, NO_NSAID),
    (
        "bad reaction to acetaminophen: all others stay",
        {"medicine": ["reaction_acetaminophen"]},
        (ALL - {"acetaminophen"}, NONE, {"acetaminophen"}),
    ),
    ("bad reaction to lidocaine: the pills stay", {"medicine": ["reaction_lidocaine"]}, (PILLS, NONE, {"lidocaine"})),
    ("one NSAID today: that one, and no second", {"medicine": ["nsaid_today"]}, ASK_ABOUT_NSAIDS),
    (
        "acetaminophen today: count it",
        {"medicine": ["acetaminophen_today"]},
        (ALL - {"acetaminophen"}, {"acetaminophen"}, NONE),
    ),
    ("ten days of pills: a doctor", {"medicine": ["pills_10_days"]}, ({"lidocaine"}, NONE, PILLS)),
    ("breastfeeding", {"medicine": ["breastfeeding"]}, NO_ASPIRIN_AND_ASK),
    ("Artri King and the like", {"medicine": ["hidden_drugs"]}, NO_NSAID_AND_ASK),
    ("pregnant 20 weeks, or not sure how far", {"pregnancy": "weeks_20_up"}, NO_NSAID_AND_ASK),
    ("maybe pregnant, or under 20 weeks", {"pregnancy": "maybe_or_under_20"}, ASK_ABOUT_ALL),
    ("gave birth", {"pregnancy": "birth_6_weeks"}, ASK_ABOUT_ALL),
    ("18 years", {"age": 18}, NO_ASPIRIN_AND_ASK),
    ("19 years", {"age": 19}, (ALL, NONE, NONE)),
    ("12 years", {"age": 12}, NO_ASPIRIN_AND_ASK),
    ("11 years: ask the child’s doctor", {"age": 11}, NO_ASPIRIN_AND_ASK),
    ("liver or drinks", {"medicine": ["liver_or_drinks"]}, ({"lidocaine"}, NONE, PILLS)),
    ("59 years", {"age": 59}, (ALL, NONE, NONE)),
    ("60 years", {"age": 60}, ASK_ABOUT_NSAIDS),
    ("high blood pressure", {"medicine": ["under_care"]}, ASK_ABOUT_NSAIDS),
    ("diabetes", {"health": ["diabetes"]}, ASK_ABOUT_NSAIDS),
    ("steroid pills", {"health": ["steroid_pills"]}, ASK_ABOUT_NSAIDS),
    ("another prescription", {"medicine": ["other_prescription"]}, ASK_ABOUT_ALL),
    ("metamizole and a sore throat", {"medicine": ["metamizole_sore"]}, (NONE, NONE, ALL)),
]


@pytest.mark.parametrize(("person", "changed", "lists"), TABLE, ids=[row[0] for row in TABLE])
def test_person(person, changed, lists):
    advice = advice_for(**changed)
    assert (codes(advice.may_try), codes(advice.ask_first), codes(advice.avoid)) == lists
    for line in (*advice.ask_first, *advice.avoid):
        assert line.because, "no reason given"


@pytest.mark.parametrize("changed", [{}, {"medicine": []}, {"health": ["bleeds_or_not_sure"]}], ids=str)
def test_the_part_skipped_offers_nothing(changed):
    advice = advise_on_medicines(SymptomAnswers.from_dict(PLAIN_SPASM | changed).facts, CareLevel.SELF_CARE)
    assert not advice.may_try
    assert codes(advice.ask_first) | codes(advice.avoid) == ALL


def test_a_product_that_holds_two_pain_pills_is_named_in_the_rows_of_both():
    """Excedrin also contains aspirin, Febrax naproxen: who only checks acetaminophen would be offered ibuprofen."""
    hints = {row.code: row.hint for row in MEDICINE.choices}
    for both in ("Excedrin", "Febrax"):
        assert both in hints["nsaid_today"] and both in hints["acetaminophen_today"]


def test_every_row_of_the_part_is_some_person_in_the_table():
    asked = {code for _person, changed, _lists in TABLE for code in changed.get("medicine", ())}
    assert asked == MEDICINE.codes - {MEDICINE.none}


def test_aspirin_comes_last_and_only_for_who_has_no_other():
    assert [line.medicine.code for line in advice_for().may_try][-1] == "aspirin"
    assert "only if you have no other" in ASPIRIN.does


@pytest.mark.parametrize(
    ("changed", "medicine", "said"),
    [
        ({"medicine": ["nsaid_today"]}, "ibuprofen", "stay with that one, within its limit, and add no second one"),
        ({"medicine": ["acetaminophen_today"]}, "acetaminophen", "stay under the limit of all products together"),
        ({"medicine": ["pills_10_days"]}, "naproxen", "see a doctor"),
        ({"medicine": ["hidden_drugs"]}, "ibuprofen", "do not stop it all at once, and see a doctor"),
        ({"age": 11}, "ibuprofen", "ask the child’s doctor"),
    ],
)
def test_the_reason_says_what_to_do(changed, medicine, said):
    advice = advice_for(**changed)
    (line,) = [each for each in (*advice.ask_first, *advice.avoid) if each.medicine.code == medicine]
    assert any(said in because for because in line.because)


def test_a_reason_speaks_of_no_other_medicine_than_those_it_stands_beside():
    for rule in MEDICINE_RULES:
        together = {*rule.avoid, *rule.ask_first}
        named = {medicine for medicine in MEDICINES if medicine.name in rule.words}
        assert not named or together <= {*named, *NSAIDS}, rule.code


def test_acetaminophen_in_pregnancy_names_both_sides():
    (rule,) = [rule for rule in MEDICINE_RULES if "pregnancy.maybe_or_under_20" in answers_of(rule)]
    assert {FDA_ACETAMINOPHEN, ACOG} <= set(rule.sources)
    assert FDA_ACETAMINOPHEN.year == "2025"


# --- Which levels have this part -------------------------------------------------------------
def test_the_part_raises_the_level_for_metamizole_alone_and_never_lowers_it():
    for row in MEDICINE.choices:
        level = assess(SymptomAnswers.from_dict(PLAIN_SPASM | {"medicine": [row.code]})).level
        expected = CareLevel.EMERGENCY if row.code == "metamizole_sore" else CareLevel.SELF_CARE
        assert level is expected, row.code
    for answers, with_the_part in random_sets()[:3_000]:
        skipped = replace(answers, chosen=frozenset(a for a in answers.chosen if not a.startswith("medicine.")))
        assert with_the_part.level >= assess(skipped).level


def answers_of(rule) -> set[str]:
    return {answer for combination in rule.when for group in combination for answer in group}


def test_nobody_reads_a_reason_they_did_not_give():
    """A reason must not name another answer that also leads to it."""
    for rule in MEDICINE_RULES:
        shown = {a for a in answers_of(rule) if assess(adding(PLAIN, (a,))).level < CareLevel.URGENT}
        assert len(shown) <= 1, rule.code


def test_two_conditions_take_the_safer_of_each():
    advice = advice_for(age=64, medicine=["liver_or_drinks", "under_care"])
    assert codes(advice.avoid) == NSAID_CODES | {"acetaminophen"}
    assert codes(advice.may_try) == {"lidocaine"}


def test_emergency_and_urgent_suggest_no_medicine():
    for answers, assessment in random_sets():
        level = assessment.level
        assert (advise_on_medicines(answers.facts, level) is None) == (level >= CareLevel.URGENT)


@pytest.mark.slow
def test_nothing_on_a_persons_avoid_list_is_ever_offered():
    for answers, _assessment in random_sets():
        advice = advise_on_medicines(answers.facts, CareLevel.DOCTOR)
        lists = [codes(lines) for lines in (advice.may_try, advice.ask_first, advice.avoid)]
        assert set().union(*lists) == ALL
        assert sum(map(len, lists)) == len(ALL), "a medicine stands in two lists"
        must_avoid = {m.code for rule in MEDICINE_RULES if rule.applies_to(answers.facts) for m in rule.avoid}
        assert must_avoid <= lists[2]


def test_one_more_answer_never_makes_a_medicine_look_safer():
    rng = random.Random(17)
    rank = {}
    for answers, _assessment in random_sets():
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
        for combination in rule.when:
            facts = {min(group) for group in combination}
            # A person under 12 is also under 19.
            ages = [set(AGE_BANDS[fact]) for fact in facts & set(AGE_BANDS)]
            facts |= {band for band, years in AGE_BANDS.items() if any(age <= set(years) for age in ages)}
            advice = advise_on_medicines(frozenset(facts | {"medicine.none"}), CareLevel.DOCTOR)
            assert codes(advice.may_try) == {medicine.code for medicine in rule.leaves}, rule.code


def test_label_limits():
    limits = {each.code: (each.most_in_24_hours, each.most_days, each.from_age) for each in MEDICINES}
    assert limits["ibuprofen"] == ("6 tablets of 200 mg (1,200 mg)", 10, 12)
    assert limits["naproxen"] == ("3 tablets of 220 mg (660 mg)", 10, 12)
    assert limits["aspirin"] == ("12 tablets of 325 mg (3,900 mg)", 10, 12)
    assert "4,000 mg" in limits["acetaminophen"][0]
    assert limits["lidocaine"][1:] == (7, 12)


# --- The card for readers who told us nothing ------------------------------------------------
def test_every_rule_is_on_the_card_but_the_one_about_the_form():
    assert [rule.code for rule in MEDICINE_RULES if not rule.card] == ["M13"]
