"""What the desk searches for, such as a name, is never in an address: it is in the session, under a token."""

import html
import re
from itertools import product
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session

from tests.conftest import PatientClient
from tests.reading import text_of
from tests.typed_searches import NOBODY, PEOPLE
from tests.unit.conftest import make_request
from tests.unit.desk.test_requests import LIST, note, numbers_in, page_of
from tests.unit.desk.test_unsaved import fields_in, leave
from triage.booking import actions, retention
from triage.booking.models import BookingRequest, Status
from triage.booking.search import is_same_name, matching
from triage.desk import base

pytestmark = pytest.mark.django_db
LISTS = [LIST, "/admin/triage/auditevent/", "/admin/triage/staffaccount/"]
WORDS = ["Rosa", "(212) 555-0142", "rosa@example.com", "a&q=Rosa", "%2571", "☎"]


def addresses(page) -> list[str]:
    """Every address that a page links to or sends a form to."""
    return [html.unescape(found) for found in re.findall(r'(?:href|action|value)="([?/][^"]*)"', page.content.decode())]


def searches() -> list[dict]:
    return [kept for each in Session.objects.all() if (kept := each.get_decoded().get("searches"))]


@pytest.mark.parametrize(("where", "words"), [*product([LIST], WORDS), *product(LISTS[1:], WORDS[:1])])
def test_no_address_holds_the_searched_words(manager_client, where, words):
    make_request()
    answer = manager_client.post(where + "?p=2&e=1", {"q": words})
    address = answer.headers["Location"]
    assert re.fullmatch(rf"{where}\?q=[A-Za-z0-9]{{12}}", address)
    page = manager_client.get(address)
    assert f'name="q" value="{html.escape(words)}"' in page.content.decode(), "the box shows them"
    token = address.partition("=")[2]
    assert any(token in each for each in addresses(page)) or where != LIST, "filters go on with the search"
    for found in addresses(page):
        assert all(each in token for each in re.findall(r"[?&]q=([^&]*)", found)), found


def test_pages_filters_and_the_way_back_go_on_with_the_token(staff_client, monkeypatch):
    monkeypatch.setattr(base.DeskAdmin, "list_per_page", 1)
    first, second = make_request(), make_request()
    make_request(name="Omar Haddad")
    page = staff_client.search(LIST + "?language=en", "Rosa")
    (page_2,) = {each for each in addresses(page) if "p=2" in each}
    assert numbers_in(page) + numbers_in(staff_client.get(LIST + page_2)) == [second.number, first.number]
    (row,) = [each for each in addresses(page) if each.startswith(page_of(second))]
    back = staff_client.post(row, note(second, _move_contacted="x")).headers["Location"]
    assert numbers_in(staff_client.get(back)) == [second.number], "a search finds every status"
    assert "Rosa" not in f"{row} {back} {page_2}"


TYPED = ["q=Rosa", "status=new&q=Rosa", "%71=Rosa", "q=%26Rosa", "q=x&q=Rosa", "_changelist_filters=q%3DRosa"]
DEEP = "_changelist_filters=" + quote("status=new&q=" + quote("Ro sa&x"))


@pytest.mark.parametrize("query", [*TYPED, DEEP, "term=Rosa"])
def test_words_typed_into_an_address_are_not_repeated(staff_client, query):
    stored, path = make_request(), "/admin/triage/bookingrequest"
    for client in (staff_client, PatientClient()):
        for address in (f"{path}/", f"{path}/{stored.pk}/change/", f"{path}/{stored.pk}/history/", path):
            assert client.get(f"{address}?{query}").headers["Location"] == address, "the address without anything"
            answer = client.post(f"{address}?{query}")
            assert "Rosa" not in f"{answer.headers} {addresses(answer)}"
        for way in ("sign-in", "login"):
            answer = client.get(f"/admin/{way}/?next=" + quote(f"{path}/?{query}"))
            assert "Rosa" not in f"{answer.headers} {answer.content.decode()}"
    assert "Rosa" not in PatientClient().get(f"{path}/?{query}", follow=True).request["QUERY_STRING"]


def test_a_token_opens_nothing_for_anyone_else_or_after_the_sign_out(staff_client, manager_client):
    make_request()
    address = staff_client.post(LIST, {"q": "Rosa"}).headers["Location"]
    for client in (manager_client, PatientClient()):
        assert client.get(address).headers["Location"] == LIST
    assert searches()
    staff_client.post("/admin/sign-out/")
    assert not searches()
    assert "Rosa" not in str(staff_client.get(address, follow=True).redirect_chain)


def test_a_session_that_is_over_leads_back_to_the_list_without_a_token(staff_client):
    address = staff_client.post(LIST, {"q": "Rosa"}).headers["Location"]
    session = staff_client.session
    session["seen_at"] = 0
    session.save()
    chain = staff_client.get(address, follow=True).redirect_chain
    assert [where for where, _status in chain[:2]] == [LIST, f"/admin/login/?next={LIST}"]
    assert "Rosa" not in str(chain)


