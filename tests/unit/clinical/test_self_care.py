import datetime as dt

import pytest

from triage.clinical.self_care import see_a_doctor_by

TODAY = dt.date(2026, 3, 10)


@pytest.mark.parametrize(
    ("answer", "date"),
    [
        ("duration.days_0_1", dt.date(2026, 3, 23)),
        ("duration.days_2_6", dt.date(2026, 3, 18)),
        ("duration.days_7_13", dt.date(2026, 3, 11)),
        ("duration.weeks_2_up", None),
        ("duration.not_sure", None),
    ],
)
def test_the_two_weeks_count_from_the_earliest_day_the_spasms_may_have_begun(answer, date):
    assert see_a_doctor_by({"signs.none", answer}, TODAY) == date
