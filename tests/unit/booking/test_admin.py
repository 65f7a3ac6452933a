"""The staff's queue: what it shows, what it finds, and that it changes nothing but by actions."""

import datetime as dt
import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.utils import timezone

from tests.conftest import PatientClient
from triage.booking import actions
from triage.booking.models import BookingRequest, StaffNote, Status

LIST = "/admin/triage/bookingrequest/"

pytestmark = pytest.mark.django_db


def page_of(stored) -> str:
    return f"{LIST}{stored.pk}/change/"


def text_of(response) -> str:
    body = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def numbers_in(response) -> list[str]:
    """The numbers of the requests in the list, in order."""
    return [
        n.replace("\xa0", "")
        for n in re.findall(r"/change/[^>]*>([A-Z0-9]{3}\xa0[A-Z0-9]{3})</a>", response.content.decode())
    ]


def hours_ago(hours):
    return timezone.now() - dt.timedelta(hours=hours)


class TestTheList:
    def test_it_opens_with_what_is_open_longest_waiting_first(self, staff_client, staff_user, send):
        new, older, closed, scheduled, spam = (send(now=hours_ago(h)) for h in (1, 50, 90, 80, 70))
        actions.mark_contacted(request=older, by=staff_user)
        actions.close_request(request=closed, by=staff_user)
        actions.mark_scheduled(request=scheduled, by=staff_user)
        actions.mark_spam(request=spam, by=staff_user)
        assert numbers_in(staff_client.get(LIST)) == [older.number, new.number]
        assert numbers_in(staff_client.get(LIST + "?status=all")) == [
            r.number for r in (closed, scheduled, spam, older, new)
        ]
        assert numbers_in(staff_client.get(LIST + "?status=closed")) == [closed.number]

    def test_it_tells_what_a_receptionist_needs_to_choose(self, staff_client, send, answers):
        send(now=hours_ago(3.5), shared=answers, changed={"language": "es", "phone": "tel:+1-212-555-0142;ext=7"})
        send(now=hours_ago(50), changed={"location": ""})
        send(now=hours_ago(0.2))
        page = staff_client.get(LIST)
        text = text_of(page)
        assert "2 days not shared New Rosa Diaz (212) 555-0142 any English" in text
        assert "3 h See a doctor New Rosa Diaz (212) 555-0142 ext. 7" in text
        assert "12 min" in text
        assert 'href="tel:+1-212-555-0142;ext=7"' in page.content.decode()

    def test_its_filters(self, staff_client, send, answers):
        shared, spanish, anywhere = (
            send(shared=answers),
            send(changed={"language": "es"}),
            send(changed={"location": ""}),
        )
        assert numbers_in(staff_client.get(LIST + "?level=1")) == [shared.number]
        assert numbers_in(staff_client.get(LIST + "?level=none")) == [spanish.number, anywhere.number]
        assert numbers_in(staff_client.get(LIST + "?language=es")) == [spanish.number]
        assert numbers_in(staff_client.get(LIST + "?location=one&language=en")) == [shared.number]
        assert numbers_in(staff_client.get(LIST + "?location=none")) == [anywhere.number]

    @pytest.mark.parametrize("extension", ["", ";ext=7"])
    @pytest.mark.parametrize(
        "typed",
        [
            "(212) 555-0199",
            "2125550199",
            "212.555.0199",
            "+1 212 555 0199",
            "1 212 555 0199 ext 7",
            "tel:+1-212-555-0199",
        ],
    )
    def test_a_phone_number_is_found_in_any_form(self, staff_client, send, typed, extension):
        wanted = send(changed={"phone": "tel:+1-212-555-0199" + extension})
        send()
        assert numbers_in(staff_client.get(LIST, {"q": typed})) == [wanted.number]

    def test_a_number_is_found_as_people_write_it_whatever_its_status(self, staff_client, staff_user, send):
        wanted = send()
        actions.close_request(request=wanted, by=staff_user)
        send()
        n = wanted.number
        for typed in (n, n.lower(), f"{n[:3]} {n[3:]}", f" {n[:3]}-{n[3:].lower()} ", f"{n[:3]}\xa0{n[3:]}"):
            assert numbers_in(staff_client.get(LIST, {"q": typed})) == [n]
        assert numbers_in(staff_client.get(LIST, {"q": n, "status": "open"})) == []

    def test_an_email_is_found_in_any_case(self, staff_client, send):
        wanted = send(changed={"email": "Rosa.Diaz@Example.com"})
        send(changed={"email": "rosa@example.com"})
        assert numbers_in(staff_client.get(LIST, {"q": "rosa.diaz@example.COM"})) == [wanted.number]

    @pytest.mark.parametrize(
        "typed", ["Rosa", "555", "%", "_", "example.com", "\x00", '"' * 200, "a" * 3000, "(", "212 555"]
    )
    def test_anything_else_finds_nothing(self, staff_client, send, typed):
        send()
        page = staff_client.get(LIST, {"q": typed})
        assert page.status_code == 200
        if typed != "\x00":
            assert numbers_in(page) == []

    @pytest.mark.parametrize(
        ("address", "status"),
        [
            ("?name__regex=(", 400),
            ("?name__startswith=R", 400),
            ("?status_changed_by__password__startswith=a", 400),
            ("?id__in=%00", 400),
            ("?created_at__day=x", 400),
            ("?" + "a=1&" * 300, 400),
            ("?p=99999", 200),
            ("?p=x", 200),
            ("?o=999", 200),
            ("?o=-1.x", 200),
            ("?e=1", 200),
            ("?_facets=x", 200),
            ("?status=nonsense&level=99&location=x&language=%00", 200),
        ],
    )
    def test_junk_in_the_address_is_no_query(self, staff_client, send, address, status):
        send()
        assert staff_client.get(LIST + address).status_code == status

    @pytest.mark.parametrize("pk", ["%00", "x", "99999999999999999999999", "-1", "_5F", "1%27"])
    def test_junk_for_a_request_leads_away(self, staff_client, pk):
        assert staff_client.get(f"{LIST}{pk}/change/").status_code == 302

    def test_its_cost_does_not_grow_with_its_rows(self, staff_client, send, django_assert_max_num_queries):
        for _ in range(12):
            send()
        with django_assert_max_num_queries(6):
            staff_client.get(LIST)

    def test_a_page_of_checked_boxes_fits_in_one_post(self, settings):
        from triage.booking.admin import BookingRequestAdmin

        assert BookingRequestAdmin.list_per_page + 10 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