@pytest.mark.parametrize("ends", ["newer searches", "a colleague erases", "the session is over"])
def test_typed_text_survives_the_end_of_its_search(staff_client, staff_user, ends):
    stored = make_request()
    page = staff_client.search(LIST, "Rosa")
    (row,) = [each for each in addresses(page) if each.startswith(page_of(stored))]
    if ends == "newer searches":
        for number in range(base.MAX_SEARCHES):
            staff_client.post(LIST, {"q": str(number)})
    elif ends == "a colleague erases":
        retention.erase_requests(BookingRequest.objects.filter(pk=make_request(name="Omar Haddad").pk))
    else:
        leave(staff_client)
    marked = {"action": "no_answer", "_selected_action": [stored.pk], "index": 0}
    posts = [(row, note(stored, text="Typed")), (page.wsgi_request.get_full_path(), marked)]
    for address, typed in posts:
        staff_client.post(address, typed)
        if ends == "the session is over":
            staff_client.force_login(staff_user)
            offered = staff_client.get("/admin/")
            (address,) = re.findall(r'<form method="post" action="([^"]+booking[^"]+)"', offered.content.decode())
            staff_client.post(address, fields_in(offered))
            leave(staff_client)
    assert [each.text or each.contact for each in stored.notes.all()] == ["Typed", "no_answer"]


def test_an_export_is_never_of_more_than_the_search_found(manager_client):
    page = manager_client.search(LIST, "Rosa")
    manager_client.post("/admin/sign-out/")
    manager_client.force_login(page.wsgi_request.user)
    query = page.wsgi_request.META["QUERY_STRING"]
    for ask, address in ((manager_client.post, f"{LIST}export/"), (manager_client.get, LIST)):
        assert ask(f"{address}?{query}").headers["Location"] == LIST
        assert "That search has ended. Search again." in manager_client.get(LIST).content.decode()


@pytest.mark.parametrize("way", ["manager", "worker"])
def test_erasing_a_person_drops_what_was_searched_in_every_session(staff_client, manager_client, way):
    stored = make_request()
    for client in (staff_client, manager_client):
        assert numbers_in(client.search(LIST, "Rosa")) == [stored.number]
    if way == "manager":
        manager_client.post(f"{LIST}{stored.pk}/erase/", {"erase": [stored.pk]})
    else:
        retention.erase_requests(BookingRequest.objects.all())
    assert not searches()
    assert staff_client.get(LIST).status_code == 200, "no one is signed out"


def test_a_session_keeps_the_latest_searches_and_no_long_text(staff_client, normalized):
    for number in range(base.MAX_SEARCHES + 5):
        staff_client.post(LIST, {"q": f"\0{number} " + "a" * 5000})
    (kept,) = searches()
    assert [words.split()[0] for words in kept.values()] == [str(number) for number in range(5, base.MAX_SEARCHES + 5)]
    assert max(map(len, kept.values())) == base.MAX_WORDS
    staff_client.post(LIST, {"q": "\u0301" * 3000 + "\u0323" * 3000})
    assert max(normalized) <= 4 * base.MAX_WORDS, "to put accents in order takes the square of their number"
    assert staff_client.post(LIST + "?status=all&q=old", {"q": " "}).headers["Location"] == f"{LIST}?"


def test_a_search_needs_the_right_to_see_the_list(staff_client):
    for where in LISTS[1:]:
        assert staff_client.post(where, {"q": "Rosa"}).status_code == 403
    assert not searches()


def test_each_person_is_found_in_all_spellings():
    made = {
        who: make_request(name=who[0], phone=who[1], email=who[2], reach_by="call" if who[1] else "email")
        for who in PEOPLE
    }
    for who, spellings in PEOPLE.items():
        for typed in spellings:
            assert BookingRequest.objects.filter(matching(typed)).get() == made[who], typed
    for typed in NOBODY:
        assert not BookingRequest.objects.filter(matching(typed)).exists(), typed


def test_no_search_reads_the_whole_table():
    names = ("Rosa Diaz", "Mrs. Rosa Maria Diaz")
    for typed in (make_request().number, "212 555 0142", "0142", "555-0142", "rosa@example.com", "rosa@", *names):
        plan = BookingRequest.objects.filter(matching(typed)).order_by().values("pk").explain()
        assert not re.search("SCAN triage_bookingrequest$", plan, re.M), (typed, plan)


def test_few_and_many_are_listed_alike(staff_client, monkeypatch):
    made = [make_request().number for _ in range(3)]
    for few in (2, 3):
        monkeypatch.setattr(base, "FEW", few)
        assert numbers_in(staff_client.search(LIST, "Rosa")) == made[::-1]
        assert numbers_in(staff_client.search(LIST, made[1])) == [made[1]]


