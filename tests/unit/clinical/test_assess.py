"""The article's rules, as a patient would meet them. What a person says, and how soon they need care."""

import itertools

import pytest

from triage.clinical.answers import AnswerError, SymptomAnswers
from triage.clinical.assessment import assess
from triage.clinical.care_levels import CareLevel
from triage.clinical.questions import QUESTIONS, SIGNS, STEP_2, Kind
from triage.clinical.red_flags import RED_FLAGS

PLAIN_SPASM = {"signs": ["none"], "duration": "days_2_6", "start": "everyday", "spread": ["only_back"]}

SCENARIOS = [
    ("I painted a ceiling two days ago and my upper back is tight", {}, CareLevel.SELF_CARE, {"A8"}),
    ("It seized all at once when I lifted a box", {"start": "sudden_effort"}, CareLevel.SELF_CARE, {"A8"}),
    ("It started this morning", {"duration": "days_0_1"}, CareLevel.SELF_CARE, {"A8"}),
    ("Thirteen days now", {"duration": "days_7_13"}, CareLevel.SELF_CARE, {"A8"}),
    ("Fifteen days of spasms, otherwise fine", {"duration": "weeks_2_up"}, CareLevel.DOCTOR, {"A5"}),
    ("On and off for half a year", {"duration": "months_3_up"}, CareLevel.DOCTOR, {"A5"}),
    ("I lost count of the days", {"duration": "not_sure"}, CareLevel.DOCTOR, {"A5"}),
    ("I came off my bicycle at low speed", {"start": "injury"}, CareLevel.DOCTOR, {"A6"}),
    ("I may have hurt it, I do not know", {"start": "not_sure"}, CareLevel.DOCTOR, {"A6"}),
    ("It runs down the outside of one leg", {"spread": ["leg"]}, CareLevel.DOCTOR, {"A7"}),
    ("It goes into my arm", {"spread": ["arm"]}, CareLevel.DOCTOR, {"A7"}),
    ("It goes into my hip and groin", {"spread": ["elsewhere"]}, CareLevel.DOCTOR, {"A7"}),
    (
        "A fall three weeks ago, and now the leg hurts too",
        {"duration": "weeks_2_up", "start": "injury", "spread": ["leg"]},
        CareLevel.DOCTOR,
        {"A5", "A6", "A7"},
    ),
    ("I cannot hold my urine since this afternoon", {"signs": ["bladder_or_bowel"]}, CareLevel.EMERGENCY, {"A1"}),
    ("My foot drags", {"signs": ["weak_limb"]}, CareLevel.EMERGENCY, {"A2"}),
    ("I feel nothing on my shin", {"signs": ["limb_lost_feeling"]}, CareLevel.EMERGENCY, {"A2"}),
    ("My left side is numb", {"signs": ["one_side_numb"]}, CareLevel.EMERGENCY, {"A3"}),
    ("My legs will not go where I aim", {"signs": ["balance"]}, CareLevel.EMERGENCY, {"A4"}),
    ("I clicked None and then saw my sign", {"signs": ["none", "balance"]}, CareLevel.EMERGENCY, {"A4"}),
]


@pytest.mark.parametrize(("story", "changed", "level", "codes"), SCENARIOS, ids=[s[0] for s in SCENARIOS])
def test_scenario(story, changed, level, codes):
    assessment = assess(SymptomAnswers.from_dict(PLAIN_SPASM | changed))
    assert assessment.level is level
    assert {reason.code for reason in assessment.reasons} == codes


def test_a_sign_alone_is_enough_without_step_2():
    for rule in RED_FLAGS:
        for row in rule.asks:
            assert assess(SymptomAnswers.from_dict({"signs": [row.code]})).level is CareLevel.EMERGENCY


def every_set_of_answers():
    """Each valid set for the article's questions: all choices, and for "check all" all subsets of signs up to two."""
    per_question = []
    for question in QUESTIONS:
        codes = [choice.code for choice in question.choices]
        if question.kind is Kind.ONE:
            per_question.append([[code] for code in codes])
        else:
            real = [code for code in codes if code != question.none]
            per_question.append([[question.none], *([a] for a in real), *map(list, itertools.combinations(real, 2))])
    for values in itertools.product(*per_question):
        yield {question.code: value for question, value in zip(QUESTIONS, values, strict=True)}


def test_total_order_free_and_monotone():
    for data in every_set_of_answers():
        answers = SymptomAnswers.from_dict(data)
        assessment = assess(answers)
        assert assessment.reasons
        assert assessment.level == max(reason.rule.level for reason in assessment.reasons)
        assert assess(SymptomAnswers(frozenset(sorted(answers.chosen, reverse=True)))) == assessment
        for rule in RED_FLAGS:
            for row in rule.asks:
                more = assess(SymptomAnswers(answers.chosen | {row.answer}))
                assert more.level >= assessment.level


def test_not_sure_never_lowers_the_level():
    for question in STEP_2:
        if "not_sure" in question.codes:
            for choice in question.choices:
                sure = assess(SymptomAnswers.from_dict(PLAIN_SPASM | {question.code: choice.code}))
                unsure = assess(SymptomAnswers.from_dict(PLAIN_SPASM | {question.code: "not_sure"}))
                assert unsure.level >= sure.level


def test_the_person_reads_back_what_they_chose():
    told = assess(SymptomAnswers.from_dict({"signs": ["weak_limb"]})).told
    assert told == ("An arm or leg is weak: it gives way, drags or drops things",)
    told = assess(SymptomAnswers.from_dict(PLAIN_SPASM | {"duration": "not_sure", "spread": ["arm"]})).told
    assert told == (
        "you are not sure how long, so we count it as 2 weeks",
        "the pain spreads to another part of your body",
    )


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({}, "'signs' is not answered"),
        ({"signs": ["none"]}, "'duration' is not answered"),
        ({"signs": ["none"], "duration": [], "start": "everyday", "spread": ["leg"]}, "'duration' is not answered"),
        ({"signs": ["shark_bite"]}, "'shark_bite' is not one of its choices"),
        ({"signs": ["none"], "mood": "low"}, "'mood' is not a question"),
        (PLAIN_SPASM | {"duration": ["days_0_1", "months_3_up"]}, "'duration' takes one answer"),
        (PLAIN_SPASM | {"duration": 3}, "3 is not an answer"),
        (PLAIN_SPASM | {"spread": [1]}, "[1] is not an answer"),
    ],
)
def test_senseless_answers_are_named(data, named):
    with pytest.raises(AnswerError) as error:
        SymptomAnswers.from_dict(data)
    assert named in str(error.value)


def test_answers_survive_the_way_through_fields_and_json():
    for data in ({"signs": ["weak_limb", "balance"]}, PLAIN_SPASM | {"spread": ["leg", "arm"]}):
        answers = SymptomAnswers.from_dict(data)
        assert SymptomAnswers.from_dict(answers.to_dict()) == answers
        fields = answers.to_fields()
        assert SymptomAnswers.from_fields(lambda name, f=fields: [v for n, v in f if n == name]) == answers
    assert SymptomAnswers.from_fields(lambda name: ["?"]) is None


def test_signs_come_in_their_groups_and_none_comes_last():
    assert [choice.code for choice in SIGNS.choices][-1] == "none"
    assert len({choice.code for choice in SIGNS.choices}) == len(SIGNS.choices)