class TestManyAtOnce:
    def test_each_that_may_move_moves_and_the_rest_is_named(self, staff_client, staff_user, send):
        new, contacted = send(), send()
        actions.mark_contacted(request=contacted, by=staff_user)
        data = {"action": "mark_contacted", "_selected_action": [new.pk, contacted.pk], "index": "0"}
        answer = staff_client.post(LIST, data)
        assert answer.status_code == 302
        text = text_of(staff_client.get(LIST))
        assert "1 request is now contacted." in text
        assert f"{contacted} is already contacted." in text
        moved = BookingRequest.objects.get(pk=new.pk)
        assert (moved.status, moved.status_changed_by) == (Status.CONTACTED, staff_user)

    @pytest.mark.parametrize(
        ("action", "status"),
        [("mark_scheduled", Status.SCHEDULED), ("close_request", Status.CLOSED), ("mark_spam", Status.SPAM)],
    )
    def test_every_action_of_the_list(self, staff_client, send, action, status):
        stored = send()
        staff_client.post(LIST, {"action": action, "_selected_action": [stored.pk], "index": "0"})
        assert BookingRequest.objects.get().status == status

    def test_nothing_can_be_deleted(self, staff_client, send):
        stored = send()
        staff_client.post(
            LIST, {"action": "delete_selected", "_selected_action": [stored.pk], "index": "0", "post": "yes"}
        )
        assert staff_client.post(f"{LIST}{stored.pk}/delete/", {"post": "yes"}).status_code == 403
        assert staff_client.get(f"{LIST}add/").status_code == 403
        assert BookingRequest.objects.count() == 1


