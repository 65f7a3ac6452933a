"""Staff of one location see the requests for it by default, and those for any location or an unknown one."""

import pytest
from django.utils import timezone
from msgspec.structs import replace

from tests.reading import ReadPage, text_of
from tests.unit.conftest import make_request
from tests.unit.desk.test_accounts import NEW, SAME
from tests.unit.desk.test_accounts import page_of as account_page
from tests.unit.desk.test_new_since import question
from tests.unit.desk.test_requests import LIST, numbers_in
from triage.booking import actions
from triage.booking.models import StaffAccount, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_two(manager_client, client, settings):
    """A client of the front desk whose manager said that they work at location "two"."""
    one, two = settings.CLINIC.locations
    settings.CLINIC = replace(settings.CLINIC, locations=(one, replace(two, name="Second Street")))
    manager_client.post("/admin/triage/staffaccount/add/", NEW | {"location": "two"})
    client.force_login(StaffAccount.objects.get(username="anna"))
    return client


@pytest.fixture
def asked(staff_user):
    """A request for each location, for any, and for one that the clinic no longer has."""
    return {place: make_request(location=place, now=timezone.now()) for place in ("one", "two", "", "closed_down")}


def numbers_of(*requests):
    return sorted(each.number for each in requests)


def test_the_list_opens_with_what_no_other_desk_has_and_all_is_one_click_away(at_two, asked, staff_client):
    page = at_two.get(LIST)
    assert sorted(numbers_in(page)) == numbers_of(asked["two"], asked[""], asked["closed_down"])
    assert "3 in this list of your location." in text_of(page)
    links = {link.get("href", "") for link in ReadPage(page.content.decode()).all("a")}
    (address,) = (link for link in links if "location=all" in link)
    assert sorted(numbers_in(at_two.get(LIST + address))) == numbers_of(*asked.values())
    assert numbers_in(at_two.get(f"{LIST}?location=one")) == [asked["one"].number]
    page = staff_client.get(LIST)
    assert sorted(numbers_in(page)) == numbers_of(*asked.values()), "without a location all are theirs"
    assert "of your location" not in text_of(page)


def test_an_open_list_counts_what_is_new_at_its_own_desk(at_two):
    ask = question(at_two)
    for place in ("one", "two", ""):
        make_request(location=place)
    assert at_two.get(ask).content == b"2"


def test_what_is_looked_for_is_found_at_every_location(at_two, asked):
    elsewhere = asked["one"]
    anna = StaffAccount.objects.get(username="anna")
    assert numbers_in(at_two.search(LIST, elsewhere.number)) == [elsewhere.number]
    assert numbers_in(at_two.get(f"{LIST}?number={elsewhere.number}")) == [elsewhere.number]
    actions.assign(request=elsewhere, to=anna, by=anna)
    assert numbers_in(at_two.get(f"{LIST}?assigned=me")) == [elsewhere.number]


def test_a_visit_is_of_the_place_where_it_is(at_two, asked, staff_user):
    today = timezone.now()
    for place, request in asked.items():
        where = {"one": "two", "two": "one"}.get(place, "")
        actions.change_status(request=request, to=Status.SCHEDULED, by=staff_user, visit_at=today, visit_location=where)
    page = at_two.get(f"{LIST}?status=scheduled&due=today")
    assert sorted(numbers_in(page)) == numbers_of(asked["one"], asked[""], asked["closed_down"])
    assert "Visits today 3" in text_of(at_two.get("/admin/"))


def test_the_front_page_counts_what_its_links_show(at_two, asked, staff_client):
    page = at_two.get("/admin/")
    assert "New, waiting 3" in text_of(page)
    assert "What is for Second Street, or for any location. All locations" in text_of(page)
    assert f"{asked['one']}".replace(" ", "") not in page.content.decode().replace(" ", "")
    assert "3 in this list" in text_of(at_two.get(f"{LIST}?status=new"))
    assert "New, waiting 4" in text_of(staff_client.get("/admin/"))


def test_a_location_that_is_taken_back_or_closed_hides_nothing(at_two, asked, manager_client, settings):
    everything = numbers_of(*asked.values())
    anna = StaffAccount.objects.get(username="anna")
    clinic = settings.CLINIC
    settings.CLINIC = replace(clinic, locations=clinic.locations[:1])
    assert sorted(numbers_in(at_two.get(LIST))) == everything
    settings.CLINIC = clinic
    assert 'value="two" selected' in manager_client.get(account_page(anna)).content.decode()
    manager_client.post(account_page(anna), SAME)
    assert sorted(numbers_in(at_two.get(LIST))) == everything
