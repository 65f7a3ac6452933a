"""The decision table: defined for all answers, in any order; monotone; each rule can fire, and has a test."""

import itertools
import random
import re
from dataclasses import replace
from functools import cache

import pytest

from tests.unit.clinical.scenarios import PLAIN_SPASM, read_scenarios
from triage.clinical import assessment as assessment_module
from triage.clinical import pairs
from triage.clinical.answers import AGE_BANDS, AnswerError, SymptomAnswers
from triage.clinical.assessment import Assessment, assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.changes import CHANGES
from triage.clinical.questions import AGE, MEDICINE, QUESTIONS, SIGNS, SPREAD, STEP_2, Kind
from triage.clinical.red_flags import RED_FLAGS
from triage.clinical.rules import RULES, SELF_CARE_RULE

PLAIN = SymptomAnswers.from_dict(PLAIN_SPASM)
# The codes of the evidence table. Each must be asked or follow from answers, and there must be no others.
EVIDENCE_CODES = {
    *(f"A{n}" for n in range(1, 9)),
    *(f"E{n}" for n in range(1, 30)),
    *(f"U{n}" for n in range(1, 33)),
    *("D1", "D2", "D4", "D5", "D6", "D7", "D9", "D16", "D17"),
}
# Stored requests may hold them, so they are never used again.
RETIRED_CODES = {"D3", "D8", "D11", "D14", "D15"}
EVIDENCE_LEVELS = {
    **{f"A{n}": CareLevel.EMERGENCY for n in range(1, 5)},
    **{f"A{n}": CareLevel.DOCTOR for n in range(5, 8)},
    "A8": CareLevel.SELF_CARE,
}
LEVEL_OF_LETTER = {"E": CareLevel.EMERGENCY, "U": CareLevel.URGENT, "D": CareLevel.DOCTOR}
EMERGENCY_ROOM = "An emergency room can help you best."
AGES = {band: next(iter(years)) for band, years in AGE_BANDS.items()}


def level_of(code: str) -> CareLevel:
    return EVIDENCE_LEVELS.get(code) or LEVEL_OF_LETTER.get(code[0], CareLevel.SELF_CARE)


def codes_of(answers: SymptomAnswers) -> set[str]:
    return {reason.code for reason in assess(answers).reasons}


def adding(answers: SymptomAnswers, extra: tuple[str, ...]) -> SymptomAnswers:
    """`answers` with more. An answer to a "choose one" question replaces the previous one."""
    chosen, age = set(answers.chosen), answers.age
    for answer in extra:
        question = answer.partition(".")[0]
        if question == "age":
            age = AGES[answer]
            continue
        kind = next(q for q in QUESTIONS if q.code == question)
        gone = {f"{question}.{kind.none}"}
        if kind.kind is Kind.ONE:
            gone = {each for each in chosen if each.startswith(f"{question}.")}
        chosen = (chosen - gone) | {answer}
    return SymptomAnswers(frozenset(chosen), age)


# --- The table itself ------------------------------------------------------------------------
def test_no_code_of_the_evidence_is_lost():
    assert {rule.code for rule in RULES} == EVIDENCE_CODES


def test_a_retired_code_is_in_the_public_history_and_never_used_again():
    (retired,) = [change.what for change in CHANGES if "retired" in change.what]
    (sentence,) = [part for part in retired.split(". ") if "retired" in part]
    assert set(re.findall(r"\bD\d+\b", sentence)) == RETIRED_CODES
    assert RETIRED_CODES.isdisjoint(rule.code for rule in RULES)


def test_each_rule_is_whole():
    for rule in RULES:
        assert rule.level is level_of(rule.code), rule.code
        assert rule.sources, rule.code
        assert rule.words, rule.code
        assert rule.may_signal or rule.code == "D5", rule.code
        assert rule.combinations or rule is SELF_CARE_RULE, rule.code


def test_the_form_is_short_enough_for_a_person_in_pain():
    assert len(SIGNS.choices) - 1 <= 22
    assert sum(len(question.choices) for question in STEP_2) <= 44
    taps_around_step_2 = ("None of these", "Continue", "See my advice")
    assert len(taps_around_step_2) + len(STEP_2) <= 10, "a plain spasm: one tap for each question"


