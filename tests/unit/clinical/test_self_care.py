import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from triage.clinical import self_care
from triage.clinical.care_levels import CareLevel
from triage.clinical.self_care import CARE_STEPS, care_plan, heat_rounds, see_a_doctor_by, visit_by

TODAY = dt.date(2026, 3, 10)
NEW_YORK = ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 3, 10, 14, 3, 20, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("answer", "date"),
    [
        ("duration.days_0_6", dt.date(2026, 3, 18)),
        ("duration.days_7_13", dt.date(2026, 3, 11)),
        ("duration.weeks_2_or_not_sure", None),
        ("duration.months_3_up", None),
    ],
)
def test_the_two_weeks_count_from_the_earliest_day_the_spasms_may_have_begun(answer, date):
    assert see_a_doctor_by({"signs.none", answer}, TODAY) == date


@pytest.mark.parametrize(
    ("level", "by"),
    [
        (CareLevel.SELF_CARE, dt.date(2026, 3, 18)),
        (CareLevel.DOCTOR, dt.date(2026, 3, 17)),
        (CareLevel.URGENT, dt.datetime(2026, 3, 11, 14, 3, 20, tzinfo=NEW_YORK)),
        (CareLevel.EMERGENCY, None),
    ],
)
def test_when_to_have_seen_a_doctor(level, by):
    assert visit_by(level, {"duration.days_0_6"}, NOW) == by


def clock(moment: dt.datetime, count: int = 3) -> list[str]:
    return [f"{r.on:%H:%M}-{r.off:%H:%M}, {r.again:%H:%M}" for r in heat_rounds(moment, count)]


def test_heat_starts_on_a_five_minute_mark_and_each_round_at_the_end_of_the_break_also_at_midnight():
    assert clock(NOW) == ["14:05-14:25, 15:25", "15:25-15:45, 16:45", "16:45-17:05, 18:05"]

    assert clock(dt.datetime(2026, 3, 10, 23, 50, tzinfo=NEW_YORK), 2) == ["23:50-00:10, 01:10", "01:10-01:30, 02:30"]


@pytest.mark.parametrize(
    ("moment", "rounds"),
    [
        (dt.datetime(2026, 3, 8, 1, 0, tzinfo=NEW_YORK), ["01:00-01:20, 03:20"]),
        (dt.datetime(2026, 11, 1, 0, 30, tzinfo=NEW_YORK), ["00:30-00:50, 01:50", "01:50-01:10, 02:10"]),
    ],
)
def test_a_break_lasts_an_hour_when_the_clocks_change(moment, rounds):
    assert clock(moment, len(rounds)) == rounds


def test_the_step_says_the_numbers_that_the_clock_times_use():
    (words,) = [step.text for step in CARE_STEPS if step.picture == "heat_ice"]
    least, most = self_care.HEAT_OR_ICE_MINUTES_LEAST, self_care.HEAT_OR_ICE_MINUTES_MOST
    assert f"{least} to {most} minutes" in words
    assert f"{self_care.HEAT_OR_ICE_BREAK_HOURS}-hour break" in words
    skin = ("asleep on it", "neither where you feel it poorly", "over a medicine patch or a pain cream")
    for not_there in (*skin, "on a pregnant belly"):
        assert not_there in words


@pytest.mark.parametrize(
    "answer", ["", "pregnancy.weeks_20_up", "start.injury_or_not_sure", "health.weak_bones_or_hump"]
)
def test_a_step_for_people_who_should_not_lie_flat(answer):
    pictures = [step.picture for step in care_plan(frozenset({answer}))]
    assert ("recliner" in pictures, "lying" in pictures) == (bool(answer), not answer)
