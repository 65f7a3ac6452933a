"""The sealed answers that go from the check to the request form."""

import time_machine
from django.core import signing

from tests.unit.clinical.scenarios import PLAIN_SPASM
from triage.clinical.answers import SymptomAnswers
from triage.handover import SALT, seal, unseal

ANSWERS = SymptomAnswers.from_dict(PLAIN_SPASM | {"duration": "weeks_2_or_not_sure", "spread": ["leg_or_tingling"]})


def test_a_token_returns_the_answers_for_an_hour():
    with time_machine.travel("2026-03-10 12:00", tick=False) as clock:
        token = seal(ANSWERS)
        clock.shift(60 * 60)
        assert unseal(token) == ANSWERS
        clock.shift(1)
        assert unseal(token) is None


def test_forged_and_invalid_tokens_give_none():
    token = seal(ANSWERS)
    other_end = token[:-1] + ("a" if token[-1] != "a" else "b")
    for forged in ("", "x", "\0", "é" * 50, ":" * 9, token[:-1], "\0" + token, other_end):
        assert unseal(forged) is None
    assert unseal(signing.dumps(ANSWERS.to_dict(), salt="another salt")) is None
    for senseless in (None, 3, [], ["signs"], {"signs": "?"}, "text"):
        assert unseal(signing.dumps(senseless, salt=SALT)) is None