def test_also_comes_before_not():
    """After "Not:", an "also" would read as something else that does not count."""
    hints = [choice.hint for question in QUESTIONS for choice in question.choices]
    not_counted = [after for hint in hints for after in re.split(r"Not:", hint)[1:]]
    assert not_counted
    assert [after for after in not_counted if "Also" in after] == []


def test_every_answer_a_rule_needs_is_asked():
    asked = {f"{question.code}.{choice.code}" for question in QUESTIONS for choice in question.choices} | set(AGE_BANDS)
    for rule in RULES:
        for combination in rule.combinations:
            for group in combination:
                assert group <= asked, rule.code


def test_every_row_of_the_form_moves_a_rule():
    """Each row changes some advice. (Those about pain pills change the medicine table instead.)"""
    used = {answer for rule in RULES for combination in rule.combinations for group in combination for answer in group}
    harmless = {"duration.days_0_6", "start.everyday", "pregnancy.no"}
    for question in QUESTIONS:
        for choice in question.choices:
            answer = f"{question.code}.{choice.code}"
            if question is not MEDICINE and choice.code != question.none and answer not in harmless:
                assert answer in used, answer


# --- Each rule can fire ----------------------------------------------------------------------
def ways_to_meet(rule):
    """Each smallest set of answers that meets `rule`."""
    for combination in rule.combinations:
        yield from itertools.product(*map(sorted, combination))


def test_each_way_to_meet_a_rule_fires_it():
    for rule in RULES:
        for way in ways_to_meet(rule):
            met = adding(PLAIN, way)
            assert SymptomAnswers.from_dict(met.to_dict()) == met, "the form could not say this"
            assert rule.code in codes_of(met), way
            assert assess(met).level >= rule.level


def test_a_sign_of_step_1_alone_is_enough():
    for rule in RED_FLAGS:
        for row in rule.asks:
            alone = SymptomAnswers.from_dict({"signs": [row.code]})
            assert assess(alone).level is CareLevel.EMERGENCY
            assert rule.code in codes_of(alone)


# --- All answers, any order, monotone --------------------------------------------------------
def random_answers(rng: random.Random) -> SymptomAnswers:
    chosen: set[str] = set()
    for question in QUESTIONS:
        codes = [choice.code for choice in question.choices]
        if question.kind is Kind.ONE:
            chosen.add(f"{question.code}.{rng.choice(codes)}")
        elif question.kind is Kind.MANY:
            real = [code for code in codes if code != question.none]
            many = rng.sample(real, k=min(len(real), rng.choice((0, 0, 0, 1, 1, 2, 3, 5))))
            chosen |= {f"{question.code}.{code}" for code in many or ([] if question.optional else [question.none])}
    return SymptomAnswers(frozenset(chosen), rng.randint(AGE.least, AGE.most))


def one_more(rng: random.Random, answers: SymptomAnswers) -> SymptomAnswers:
    question = rng.choice([q for q in QUESTIONS if q.kind is Kind.MANY])
    return adding(answers, (f"{question.code}.{rng.choice(sorted(question.codes - {question.none}))}",))


@cache
def random_sets() -> list[tuple[SymptomAnswers, Assessment]]:
    """5,000 random sets of answers, the same for each test, with the advice for each."""
    rng = random.Random(20261122)
    return [(answers, assess(answers)) for answers in (random_answers(rng) for _ in range(5_000))]


def test_total_and_monotone_for_random_sets():
    rng = random.Random(20261122)
    for answers, before in random_sets():
        assert before.reasons
        assert before.level == max(reason.rule.level for reason in before.reasons)
        assert assess(one_more(rng, answers)).level >= before.level


def test_order_free():
    rng = random.Random(7)
    for answers, before in random_sets()[:2_000]:
        shuffled = rng.sample(sorted(answers.chosen), k=len(answers.chosen))
        assert assess(SymptomAnswers(frozenset(shuffled), answers.age)) == before