def test_one_mailbox_is_one_person_in_the_list_and_on_both_pages(manager_client):
    emails = ["lucia.pena@gmail.com", "LuciaPena@gmail.com", "lucia.pena+visit@googlemail.com", "lucia@gmail.com"]
    made = [make_request(email=email, phone="", reach_by="email") for email in emails]
    assert "1st of 3" in text_of(manager_client.get(LIST))
    for each in made[:3]:
        assert "Perhaps the same person has asked" in text_of(manager_client.get(page_of(each)))
        assert manager_client.get(f"{LIST}{each.pk}/erase/").content.decode().count('name="erase"') == 3
    assert "Perhaps the same person" not in text_of(manager_client.get(page_of(made[3])))


def test_a_number_is_found_in_the_words_around_it_whatever_its_status(staff_client, manager_client, staff_user):
    stored = make_request()
    actions.change_status(request=stored, to=Status.CLOSED, by=staff_user)
    shown, number = str(stored), stored.number
    around = (f"About your request {shown}", f"Sobre su solicitud {shown.lower()}", f"#{shown}", f"No. {shown}.")
    parts = f"{number[:3]} {number[3:]}", f" {number[:3]}-{number[3:].lower()} "
    for typed in (number, number.lower(), *parts, *around):
        assert numbers_in(staff_client.search(LIST, typed)) == [number], typed
    assert numbers_in(staff_client.search(LIST + "?status=open", number)) == []
    assert number in manager_client.search(LISTS[1], f"request {shown}").content.decode()


def test_erasing_checks_each_spelling_of_the_name_and_no_family(manager_client):
    stored = make_request(name="Siobhán O’Neil")
    names = ["oneil, siobhan", "SIOBHAN O'NEIL", "Siobhan O Neil", "Sean O'Neil", "Siobhan O'Neill", "Boisnahn Oneil"]
    made = [make_request(name=name) for name in names]
    page = manager_client.get(f"{LIST}{stored.pk}/erase/").content.decode()
    checked = set(re.findall(r'value="(\d+)" checked', page))
    assert checked == {str(each.pk) for each in (stored, *made[:3])}


@pytest.mark.parametrize(("count", "listed", "is_told"), [(50, 50, False), (52, 51, True)])
def test_erasing_says_when_it_may_not_list_all(manager_client, count, listed, is_told):
    stored = [make_request() for _ in range(count)][0]
    page = manager_client.get(f"{LIST}{stored.pk}/erase/")
    assert page.content.decode().count('name="erase"') == listed
    assert ("No more than the latest 50 others are listed." in text_of(page)) is is_told


@pytest.mark.parametrize(
    "spellings",
    [
        ("José Núñez", "NUÑEZ, JOSE", "nunez jose", "Jose\u0301 Nu\u0301n\u0303ez"),
        ("Marie-Claire Dubois", "Dubois Marieclaire", "DUBOIS, Marie Claire"),
        ("Ana de la Cruz", "Delacruz, Ana", "ANA DELACRUZ"),
        ("Łukasz Groß", "GROSS, LUKASZ"),
        ("Nguyễn Thị Hương", "huong nguyen thi"),
        ("Наталія Ковальчук", "КОВАЛЬЧУК, наталія"),
        ("Ελένη Παπαδοπούλου", "ΠΑΠΑΔΟΠΟΥΛΟΥ Ελενη"),
        ("محمد الأحمد", "الاحمد، محمد"),
        ("שָׂרָה כהן", "כהן, שרה"),
        ("田中・美咲", "美咲、田中", "田中美咲"),
        ("ｶﾝ ヨンチョル", "ヨンチョル、カン"),
        ("김민준", "\u1100\u1175\u11b7민준", "김 민준"),
        ("प्रिया शर्मा", "शर्मा, प्रिया"),
    ],
)
def test_erasing_takes_these_for_one_name_and_no_other(spellings):
    for one, other in product(spellings, repeat=2):
        assert is_same_name(one, other), (one, other)
    others = ("Ana Cruz", "José Núñez Peña", "Claire Dubois", "Boisdu Marieclaire", "Nguyễn Thị", "Наталія", "田中")
    assert not any(is_same_name(spellings[0], other) for other in others)


def test_a_search_inside_a_filter_says_where_else_to_look(staff_client, staff_user):
    stored = actions.change_status(request=make_request(), to=Status.CLOSED, by=staff_user)
    page = staff_client.search(LIST + "?status=new&language=en", "Rosa")
    assert "0 among New, English. Search all" in text_of(page)
    (link,) = re.findall(r'href="([^"]+)">Search all<', page.content.decode())
    assert numbers_in(staff_client.get(LIST + link)) == [stored.number]
    assert 'href="?language=en&amp;status=new">Clear the search' in page.content.decode(), "the filters stay"
    assert "0 among" not in text_of(staff_client.search(LIST, "Nobody"))
    page = staff_client.get(f"{LIST}?status=new&due=today")
    assert "0 among New, Visits today. Show the list without" in text_of(page)
    assert "0 among" not in text_of(staff_client.get(LIST)), "nobody waits"
