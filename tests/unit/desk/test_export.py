"""The CSV file: who may export it, its content, and that no cell is a formula."""

import csv
import datetime as dt
import io
import re

import pytest

from tests.unit.conftest import MONDAY_NOON, make_request
from tests.unit.desk.test_requests import LIST, hours_ago, text_of
from triage.booking import actions
from triage.booking.models import AuditEvent, BookingRequest, StaffNote, Status
from triage.desk import export

EXPORT = f"{LIST}export/"
What = AuditEvent.What

pytestmark = pytest.mark.django_db


def file_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


def rows_of(answer) -> list[dict]:
    return list(csv.DictReader(io.StringIO(file_of(answer).decode("utf-8-sig"), newline="")))


def search_of(client, words) -> str:
    """The query string with the token of a search."""
    return client.post(LIST, {"q": words}).headers["Location"].removeprefix(LIST)


class TestTheFile:
    def test_it_holds_what_staff_know_of_each_request(self, manager_client, staff_user, answers):
        stored = make_request(shared=answers, language="es", note="One\ntwo, three", location="")
        actions.assign(request=stored, to=staff_user, by=staff_user)
        actions.change_status(request=stored, to=Status.CONTACTED, by=staff_user)
        for contact in ("no_answer", "", "left_message"):
            actions.add_note(request=stored, by=staff_user, contact=contact, text="" if contact else "hurts badly")
        StaffNote.objects.update(created_at=MONDAY_NOON)
        visit = {"visit_at": MONDAY_NOON + dt.timedelta(days=2), "visit_location": "one"}
        actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user, **visit)
        (row,) = rows_of(manager_client.post(EXPORT + "?status=all"))
        expected = {
            "Number": str(stored),
            "Asked (Eastern Time)": "2026-11-16 12:00",
            "Status": "Scheduled",
            "Tries": "2",
            "Last try": "Left a message",
            "Last try at (Eastern Time)": "2026-11-16 12:00",
            "Notes": "3",
            "Visit (Eastern Time)": "2026-11-18 12:00",
            "Status changed by": "front-desk",
            "Assigned to": "front-desk",
            "Name": "Rosa Diaz",
            "For whom": "Me",
            "Phone": "(212) 555-0142",
            "Email": "Rosa@example.com",
            "Reach by": "Call me",
            "Language": "Español",
            "Days that work": "Monday",
            "Location": "",
            "Anything to know": "One\ntwo, three",
            "What the check told them": "See a doctor",
            "Version of the check": stored.rules_version,
        }
        assert {name: row[name] for name in expected} == expected
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", row["First contact (Eastern Time)"])
        actions.change_status(request=stored, to=Status.NEW, by=staff_user)
        (row,) = rows_of(manager_client.post(EXPORT + "?status=all"))
        assert (row["Visit (Eastern Time)"], row["Where"]) == ("", ""), "it was reopened, so there is no visit"
        assert list(row) == list(export.COLUMNS)
        assert "hurts" not in str(row), "what the staff wrote stays here"
        page = text_of(manager_client.get(f"{LIST}{stored.pk}/change/"))
        of_patient = list(row)[list(row).index("Name") : -2]
        assert [name for name in of_patient if name not in page] == [], "the words of the page"

    def test_excel_opens_it_right(self, manager_client):
        make_request(name="María Ñandú")
        answer = manager_client.post(EXPORT)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        named = answer.headers["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="requests-\d{4}-\d\d-\d\d.csv"', named)
        assert "no-store" in answer.headers["Cache-Control"]
        body = file_of(answer)
        assert body.startswith(b'\xef\xbb\xbf"Number",')
        assert "María Ñandú".encode() in body
        assert body.count(b"\r\n") == 2

    def test_it_is_the_list_as_it_is_filtered(self, manager_client, manager_user):
        spanish = make_request(language="es")
        closed = actions.change_status(request=make_request(name="Omar Haddad"), to=Status.CLOSED, by=manager_user)
        make_request()
        for address, found in {
            "?language=es": [spanish],
            "?status=closed": [closed],
            search_of(manager_client, "haddad"): [closed],
            search_of(manager_client, "nobody"): [],
        }.items():
            assert [row["Number"] for row in rows_of(manager_client.post(EXPORT + address))] == [*map(str, found)]
        assert len(rows_of(manager_client.post(EXPORT))) == 2, "the open ones, as the list shows"

    def test_the_button_posts_to_the_list_as_it_is_filtered(self, manager_client):
        make_request()
        token = search_of(manager_client, "rosa")
        body = manager_client.get(f"{LIST}{token}&language=en").content.decode()
        assert f'action="{EXPORT}?language=en&amp;{token[1:]}"' in body

    def test_it_is_streamed_whole(self, manager_client, monkeypatch, django_assert_max_num_queries):
        monkeypatch.setattr(export, "CHUNK", 3)
        moment = hours_ago(9)
        made = [make_request(now=moment) for _ in range(7)] + [make_request(now=hours_ago(8 - n)) for n in range(4)]
        answer = manager_client.post(EXPORT)
        assert answer.streaming
        with django_assert_max_num_queries(16):
            rows = rows_of(answer)
        assert [row["Number"] for row in rows] == [str(each) for each in made]


class TestWhoMayHaveIt:
    def test_a_link_or_an_unknown_filter_makes_no_file(self, manager_client):
        assert manager_client.get(EXPORT).status_code == 405
        assert manager_client.post(f"{EXPORT}?name__startswith=R").status_code == 400

    def test_it_is_recorded_with_its_filters_and_count_never_with_what_was_searched(self, manager_client, manager_user):
        made = [make_request(), make_request()]
        file_of(manager_client.post(EXPORT + search_of(manager_client, "Rosa") + "&status=new&language="))
        whole, *each = AuditEvent.objects.filter(what=What.EXPORTED).order_by("pk")
        assert (whole.by, whole.details) == (manager_user, {"filters": ["search", "status"], "count": 2})
        assert [(event.by, event.number) for event in each] == [(manager_user, stored.number) for stored in made]
        assert "Rosa" not in str(list(AuditEvent.objects.values()))
        text = text_of(manager_client.get(f"{LIST}{made[0].pk}/history/"))
        assert "manager Exported" in text

    def test_what_left_is_recorded_though_the_download_is_broken_off(self, manager_client, monkeypatch):
        monkeypatch.setattr(export, "CHUNK", 2)
        made = [make_request(now=hours_ago(9 - n)) for n in range(5)]
        answer = manager_client.post(EXPORT)
        lines = iter(answer.streaming_content)
        next(lines), next(lines)
        exported = AuditEvent.objects.filter(what=What.EXPORTED).exclude(number="").order_by("pk")
        assert [event.number for event in exported] == [stored.number for stored in made[:2]]


STARTS = (*(f"{sign}1+1" for sign in "=+-＝＋－﹦"), "@SUM(1)", "＠x")
STARTS += ('=HYPERLINK("http://x","y")', "=cmd|'/c calc'!A0")
BEFORE = ("", *" \u00a0\u3000\ufeff\u200b\t\r\n", "\r\n", " \n \t", "x\n", "x\r\n ", "x\r", "\u2060 \ufeff")


class TestSafeCells:
    @pytest.mark.parametrize("start", STARTS)
    def test_no_cell_and_no_line_of_one_starts_a_formula(self, start):
        for cell in (export.safe_cell(before + start) for before in BEFORE):
            for line in re.split(r"\r\n|\r|\n", cell):
                shown = line.lstrip(" \t\u00a0\u3000\ufeff\u200b\u2060")
                assert not shown.startswith(tuple("=+-@＝＋－＠﹦")), ascii(cell)
                assert not line.startswith("\t")
            assert start in cell, "nothing is lost"

    @pytest.mark.parametrize("start", STARTS)
    @pytest.mark.parametrize("split", [";", "\t"])
    def test_no_cell_starts_a_formula_with_another_separator(self, split, start):
        ways = ("x;{0}", "x\t {0}", ';"{0}";', ';"\u200b{0}', "a;;\t{0}", "{0};{0}")
        for typed in (way.format(start) for way in ways):
            row = ",".join(f'"{cell}"' for cell in ("K7M 4RX", export.safe_cell(typed).replace('"', '""')))
            for cell in next(csv.reader([row], delimiter=split)):
                assert not cell.lstrip('" \t\u200b').startswith(tuple("=+-@＝＋－＠﹦")), row

    @pytest.mark.parametrize(
        "text",
        ["Rosa Diaz", "(212) 555-0142", "2026-11-16 12:00", "a=b", "Ann-Marie", "me@example.com", "1 + 1", "x\ny"],
    )
    def test_other_text_is_unchanged(self, text):
        assert export.safe_cell(text) == text

    @pytest.mark.parametrize(
        ("phone", "cell"),
        [
            ("tel:+1-212-555-0142", "(212) 555-0142"),
            ("tel:+1-212-555-0142;ext=7", "(212) 555-0142 ext. 7"),
            ("tel:+44-20-7946-0958", "(+44) 20 7946 0958"),
        ],
    )
    def test_phone_numbers_are_safe_and_can_be_read(self, manager_client, phone, cell):
        make_request(phone=phone)
        assert rows_of(manager_client.post(EXPORT))[0]["Phone"] == cell

    def test_whatever_the_patient_typed_is_made_safe(self, manager_client):
        typed = {"name": "=1+1 Ann", "note": "Hi\n@SUM(A1)\n\t=2", "email": "+a@example.com"}
        make_request(**typed)
        (row,) = rows_of(manager_client.post(EXPORT))
        cells = [row[column] for column in ("Name", "Anything to know", "Email")]
        assert cells == ["'=1+1 Ann", "Hi\n'@SUM(A1)\n'\t'=2", "'+a@example.com"]
        assert BookingRequest.objects.get().name == "=1+1 Ann"