def partners() -> set[tuple[str, ...]]:
    """Every pair and triple of answers in one condition of a rule, each from another question or a "check all"."""
    found: set[tuple[str, ...]] = set()
    for rule in RULES:
        answers = sorted({answer for c in rule.combinations for group in c for answer in group})
        for size in (2, 3):
            for some in itertools.combinations(answers, size):
                questions = [answer.partition(".")[0] for answer in some]
                ones = [question for question in questions if question in ("duration", "start", "pregnancy", "age")]
                if len(ones) == len(set(ones)):
                    found.add(some)
    return found


def test_monotone_for_every_pair_and_triple_that_meet_in_a_rule():
    for some in partners():
        whole = assess(adding(PLAIN, some)).level
        for left_out in some:
            rest = tuple(answer for answer in some if answer != left_out)
            if left_out.partition(".")[0] not in ("duration", "start", "pregnancy", "age"):
                assert whole >= assess(adding(PLAIN, rest)).level, (some, left_out)


def test_not_sure_never_lowers_the_level():
    """ "I am not sure" leads at least as high as any answer that it could stand for."""
    doubt_in_place_of = {
        "duration.days_0_6": "duration.weeks_2_or_not_sure",
        "duration.days_7_13": "duration.weeks_2_or_not_sure",
        "start.everyday": "start.injury_or_not_sure",
        "start.sudden_move": "start.injury_or_not_sure",
    }
    for answers, sure in random_sets():
        for answer in answers.chosen & doubt_in_place_of.keys():
            assert assess(adding(answers, (doubt_in_place_of[answer],))).level >= sure.level


# --- Never too high --------------------------------------------------------------------------
def test_age_alone_changes_nothing():
    for age in range(18, 121):
        assert codes_of(SymptomAnswers.from_dict(PLAIN_SPASM | {"age": age})) == {"A8"}, age


# --- Every rule has a test -------------------------------------------------------------------
def broken(rule):
    """`rule` removed, lowered, or with one of its combinations removed or narrowed."""
    yield "removed", None
    yield "lowered", replace(rule, level=CareLevel(rule.level - 1))
    for index, combination in enumerate(rule.combinations):
        others = tuple(c for i, c in enumerate(rule.combinations) if i != index)
        yield f"without combination {index}", replace(rule, asks=(), when=(*others, (frozenset({"never.met"}),)))
        for place, group in enumerate(combination):
            for answer in group:
                fewer = (*combination[:place], group - {answer}, *combination[place + 1 :])
                yield f"without {answer}", replace(rule, when=(*others, fewer))


def holds(rules, code: str) -> bool:
    """Whether scenarios.md and docs/pairs.md are still right with `rules`.

    code: of the rule that was broken. It now fires for fewer answers, so only scenarios and pairs that name it can
    differ.
    """
    if any(rule.level is not level_of(rule.code) for rule in rules):
        return False
    for scenario in (each for each in SCENARIOS if code in each.codes):
        found = assess(SymptomAnswers.from_dict(scenario.answers))
        if found.level is not scenario.level or {reason.code for reason in found.reasons} != scenario.codes:
            return False
    return all(pairs._pair(*pair.answers) == pair for pair in PAIRS if code in pair.codes)


SCENARIOS = read_scenarios()
PAIRS = pairs.all_pairs()  # as in docs/pairs.md: test_pairs.py holds that


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule is not SELF_CARE_RULE], ids=lambda rule: rule.code)
def test_breaking_a_rule_is_noticed(rule, monkeypatch):
    for how, mutant in broken(rule):
        rules = tuple(mutant if each is rule else each for each in RULES if each is not rule or mutant)
        monkeypatch.setattr(assessment_module, "RULES", rules)
        assert not holds(rules, rule.code), f"{rule.code} {how}: no test noticed"


# --- What the person reads, and invalid answers ----------------------------------------------
def told(**changed) -> list[str]:
    return [str(each) for each in assess(SymptomAnswers.from_dict(PLAIN_SPASM | changed)).told]


