"""The clinic's facts: read and checked once, at the start. Placeholders are never shown as facts."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.core.checks import run_checks
from django.utils import translation
from msgspec.structs import replace

from backspasm_site.settings import BASE_DIR
from triage.clinic import Holiday, load_clinic
from triage.environment import SettingsError

LANGUAGES = ("en", "es")
CLINIC_TOML = BASE_DIR / "triage" / "clinic.toml"
NEW_YORK = ZoneInfo("America/New_York")

CLINIC = """
name = "A Clinic"
time_zone = "America/New_York"
phone = "+1-212-000-5000"
email = "hello@clinic.example"
privacy_practices_url = "https://clinic.example/privacy"
language_help_url = "https://clinic.example/languages"
hours_checked = true
[hours]
monday = ["09:00", "17:00"]
tuesday = ["09:00", "17:00"]
friday = ["10:30", "14:00"]
[[holidays]]
date = 2026-11-27
name = { en = "Day after Thanksgiving", es = "Día después de Acción de Gracias" }
[[locations]]
code = "main"
name = "Midtown"
address = ["1 Example Street", "New York, NY 10001"]
step_free = { en = "Yes, from the side street.", es = "Sí, por la calle lateral." }
phone = "+1-212-000-5001"
"""


@pytest.fixture
def load(tmp_path):
    """Read CLINIC, with one piece of text replaced by another."""

    def load_changed(old="", new=""):
        assert CLINIC.count(old) == 1 or not old
        path = tmp_path / "clinic.toml"
        path.write_text(CLINIC.replace(old, new) if old else CLINIC, "utf-8-sig")  # as Windows saves it
        return load_clinic(path, LANGUAGES)

    return load_changed


@pytest.fixture
def clinic(load):
    return load()


def clinic_time(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def test_reads_the_clinic(clinic):
    assert clinic.phone_shown == "(212) 000-5000"
    assert clinic.phone_link == "tel:+1-212-000-5000"
    assert [place.code for place in clinic.locations] == ["main"]
    assert str(clinic.locations[0].step_free) == "Yes, from the side street."
    with translation.override("es"):
        assert str(clinic.locations[0].step_free) == "Sí, por la calle lateral."
    friday = dt.date(2026, 11, 27)
    assert {day: str(each.name) for day, each in clinic.holidays_by_day.items()} == {friday: "Day after Thanksgiving"}


# --- Opening hours ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T16:59:59", True),
        ("2026-11-23T17:00", False),
        ("2026-11-25T12:00", False),  # a Wednesday, which has no hours
        ("2026-11-20T12:00", True),  # a Friday
        ("2026-11-27T12:00", False),  # a Friday that is a holiday
    ],
)
def test_is_open_in_clinic_time(clinic, moment, is_open):
    assert clinic.is_open_at(clinic_time(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23T07:00", "2026-11-23T09:00"),  # later the same day
        ("2026-11-23T09:00", "2026-11-24T09:00"),  # strictly after: not the opening that is now
        ("2026-11-23T18:00", "2026-11-24T09:00"),
        ("2026-11-20T15:00", "2026-11-23T09:00"),  # over the weekend
        ("2026-11-24T18:00", "2026-11-30T09:00"),  # over a day without hours, a holiday and the weekend
        ("2026-12-31T18:00", "2027-01-01T10:30"),  # into the new year
        ("2026-10-30T14:00", "2026-11-02T09:00"),  # clocks go back on November 1
        ("2027-03-12T14:00", "2027-03-15T09:00"),  # clocks go forward on March 14
    ],
)
def test_next_opening(clinic, moment, opening):
    assert clinic.next_hours(clinic_time(moment))[0] == clinic_time(opening)


def test_a_clinic_that_never_opens_says_so(clinic):
    year = (dt.date(2026, 11, 23) + dt.timedelta(days=days) for days in range(400))
    closed = replace(clinic, holidays=[Holiday("closed", day) for day in year])
    with pytest.raises(ValueError, match="the clinic never opens"):
        closed.next_hours(clinic_time("2026-11-23T07:00"))
    with pytest.raises(ValueError, match="the clinic never opens"):
        closed.last_hours(clinic_time("2027-12-01T07:00"))


@pytest.mark.parametrize(
    ("moment", "opened", "closed"),
    [
        ("2026-11-24T17:00", "2026-11-24T09:00", "2026-11-24T17:00"),  # it closes at this moment
        ("2026-11-24T16:59:59", "2026-11-23T09:00", "2026-11-23T17:00"),  # today is not over
        ("2026-11-30T16:00", "2026-11-24T09:00", "2026-11-24T17:00"),  # over the weekend and a holiday
        ("2027-01-01T09:00", "2026-12-29T09:00", "2026-12-29T17:00"),  # over the new year
    ],
)
def test_last_hours(clinic, moment, opened, closed):
    """test_deadlines.py asks for each half-hour of six weeks."""
    assert clinic.last_hours(clinic_time(moment)) == (clinic_time(opened), clinic_time(closed))


# --- Time while the desk is open -------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23T10:00", "2026-11-23T12:30", 2.5),
        ("2026-11-24T16:30", "2026-11-30T09:30", 1),  # over days without hours, a holiday and a weekend
        ("2026-12-31T00:00", "2027-01-01T11:00", 0.5),  # into the new year
        ("2026-11-24T12:00", "2026-11-23T12:00", 0),  # the wrong way round
        ("2025-11-23T00:00", "2026-11-22T00:00", 52 * (8 + 8 + 3.5)),
    ],
)
def test_open_time(clinic, start, end, hours):
    assert clinic.open_time(clinic_time(start), clinic_time(end)) == dt.timedelta(hours=hours)


@pytest.mark.parametrize("start", ["2026-10-30T07:10", "2027-03-12T07:10"])
@pytest.mark.parametrize(
    "hours",
    [
        {0: (dt.time(9), dt.time(17)), 4: (dt.time(10, 30), dt.time(14))},
        {day: (dt.time(0, 10), dt.time(23, 50)) for day in range(7)},
        {6: (dt.time(1, 30), dt.time(2, 30)), 0: (dt.time(0), dt.time(1))},
    ],
    ids=["two days", "round the clock", "while the clocks change"],
)
def test_open_time_equals_a_slow_count(clinic, hours, start):
    """Compared with a slow count of the ten-minute steps in which the desk is open."""
    clinic = replace(clinic, hours=hours)
    start = clinic_time(start).astimezone(dt.UTC)
    counted, step = dt.timedelta(), dt.timedelta(minutes=10)
    for number in range(4 * 24 * 6):
        moment = start + number * step
        assert clinic.open_time(start, moment) == counted
        counted += step * clinic.is_open_at(moment)
    assert counted


def test_the_usual_day_is_the_average_over_the_week(clinic):
    assert clinic.usual_day == dt.timedelta(hours=6, minutes=30)


# --- Holidays --------------------------------------------------------------------------------
# The dates of 2027 in the list of the Office of Personnel Management: the days on which a weekend's is observed, too.
FEDERAL_2027 = ["01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11", "11-25", "12-24"]


def test_the_federal_holidays_follow_their_rules_for_ever():
    clinic = load_clinic(CLINIC_TOML, LANGUAGES)
    year = [day for day in clinic.holidays_by_day if day.year == 2027 and day.weekday() < 5]
    assert [f"{day:%m-%d}" for day in sorted(year)] == [*FEDERAL_2027, "12-31"]  # 1 January 2028 is a Saturday
    assert dt.date(2099, 1, 19) in clinic.holidays_by_day  # the third Monday
    assert len(clinic.holidays_ahead) == pytest.approx(11, abs=1)


@pytest.mark.parametrize(
    ("entry", "day", "closes"),
    [
        ('date = 2026-11-24\ncloses_at = "12:00"', "2026-11-24", "12:00"),
        ('every = "last tuesday of november"\ncloses_at = "12:30"', "2026-11-24", "12:30"),
        ('every = "december 24"\ncloses_at = "11:00"', "2027-12-24", "11:00"),  # a Friday
        ('every = "november 27"\ncloses_at = "12:00"', "2026-11-27", None),  # a date closes it for the whole day
        ('date = 2026-11-27\ncloses_at = "12:00"', "2026-11-27", None),  # the whole day beats a short one
        ('date = 2026-11-24\ncloses_at = "09:00"', "2026-11-24", None),  # before it opens
        ('date = 2026-11-24\ncloses_at = "19:00"', "2026-11-24", "17:00"),  # never later than usual
    ],
)
def test_a_short_day_ends_early(load, entry, day, closes):
    name = '[[holidays]]\nname = { en = "x", es = "x" }'
    found = load("[[locations]]", f"{name}\n{entry}\n[[locations]]").hours_on(dt.date.fromisoformat(day))
    assert (found and found[1]) == (clinic_time(f"{day}T{closes}") if closes else None)


# --- Errors name the wrong entry -------------------------------------------------------------
SAME_CODE = '[[locations]]\ncode = "main"\nname = "x"\naddress = []\nphone = "+1-212-000-5002"'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "A Clinic"', "", "Object missing required field `name`"),
        ('name = "A Clinic"', 'name = " "', "at `$.name`"),
        ('name = "A Clinic"', 'name = """A\nClinic"""', "at `$.name`"),
        ('name = "A Clinic"', 'name = """A Clinic\n"""', "at `$.name`"),
        ('"hello@clinic.example"', '"hello at clinic"', "email: 'hello at clinic' is not an email address"),
        ('"hello@clinic.example"', '"""hello@clinic.example\n"""', "at `$.email`"),
        ('code = "main"', f'code = "{"m" * 51}"', "at `$.locations[0].code`"),
        *(('code = "main"', f'code = "{code}"', "at `$.locations[0].code`") for code in ("any", "desk", "a b", "")),
        ('"America/New_York"', '"America/Nowhere"', "time_zone: 'America/Nowhere' is not one"),
        *(('"America/New_York"', f'"{zone}"', f"{zone}' is not one") for zone in ("EST", "UTC", "Etc/GMT+5")),
        ('"+1-212-000-5000"', '"212 736 50"', "212 736 50 is not a phone number without an extension - at `$.phone`"),
        ('"+1-212-000-5000"', "2120005000", "2120005000 is not a phone number in quotes - at `$.phone`"),
        ('"https://clinic.example/privacy"', '"http://clinic.example"', "at `$.privacy_practices_url`"),
        ("monday", "Monday", "Monday is not a day of the week, write it like monday - at `$.hours`"),
        ('monday = ["09:00", "17:00"]', 'monday = ["17:00", "09:00"]', "monday closes before it opens"),
        ('monday = ["09:00", "17:00"]', 'monday = ["9:00", "17:00"]', 'monday: write it like "09:00"'),
        ('monday = ["09:00", "17:00"]', "monday = 9", "monday: Expected `array`, got `int` - at `$.hours`"),
        ("date = 2026-11-27", 'date = "2026-11-27"', "got `str` - at `$.holidays[0].date`"),
        ('["1 Example Street", "New York, NY 10001"]', '"1 Example Street"', "got `str` - at `$.locations[0].address`"),
        ('"Sí, por la calle lateral."', "7", "write it in each language"),
        (', es = "Sí, por la calle lateral."', "", "at `$.locations[0].step_free`"),
        # Unknown entries, and values of a wrong type.
        ("[[holidays]]", "[[holiday]]", "unknown field `holiday`"),
        ("[hours]", "sign_off.home = { by = 'me' }\n[hours]", "home: Object contains unknown field `by`"),
        ('"+1-212-000-5001"', '"+1-212-000-5001"\nfax = "1"', "unknown field `fax` - at `$.locations[0]`"),
        ('"+1-212-000-5001"', '"tel:+1-212-000-5001;ext=7"', "is not a phone number without an extension"),
        ('"+1-212-000-5001"', '"+1-212-000-5001"\nemail = "desk"', "at `$.locations[0].email`"),
        ("date = 2026-11-27", "date = 0206-11-27", "0206-11-27: check the year - at `$.holidays[0]`"),
        ("date = 2026-11-27", 'date = 2026-11-27\nevery = "july 4"', "give it a date, or every, and not both"),
        ("date = 2026-11-27", 'every = "fifth monday of may"', "'fifth monday of may': write \"july 4\""),
        ("date = 2026-11-27", 'every = "february 30"', "'february 30': write \"july 4\""),
        ("date = 2026-11-27", "date = 2026-11-27\ncloses_at = 12:00:00", "at `$.holidays[0].closes_at`"),
        ('"+1-212-000-5001"', f'"+1-212-000-5001"\n{SAME_CODE}', "every code must differ"),
        ("[hours]", "[hours", "(at line 9, column 7)"),
    ],
)
def test_a_wrong_entry_is_named_in_one_sentence(load, old, new, sentence):
    with pytest.raises(SettingsError) as error:
        load(old, new)
    assert str(error.value).startswith("Settings: clinic.toml")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match="clinic.toml is missing"):
        load_clinic(tmp_path / "clinic.toml", LANGUAGES)


# --- Placeholders ----------------------------------------------------------------------------
def refusals():
    messages = run_checks(include_deployment_checks=True)
    return [message.msg for message in messages if message.id == "backspasm.E001"]


def test_the_deployment_check_names_each_placeholder(settings):
    settings.CLINIC = load_clinic(CLINIC_TOML, LANGUAGES)
    missing = {"phone", "email", "locations.one.address", "locations.two.step_free.es"}
    assert missing <= set(settings.CLINIC.placeholders())
    assert refusals() == [f"clinic.toml: {name} is still a placeholder." for name in settings.CLINIC.placeholders()]


def test_the_deployment_check_is_content_with_real_facts_and_hours_that_were_checked(settings, clinic, load):
    settings.CLINIC = clinic
    assert refusals() == []
    assert load("hours_checked = true", "").placeholders() == ["hours"]