class TestARequest:
    def test_it_shows_what_the_patient_sent_to_read_not_to_write(self, staff_client, send, answers):
        page = staff_client.get(page_of(send(shared=answers, changed={"note": "An interpreter <b>helps</b>"})))
        text, body = text_of(page), page.content.decode()
        for shown in ("Rosa Diaz", "(212) 555-0142", "Rosa@example.com", "Monday", "An interpreter <b>helps</b>"):
            assert shown in text
        assert "See a doctor (rules version" in text
        assert "A5: the spasms have gone on for 2 weeks or more" in text
        assert "How long have you had these spasms? 2 weeks to 3 months" in text
        assert re.findall(r'<(?:input|textarea|select)[^>]*name="([^"_c][^"]*)"', body) == ["new_note"]
        assert "<b>helps</b>" not in body

    def test_answers_are_shown_as_the_patient_saw_them_whatever_the_check_asks_now(self, staff_client, send, answers):
        stored = send(shared=answers)
        old = {
            "codes": {"gone": "x"},
            "lines": [["Asked long ago?", ["An old answer"]]],
            "reasons": [{"code": "Z9", "told": ["old"]}],
        }
        BookingRequest.objects.filter(pk=stored.pk).update(shared_answers=old)
        assert "Asked long ago? An old answer" in text_of(staff_client.get(page_of(stored)))

    def test_posting_patient_fields_changes_none_of_them(self, staff_client, send):
        stored = send()
        staff_client.post(page_of(stored), {"new_note": "", "name": "Someone else", "status": "closed", "phone": "1"})
        after = BookingRequest.objects.get()
        assert (after.name, after.status, after.updated_at) == ("Rosa Diaz", Status.NEW, stored.updated_at)

    def test_a_note_is_added_and_stays(self, staff_client, staff_user, send):
        stored = send()
        answer = staff_client.post(page_of(stored), {"new_note": "No answer,\r\nleft a message"})
        assert answer.headers["Location"] == page_of(stored)
        assert StaffNote.objects.get().author == staff_user
        text = text_of(staff_client.get(page_of(stored)))
        assert "The note was added." in text
        assert "front-desk , " in text
        assert "No answer, left a message" in text

    def test_a_note_with_hidden_characters_is_an_error(self, staff_client, send):
        page = staff_client.post(page_of(send()), {"new_note": "Hi\x00"})
        assert "We took out characters we cannot read." in text_of(page)
        assert StaffNote.objects.count() == 0

    def test_a_button_moves_it_and_adds_the_note_that_was_typed(self, staff_client, staff_user, send):
        stored = send()
        answer = staff_client.post(page_of(stored), {"new_note": "Will come", "_move_contacted": "Mark contacted"})
        assert answer.headers["Location"] == LIST
        assert f"{stored} is now contacted." in text_of(staff_client.get(LIST))
        moved = BookingRequest.objects.get()
        assert (moved.status, moved.status_changed_by) == (Status.CONTACTED, staff_user)
        assert StaffNote.objects.get().text == "Will come"

    def test_only_the_allowed_moves_have_a_button(self, staff_client, staff_user, send):
        stored = send()
        moves = re.compile(r'name="_move_(\w+)"')
        assert moves.findall(staff_client.get(page_of(stored)).content.decode()) == [
            "contacted",
            "scheduled",
            "closed",
            "spam",
        ]
        actions.close_request(request=stored, by=staff_user)
        assert moves.findall(staff_client.get(page_of(stored)).content.decode()) == ["new"]

    def test_a_move_that_is_no_longer_allowed_is_told_and_not_made(self, staff_client, staff_user, send):
        stored = send()
        actions.mark_spam(request=stored, by=staff_user)
        answer = staff_client.post(page_of(stored), {"new_note": "", "_move_contacted": "Mark contacted"})
        assert answer.headers["Location"] == page_of(stored)
        assert f"{stored} is spam. Reopen it first." in text_of(staff_client.get(page_of(stored)))
        assert BookingRequest.objects.get().status == Status.SPAM

    def test_its_history_says_what_was_done_and_nothing_of_the_patient(self, staff_client, send):
        stored = send()
        staff_client.post(page_of(stored), {"new_note": "Her sister answered", "_move_contacted": "x"})
        entries = [f"{e.object_repr} {e.get_change_message()}" for e in LogEntry.objects.all()]
        assert any("New → Contacted" in entry for entry in entries)
        for entry in entries:
            assert str(stored) in entry
            assert not re.search("Rosa|Diaz|sister|555", entry)

    def test_a_get_changes_nothing(self, staff_client, send):
        stored = send()
        for address in (
            f"{page_of(stored)}?_move_contacted=1&new_note=x",
            f"{LIST}?action=mark_spam&_selected_action={stored.pk}&index=0",
            f"{LIST}{stored.pk}/history/",
            f"{LIST}{stored.pk}/delete/",
        ):
            staff_client.get(address)
        assert (BookingRequest.objects.get().status, StaffNote.objects.count()) == (Status.NEW, 0)

    def test_a_post_without_its_token_changes_nothing(self, staff_user, send):
        stored = send()
        strict = PatientClient(enforce_csrf_checks=True)
        strict.force_login(staff_user)
        assert strict.post(page_of(stored), {"_move_spam": "x"}).status_code == 403
        assert BookingRequest.objects.get().status == Status.NEW


class TestWhoMayDoWhat:
    def test_strangers_and_staff_without_the_right_see_nothing(self, send):
        stored = send()
        nobody = get_user_model().objects.create_user("no-rights", is_staff=True)
        for client, status in ((PatientClient(), 302), (PatientClient(), 403)):
            if status == 403:
                client.force_login(nobody)
            for address in (LIST, page_of(stored), f"{LIST}{stored.pk}/history/"):
                assert client.get(address).status_code == status
                assert client.post(address, {"_move_spam": "x"}).status_code == status
        assert BookingRequest.objects.get().status == Status.NEW

    def test_who_may_only_look_has_no_buttons_and_no_note(self, send):
        stored = send()
        viewer = get_user_model().objects.create_user("viewer", is_staff=True)
        viewer.user_permissions.set(Permission.objects.filter(codename="view_bookingrequest"))
        client = PatientClient()
        client.force_login(viewer)
        body = client.get(page_of(stored)).content.decode()
        assert "Rosa Diaz" in body
        assert "_move_" not in body
        assert "new_note" not in body
        assert "mark_contacted" not in client.get(LIST).content.decode()
        assert client.post(page_of(stored), {"_move_spam": "x"}).status_code == 403

    def test_pages_are_kept_by_no_one(self, staff_client, send):
        for address in (LIST, page_of(send())):
            assert "no-store" in staff_client.get(address).headers["Cache-Control"]