def test_the_person_reads_back_what_they_chose():
    # Three rules fire on this row; the row is read back once.
    assert told(signs=["fever_and_one"]) == ["Fever or shaking chills, AND any one of these:"]
    assert told(duration="weeks_2_or_not_sure", notice=["night"], age=64) == [
        "How long have you had this bout of pain? 2 weeks to 3 months, or I am not sure",
        "It wakes me most nights, or never eases when I lie down",
    ]
    assert told(age=64, notice=["stone_waves"]) == [
        "Pain in my side that comes in waves, goes to my groin, or makes me throw up",
        "How old are you? 64",
    ]
    assert len(told()) == len(STEP_2) + 1, "at home all is read back, so that a slip of the thumb is seen"


def test_nobody_reads_what_they_did_not_say():
    for answers, assessment in random_sets():
        own = {(question, said) for question, given in answers.lines for said in given}
        own |= {("", said) for _question, said in own}
        told = {*assessment.told, *(each for reason in assessment.reasons for each in reason.told)}
        assert {(each.question, each.answer) for each in told} <= own
        for reason in assessment.reasons:
            assert reason.told or reason.rule is SELF_CARE_RULE, reason.code


def test_each_place_the_pain_goes_to_has_its_own_reason():
    """Of pain that came all at once with nothing setting it off: two places, and whom to call first."""
    start = PLAIN_SPASM | {"start": "out_of_nowhere", "spread": ["belly", "elsewhere"]}
    both = assess(SymptomAnswers.from_dict(start))
    assert [reason.code for reason in both.reasons] == ["U16", "U17", "A7", "D16"]
    assert both.see == (EMERGENCY_ROOM,)


@pytest.mark.parametrize(
    ("changed", "places"),
    [
        # Pregnant, and an emergency room can help best (U19 and U27 are 911 in pregnancy, as are U16 to U18).
        ({"pregnancy": "weeks_20_up", "health": ["bleeds_or_not_sure"], "spread": ["elsewhere"]}, [EMERGENCY_ROOM]),
        ({"pregnancy": "weeks_20_up", "spread": ["arm_or_tingling", "leg_or_tingling"]}, [EMERGENCY_ROOM]),
        ({"pregnancy": "weeks_20_up", "health": ["medicine_trouble"]}, ["Call Poison Control now: 1-800-222-1222."]),
        # Others who can help best than the prenatal team.
        ({"pregnancy": "weeks_20_up", "health": ["sickle_cell"]}, ["Your sickle cell team or an emergency room"]),
        ({"pregnancy": "weeks_20_up", "health": ["weak_immune"]}, ["An emergency room or your own specialist"]),
        # Two places today: the emergency room first, whatever order the rules are in.
        (
            {"pregnancy": "weeks_20_up", "start": "injury_or_not_sure", "spread": ["arm_or_tingling"]},
            [EMERGENCY_ROOM, "Call your labor unit or prenatal team now."],
        ),
        (
            {"health": ["cancer_past", "weak_immune"], "start": "out_of_nowhere", "spread": ["belly"]},
            [EMERGENCY_ROOM, "Your cancer team", "An emergency room or your own specialist"],
        ),
        ({"age": 15, "notice": ["breath_stab"]}, [EMERGENCY_ROOM, "Tell a parent"]),
        ({"age": 3, "health": ["medicine_trouble"]}, ["Call Poison Control now", "A children’s doctor"]),
        ({"notice": ["fever", "night"]}, [EMERGENCY_ROOM]),
        # A person who cannot take a step cannot go to a walk-in clinic.
        ({"notice": ["cannot_walk"]}, [EMERGENCY_ROOM]),
        # Nothing for today names a place.
        ({"pregnancy": "weeks_20_up", "notice": ["blisters"]}, ["Call your prenatal team first"]),
    ],
)
def test_the_first_place_named_is_the_safest(changed, places):
    assessment = assess(SymptomAnswers.from_dict(PLAIN_SPASM | changed))
    assert assessment.level is CareLevel.URGENT
    assert [words[: len(place)] for words, place in zip(assessment.see, places, strict=True)] == places


