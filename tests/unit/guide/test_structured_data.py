"""The structured data for search engines: right, complete, without placeholders or an invented reviewer."""

import datetime as dt
import json

import pytest
import time_machine
from django.utils import translation
from msgspec.structs import replace

from tests.unit.test_clinic import CLINIC
from triage.clinic import ClockTime, Holiday, SignOff, Words, load_clinic
from triage.guide.pages import PAGES
from triage.guide.sign_off import fingerprint_of
from triage.guide.structured_data import structured_data

LANGUAGES = ("en", "es")
BY_NAME = {page.name: page for page in PAGES}
MEDICINES, LOCATIONS = BY_NAME["medicines"], BY_NAME["locations"]
CLINIC_ID = "http://127.0.0.1:8000/locations/#clinic"
SECOND_PLACE = """
[[locations]]
code = "second"
name = "Uptown"
address = ["2 Example Street", "Floor 3", "The Bronx, NY 10451-0002"]
step_free = { en = "Yes.", es = "Sí." }
phone = "+1-212-000-5002"
"""


@pytest.fixture
def real_clinic(settings, tmp_path):
    """A clinic whose facts are all filled in. real_clinic(old, new) changes one of them."""

    def use(old="", new=""):
        path = tmp_path / "clinic.toml"
        path.write_text((CLINIC + SECOND_PLACE).replace(old, new))
        settings.CLINIC = load_clinic(path, LANGUAGES)
        return settings.CLINIC

    use()
    return use


def data_of(page, sign_off=None, address="/x/"):
    return json.loads(structured_data(page, sign_off, address))


# --- The clinic ------------------------------------------------------------------------------
ADDRESS = ("@type", "addressCountry", "name", "streetAddress", "addressLocality", "addressRegion", "postalCode")


def test_the_clinic_with_all_its_facts(real_clinic):
    first = ("PostalAddress", "US", "Midtown", "1 Example Street", "New York", "NY", "10001")
    second = ("PostalAddress", "US", "Uptown", "2 Example Street, Floor 3", "The Bronx", "NY", "10451-0002")
    weekdays = (("Monday", "09:00", "17:00"), ("Tuesday", "09:00", "17:00"), ("Friday", "10:30", "14:00"))
    hours = [dict(zip(("dayOfWeek", "opens", "closes"), day, strict=True)) for day in weekdays]
    assert data_of(LOCATIONS) == {
        "@context": "https://schema.org",
        "@type": "MedicalClinic",
        "@id": CLINIC_ID,
        "name": "A Clinic",
        "url": "http://127.0.0.1:8000/",
        "telephone": "+12120005000",
        "address": [
            dict(zip(ADDRESS, first, strict=True)) | {"telephone": "+12120005001"},
            dict(zip(ADDRESS, second, strict=True)) | {"telephone": "+12120005002"},
        ],
        "openingHoursSpecification": [{"@type": "OpeningHoursSpecification"} | day for day in hours],
        "specialOpeningHoursSpecification": [],
    }


@pytest.mark.parametrize(
    ("day", "closes_at", "opens", "closes"),
    [
        (dt.date(2026, 12, 25), None, "00:00", "00:00"),  # a Friday, open from 10:30 to 14:00
        (dt.date(2026, 12, 25), ClockTime(12), "10:30", "12:00"),
        (dt.date(2026, 12, 25), ClockTime(9), "00:00", "00:00"),  # before we open
        (dt.date(2026, 12, 25), ClockTime(16), None, None),  # after we close anyway
        (dt.date(2026, 12, 26), None, None, None),  # a Saturday
    ],
)
@time_machine.travel("2026-11-29T12:00:00-05:00")
def test_search_engines_are_told_of_holidays(real_clinic, settings, day, closes_at, opens, closes):
    holiday = Holiday(Words({"en": "Christmas", "es": "Navidad"}), day, closes_at)
    settings.CLINIC = replace(settings.CLINIC, holidays=(holiday,))
    days = data_of(LOCATIONS)["specialOpeningHoursSpecification"]
    told = [(each["validFrom"], each["opens"], each["closes"]) for each in days]
    assert told == ([(str(day), opens, closes)] if opens else [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A Clinic", "[fill in: the clinic]"),
        ("212-000-5000", "212-555-0142"),
        ("hours_checked = true", "hours_checked = false"),
        ("Midtown", "[fill in: first location]"),
        ("212-000-5001", "212-555-0142"),
        ("1 Example Street", "[fill in: street and number]"),
    ],
)
def test_a_clinic_with_placeholders_is_left_out(real_clinic, old, new):
    real_clinic(old, new)
    assert structured_data(LOCATIONS, None, "/x/") == ""
    assert "[fill in" not in structured_data(MEDICINES, None, "/x/")


# --- A health page ---------------------------------------------------------------------------
def test_a_health_page_in_spanish(real_clinic):
    with translation.override("es"):
        found = data_of(MEDICINES, address="/es/medicines/")
    assert found == {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": "Medicinas para los espasmos de espalda",
        "description": found["description"],
        "url": "http://127.0.0.1:8000/es/medicines/",
        "inLanguage": "es",
        "about": {"@type": "MedicalCondition", "name": "Espasmo de espalda"},
        "publisher": {"@type": "MedicalClinic", "@id": CLINIC_ID, "name": "A Clinic"},
    }


@pytest.mark.parametrize("is_lapsed", [False, True])
def test_a_reviewer_is_named_only_for_the_text_that_was_signed_off(client, settings, is_lapsed):
    role = Words({"en": "Spine doctor", "es": "Médica de columna"})
    signed = SignOff(role, dt.date(2027, 1, 15), dt.date(2028, 1, 15), "lapsed" if is_lapsed else "")
    if not is_lapsed:
        signed = replace(signed, fingerprint=fingerprint_of("medicines"))
    settings.CLINIC = replace(settings.CLINIC, sign_off={"medicines": signed})

    said = '"lastReviewed":"2027-01-15","reviewedBy":{"@type":"Person","jobTitle":"Médica de columna"}'
    assert (said in client.get("/es/medicines/").content.decode()) is not is_lapsed
    for path in ("/exercise/", "/locations/", *(["/es/medicines/"] if is_lapsed else [])):
        page = client.get(path).content.decode()
        assert "eviewed" not in page.partition("</head>")[0]


def test_no_text_can_end_the_data_block(real_clinic):
    name = "</script><script>alert(1)</script>&<!--"
    real_clinic("A Clinic", name)
    said = structured_data(LOCATIONS, None, "/x/")
    assert not set("<>&") & set(said)
    assert json.loads(said)["name"] == name