@pytest.mark.parametrize("spread", ["belly", "elsewhere", "arm_or_tingling", "leg_or_tingling", "only_back"])
@pytest.mark.parametrize("pregnancy", ["maybe_or_under_20", "weeks_20_up", "birth_6_weeks"])
def test_very_bad_pain_from_nowhere_in_pregnancy_is_an_emergency(pregnancy, spread):
    changed = {"pregnancy": pregnancy, "start": "out_of_nowhere", "spread": [spread]}
    assert assess(SymptomAnswers.from_dict(PLAIN_SPASM | changed)).level is CareLevel.EMERGENCY


def test_very_bad_pain_from_nowhere_is_never_cared_for_at_home():
    start = PLAIN_SPASM | {"start": "out_of_nowhere"}
    for age, spread in itertools.product(range(121), SPREAD.codes):
        level = assess(SymptomAnswers.from_dict(start | {"spread": [spread], "age": age})).level
        needs_today = spread in ("belly", "elsewhere", "arm_or_tingling") or age < 10
        if age >= 60:
            assert level is CareLevel.EMERGENCY, (age, spread)
        else:
            assert level is (CareLevel.URGENT if needs_today else CareLevel.DOCTOR), (age, spread)


AGE_EDGES = [
    (9, "start.everyday", CareLevel.URGENT),
    (10, "start.everyday", CareLevel.DOCTOR),
    (17, "start.everyday", CareLevel.DOCTOR),
    (18, "start.everyday", CareLevel.SELF_CARE),
    (59, "start.out_of_nowhere", CareLevel.DOCTOR),
    (60, "start.out_of_nowhere", CareLevel.EMERGENCY),
    (59, "spread.belly", CareLevel.DOCTOR),
    (60, "spread.belly", CareLevel.URGENT),
    (64, "start.injury_or_not_sure", CareLevel.DOCTOR),
    (65, "start.injury_or_not_sure", CareLevel.URGENT),
    (69, "start.sudden_move", CareLevel.SELF_CARE),
    (70, "start.sudden_move", CareLevel.DOCTOR),
]


@pytest.mark.parametrize(("age", "answer", "level"), AGE_EDGES)
def test_a_level_changes_on_the_very_birthday(age, answer, level):
    assert assess(replace(adding(PLAIN, (answer,)), age=age)).level is level


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({}, "'signs' is not answered"),
        ({"signs": ["none"]}, "'duration' is not answered"),
        (PLAIN_SPASM | {"duration": []}, "'duration' is not answered"),
        (PLAIN_SPASM | {"age": ""}, "'age' is not answered"),
        (PLAIN_SPASM | {"age": None}, "'age' is not answered"),
        (PLAIN_SPASM | {"age": 121}, "121 is not an age from 0 to 120"),
        (PLAIN_SPASM | {"age": -1}, "-1 is not an age"),
        (PLAIN_SPASM | {"age": True}, "True is not an age"),
        (PLAIN_SPASM | {"age": "4²"}, "is not an age"),
        (PLAIN_SPASM | {"age": 36.5}, "36.5 is not an age"),
        (PLAIN_SPASM | {"age": ["36", "37"]}, "is not an age"),
        ({"signs": ["shark_bite"]}, "'shark_bite' is not one of its choices"),
        ({"signs": ["none"], "mood": "low"}, "'mood' is not a question"),
        (PLAIN_SPASM | {"duration": ["days_0_6", "months_3_up"]}, "'duration' takes one answer"),
        (PLAIN_SPASM | {"duration": 3}, "3 is not an answer"),
        (PLAIN_SPASM | {"spread": [1]}, "[1] is not an answer"),
    ],
    ids=str,
)
def test_invalid_answers_are_named(data, named):
    with pytest.raises(AnswerError) as error:
        SymptomAnswers.from_dict(data)
    assert named in str(error.value)


def test_answers_survive_the_way_through_fields_and_json():
    rng = random.Random(3)
    for answers in (random_answers(rng) for _ in range(500)):
        assert SymptomAnswers.from_dict(answers.to_dict()) == answers
        fields = answers.to_fields()
        assert SymptomAnswers.from_fields(lambda name, f=fields: [v for n, v in f if n == name]) == answers
    assert SymptomAnswers.from_fields(lambda name: ["?"]) is None
