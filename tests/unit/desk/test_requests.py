"""The list of requests and a request's page: what they show and find, and the changes that staff make."""

import datetime as dt
import html
import re
import uuid
from itertools import product

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from tests.conftest import PatientClient
from tests.reading import ReadPage, text_of
from tests.unit.conftest import clinic_time, make_request
from triage.booking import actions, retention
from triage.booking.models import AuditEvent, BookingRequest, ClosingReason, Contact, Notice, StaffNote, Status
from triage.desk import display
from triage.desk.requests import BookingRequestAdmin

LIST = "/admin/triage/bookingrequest/"
NEXT_MONTH = f"{timezone.localdate() + dt.timedelta(days=30)}T10:00"

pytestmark = pytest.mark.django_db


def page_of(stored) -> str:
    return f"{LIST}{stored.pk}/change/"


def numbers_in(response) -> list[str]:
    """The numbers of the requests in the list, in order."""
    found = re.findall(r"/change/[^>]*>([A-Z0-9]{3})\xa0([A-Z0-9]{3})</a>", response.content.decode())
    return [start + end for start, end in found]


def note(stored, **differs):
    """What the form on a request's page posts."""
    return {"seen": stored.version, "contact": "", "text": "", "assigned_to": stored.assigned_to_id or ""} | differs


def post(client, stored, **differs):
    """Post the form on a request's page."""
    return client.post(page_of(stored), note(stored, **differs))


def post_action(client, action, *requests, address=LIST, **more):
    """Press a button of a list for the checked rows."""
    keys = [each.pk for each in requests]
    return client.post(address, {"action": action, "_selected_action": keys, "index": 0} | more)


def hours_ago(hours):
    return timezone.now() - dt.timedelta(hours=hours)


class TestTheList:
    def test_it_opens_with_what_is_open_and_all_else_has_the_latest_first(self, staff_client, staff_user):
        new, older, closed, scheduled, spam = (make_request(now=hours_ago(h)) for h in (1, 50, 90, 80, 70))
        actions.change_status(request=older, to=Status.CONTACTED, by=staff_user)
        actions.change_status(request=closed, to=Status.CLOSED, by=staff_user)
        actions.change_status(request=scheduled, to=Status.SCHEDULED, by=staff_user)
        actions.change_status(request=spam, to=Status.SPAM, by=staff_user)
        for query, found in (
            ("", [new, older]),  # contacted requests come after new ones
            ("?status=all", [new, older, spam, scheduled, closed]),
            ("?status=closed", [closed]),
        ):
            assert numbers_in(staff_client.get(LIST + query)) == [each.number for each in found]

    def test_it_tells_what_a_receptionist_needs_to_choose(self, staff_client, staff_user, answers, at_noon):
        at_noon(2026, 11, 18)
        monday, friday = (clinic_time(11, day, 11, 30) for day in (16, 13))
        today = clinic_time(11, 18, 8)
        make_request(now=monday, shared=answers, language="es", phone="tel:+1-212-555-0142;ext=7")
        mine = make_request(now=friday, location="", reach_by="email", name="Omar Haddad")
        actions.assign(request=mine, to=staff_user, by=staff_user)
        make_request(now=today, reach_by="text")
        page = staff_client.get(LIST)
        text = text_of(page)
        assert "overdue since Mon 5 PM Omar Haddad 1st of 3 Email Rosa@example.com – New – front-desk any" in text
        assert "overdue since Tue 5 PM Rosa Diaz 2nd of 3 Español Call (212) 555-0142 ext. 7 See a doctor New –" in text
        assert "waits 3 h, since 8 AM Rosa Diaz 3rd of 3 Text (212) 555-0142" in text
        for link in ("tel:+1-212-555-0142", "sms:+12125550142"):
            assert f'href="{link}"' in page.content.decode(), "an extension is not dialed"

    def test_what_no_longer_waits_says_since_when_it_is_here(self, staff_client, staff_user, at_noon):
        at_noon(2026, 11, 18)
        for year in (2025, 2026):
            stored = make_request(now=clinic_time(11, 10, 12, year=year))
            actions.change_status(request=stored, to=Status.CLOSED, by=staff_user)
        text = text_of(staff_client.get(LIST + "?status=closed"))
        assert "asked Nov 10, 2025 Rosa" in text
        assert "asked Nov 10 Rosa" in text

    def test_its_filters(self, staff_client, staff_user, manager_user, answers):
        shared, spanish, anywhere = (
            make_request(shared=answers, now=hours_ago(0.2)),
            make_request(language="es", now=hours_ago(0.1)),
            make_request(location="", now=hours_ago(24 * 14)),
        )
        actions.assign(request=shared, to=staff_user, by=staff_user)
        actions.assign(request=spanish, to=manager_user, by=staff_user)
        for address, found in {
            "?level=1": [shared],
            "?level=none": [anywhere, spanish],
            "?language=es": [spanish],
            "?location=one&language=en": [shared],
            "?location=none": [anywhere],
            "?assigned=me": [shared],
            "?assigned=none": [anywhere],
            f"?assigned={manager_user.pk}": [spanish],
            "?due=overdue": [anywhere],
            "?due=overdue&status=closed": [],
            "?assigned=none&due=overdue&location=none&language=en&level=none&status=new": [anywhere],
        }.items():
            assert numbers_in(staff_client.get(LIST + address)) == [each.number for each in found], address

    @pytest.mark.parametrize(
        ("status", "queries"),
        [
            (400, ["name__regex=(", "name__startswith=R", "status_changed_by__password__startswith=a", "id__in=%00"]),
            (400, ["created_at__day=x", "a=1&" * 300]),
            (200, ["p=99999", "p=x", "o=999", "o=-1.x", "e=1", "_facets=x"]),
            (200, ["status=nonsense&level=99&location=x&language=%00"]),
            (302, ["q=%00", "q=Rosa", "q="]),
        ],
    )
    def test_invalid_parameters_reach_no_query(self, staff_client, status, queries):
        make_request()
        for query in queries:
            assert staff_client.get(f"{LIST}?{query}").status_code == status, query

    def test_its_cost_does_not_grow_with_its_rows(self, staff_client, django_assert_max_num_queries):
        for _ in range(12):
            make_request()
        # Newest, latest event, keys, what is open, tries, same people, own desk.
        with django_assert_max_num_queries(15):
            staff_client.get(LIST)

    def test_its_count_is_capped(self, staff_client, monkeypatch):
        monkeypatch.setattr(display, "MAX_COUNT", 6)
        monkeypatch.setattr(BookingRequestAdmin, "list_per_page", 5)
        for _ in range(7):
            make_request()
        assert "6 or more in this list" in text_of(staff_client.get(LIST))
        for page in (2, 3):  # there is none beyond
            assert len(numbers_in(staff_client.get(f"{LIST}?p={page}"))) == 1
        monkeypatch.setattr(display, "MAX_COUNT", 8)
        assert "7 in this list" in text_of(staff_client.get(LIST))


BUTTONS = {
    "Assign to me": Status.NEW,
    "Mark contacted": Status.CONTACTED,
    "Mark scheduled": Status.SCHEDULED,
    "Close": Status.CLOSED,
    "Mark spam": Status.SPAM,
}


class TestManyAtOnce:
    def test_allowed_moves_are_made_and_others_named(self, staff_client, staff_user):
        new, contacted = make_request(), make_request()
        actions.change_status(request=contacted, to=Status.CONTACTED, by=staff_user)
        assert post_action(staff_client, "mark_contacted", new, contacted).status_code == 302
        text = text_of(staff_client.get(LIST))
        assert f"{new} is now contacted. Undo" in text
        assert f"{contacted} is already contacted." in text
        moved = BookingRequest.objects.get(pk=new.pk)
        assert (moved.status, moved.status_changed_by) == (Status.CONTACTED, staff_user)

    @pytest.mark.parametrize(("label", "status"), BUTTONS.items())
    def test_its_buttons_do_what_they_say_and_each_request_has_its_line(self, staff_client, staff_user, label, status):
        found = [make_request(), make_request()]
        body = staff_client.get(LIST).content.decode()
        names = re.findall(r'name="action" value="(\w+)"', body)
        index = {label: index for index, label in re.findall(r'name="index" value="(\d)">([^<]+)<', body)}
        post_action(staff_client, names, *found, index=index[label])
        assert {each.status for each in BookingRequest.objects.all()} == {status}
        changed = AuditEvent.objects.filter(what=AuditEvent.What.CHANGED)
        assert sorted(event.number for event in changed) == sorted(each.number for each in found)
        if status == Status.NEW:
            assert {each.assigned_to for each in BookingRequest.objects.all()} == {staff_user}
            assert "are now assigned to you. Undo" in text_of(staff_client.get(LIST))
        else:
            post_action(staff_client, names, *found, index=index["Reopen"], address=LIST + "?status=all")
            assert {each.status for each in BookingRequest.objects.all()} == {Status.NEW}

    @pytest.mark.parametrize("by", ["a colleague", "the same person", "the patient"])
    @pytest.mark.parametrize("action", ["no_answer", "left_message", "assign_to_me", "mark_closed"])
    def test_a_button_overwrites_no_later_change(self, staff_client, staff_user, manager_user, action, by):
        key, other = uuid.uuid4(), make_request(name="Omar Haddad")
        stored = make_request(request_key=key)
        page = staff_client.get(LIST + "?status=all").content.decode()
        latest = re.findall(r'name="latest_event" value="(\d+)"', page)
        index = re.findall(r'name="action" value="(\w+)"', page).index(action)
        press = {"index": index, "latest_event": latest, "address": LIST + "?status=all"}
        if by == "the patient":
            make_request(request_key=key, note="Tuesday is better")
        else:
            colleague = manager_user if by == "a colleague" else staff_user
            actions.add_note(request=stored, by=colleague, contact="no_answer")
        staff_client.get(page_of(other))  # a GET changes nothing
        before = BookingRequest.objects.filter(pk=stored.pk).values().get(), stored.notes.count()
        post_action(staff_client, action, stored, other, **press)
        assert (BookingRequest.objects.filter(pk=stored.pk).values().get(), stored.notes.count()) == before
        text = text_of(staff_client.get(LIST))
        assert f"{stored} was changed while you looked at it." in text
        assert re.search(f"{other} is (now|marked)", text)
        post_action(staff_client, action, other, **press)  # pressed twice
        assert other.notes.count() == (action in Contact)

    @pytest.mark.parametrize("gone", ["closed", "erased", "both"])
    def test_a_row_that_left_the_list_is_mentioned(self, staff_client, staff_user, gone):
        here, closed, erased = (make_request() for _ in range(3))
        checked = {"closed": [here, closed], "erased": [here, erased], "both": [closed, erased]}[gone]
        actions.change_status(request=closed, to=Status.CLOSED, by=staff_user)
        BookingRequest.objects.filter(pk=erased.pk).delete()
        post_action(staff_client, "no_answer", *checked)
        assert "Requests that have left this list were not changed." in text_of(staff_client.get(LIST))
        assert closed.notes.count() == 0

    def test_whoever_empties_the_last_page_keeps_the_filters(self, staff_client, monkeypatch):
        monkeypatch.setattr(BookingRequestAdmin, "list_per_page", 2)
        first, second, last, _spanish = (make_request(language=language) for language in ("en", "en", "en", "es"))
        answer = post_action(staff_client, "mark_spam", last, address=LIST + "?language=en&p=2")
        assert numbers_in(staff_client.get(answer.headers["Location"])) == [first.number, second.number]

    def test_no_post_changes_more_than_a_page(self, staff_client, monkeypatch):
        monkeypatch.setattr(BookingRequestAdmin, "list_per_page", 2)
        made = [make_request() for _ in range(3)]
        post_action(staff_client, "mark_spam", made[0], select_across="1")
        assert BookingRequest.objects.filter(status=Status.SPAM).count() == 2


class TestARequest:
    def test_it_shows_what_the_patient_sent_to_read_not_to_write(self, staff_client, answers):
        page = staff_client.get(page_of(make_request(shared=answers, note="An interpreter <b>helps</b>")))
        text, body = text_of(page), page.content.decode()
        for shown in ("Rosa Diaz", "(212) 555-0142", "Rosa@example.com", "Monday", "An interpreter <b>helps</b>"):
            assert shown in text
        assert "See a doctor , shared with consent Because of: How long" in text
        assert "How long have you had this bout of pain? 2 weeks to 3 months, or I am not sure" in text
        assert 'href="tel:+1-212-555-0142"' in body
        written = set(re.findall(r'<(?:input|textarea|select)[^>]*name="(\w+)"', body)) - {"csrfmiddlewaretoken"}
        assert {name for name in written if not name.startswith("_")} == {
            *("seen", "key", "last_note", "text", "call_again", "call_at", "visit_at", "visit_location"),
            *("assigned_to", "phone", "email", "back", "reply", "insurance", "born", "heard_of_us"),
        }
        assert "<b>helps</b>" not in body

    def test_it_can_be_copied_as_text(self, staff_client):
        stored = make_request(note="Ann & <Bob>\nhelp", phone="tel:+1-212-555-0142;ext=7", location="")
        body = staff_client.get(page_of(stored)).content.decode()
        (block,) = re.findall(r"<textarea[^>]*readonly>(.*?)</textarea>", body, re.S)
        assert html.unescape(block) == (
            f"{stored}\nRosa Diaz\n(212) 555-0142 ext. 7\nRosa@example.com\nCall me, any time\nEnglish\n"
            "Days: Monday; any time\nLocation: any\nAnn & <Bob>\nhelp"
        )

    def test_answers_are_shown_as_the_patient_saw_them_whatever_the_check_asks_now(self, staff_client, answers):
        stored = make_request(shared=answers)
        reasons = [{"code": "Z9", "told": ["old"]}]
        old = {"codes": {"gone": "x"}, "lines": [["Asked long ago?", ["An old answer"]]], "reasons": reasons}
        BookingRequest.objects.update(shared_answers=old)
        assert "Asked long ago? An old answer" in text_of(staff_client.get(page_of(stored)))
        reasons[0]["told"] = []  # as care at home has it
        BookingRequest.objects.update(shared_answers=old)
        assert "Because of" not in text_of(staff_client.get(page_of(stored)))

    @pytest.mark.parametrize(
        ("status", "changed", "next_step"),
        [
            ("new", {}, "Call Rosa Diaz (212) 555-0142 in English. Answer due Tue, Nov 17, 5 PM."),
            ("new", {"reach_by": "text", "language": "es"}, "Text Rosa Diaz (212) 555-0142 in Spanish."),
            ("new", {"reach_by": "email", "good_time": "morning"}, "Email Rosa Diaz Rosa@example.com in English, in"),
            ("contacted", {}, "Call Rosa Diaz (212) 555-0142 in English. Agree on a visit"),
            ("scheduled", {}, "Set the time of the visit, or close it after the visit."),
            ("closed", {}, "Nothing."),
        ],
    )
    def test_it_says_what_comes_next(self, staff_client, staff_user, at_noon, status, changed, next_step):
        at_noon(2026, 11, 27)
        stored = make_request(**changed)
        if status != "new":
            actions.change_status(request=stored, to=Status(status), by=staff_user)
        assert f"Next: {next_step}" in text_of(staff_client.get(page_of(stored)))

    def test_other_requests_with_this_phone_or_email_are_shown_and_never_merged(self, staff_client):
        first = make_request(now=hours_ago(50), phone="tel:+1-212-555-0142;ext=7", email="", name="Ann Lee")
        second = make_request(now=hours_ago(40), phone="", reach_by="email", email="ROSA@example.com")
        other = make_request(now=hours_ago(45), phone="", reach_by="email", email="other@example.com")
        stored = make_request(now=hours_ago(30))
        make_request(now=hours_ago(20), email="")
        text = text_of(staff_client.get(page_of(stored)))
        assert "2 earlier requests with this phone or email" in text
        assert "1 later request with this phone or email" in text
        assert f"{first} New, asked" in text
        assert f"{second} New, asked" in text
        assert "Perhaps the same person" not in text_of(staff_client.get(page_of(other)))
        assert BookingRequest.objects.count() == 5

    def test_a_post_without_a_version_or_any_words_changes_nothing(self, staff_client, stored):
        for seen in ("", "x", "1.5"):
            page = post(staff_client, stored, seen=seen, text="Kept", _move_spam="x")
            assert "Open the request again." in text_of(page)
            assert "Kept" in page.content.decode()
        post(staff_client, stored)
        assert "Write a note, or choose how it went." in text_of(staff_client.get(page_of(stored)))
        assert (BookingRequest.objects.get().status, StaffNote.objects.count()) == (Status.NEW, 0)

    @pytest.mark.parametrize("contact", Contact)
    def test_a_try_to_reach_the_person_is_one_click_and_one_line(self, staff_client, contact, stored):
        post(staff_client, stored, contact=contact)
        after = BookingRequest.objects.get()
        has_heard = contact in (Contact.REACHED, Contact.LEFT_MESSAGE)
        assert after.status == (Status.CONTACTED if has_heard else Status.NEW)
        assert (after.first_contact_at is not None) == has_heard
        assert f": {contact.label}" in text_of(staff_client.get(page_of(stored)))

    def test_it_is_assigned_to_me_to_a_colleague_and_to_nobody(self, staff_client, staff_user, manager_user, stored):
        for button, to in (
            ({"_assign_to_me": "x"}, staff_user),
            ({"_assign": "x", "assigned_to": manager_user.pk}, manager_user),
            ({"_assign": "x", "assigned_to": ""}, None),
        ):
            stored.refresh_from_db()
            answer = staff_client.post(page_of(stored), note(stored) | button)
            assert answer.headers["Location"] == page_of(stored)
            assert BookingRequest.objects.get().assigned_to == to
            assert f"is assigned to {to or 'nobody'}." in text_of(staff_client.get(page_of(stored)))

    def test_it_can_be_assigned_to_active_staff_only(self, staff_client, django_user_model, stored):
        for name, state in (("gone", {"is_staff": True, "is_active": False}), ("patient", {})):
            user = django_user_model.objects.create_user(name, **state)
            assert post(staff_client, stored, _assign="x", assigned_to=user.pk).status_code == 422
        assert BookingRequest.objects.get().assigned_to is None

    def test_only_the_allowed_moves_have_a_button(self, staff_client, staff_user):
        def moves():
            return re.findall(r'name="_move_(\w+)"', staff_client.get(page_of(stored)).content.decode())

        stored = make_request()
        assert moves() == ["scheduled", "contacted", "spam", *["closed"] * 5]
        actions.change_status(request=stored, to=Status.CLOSED, by=staff_user)
        assert moves() == ["new"]

    def test_each_way_to_close_says_why(self, staff_client):
        for code, label in ClosingReason.choices:
            stored = make_request()
            post(staff_client, stored, _move_closed=label)
            stored.refresh_from_db()
            assert (stored.status, stored.closing_reason) == (Status.CLOSED, code)
            assert AuditEvent.objects.get(what="changed", number=stored.number).details["reason"] == code
            assert f": {label}" in text_of(staff_client.get(page_of(stored)))
        post(staff_client, stored, _move_new="Reopen")
        stored.refresh_from_db()
        assert (stored.status, stored.closing_reason) == (Status.NEW, "")

    @pytest.mark.parametrize("button", ["_move_closed", "_assign_to_me", "_assign"])
    def test_a_conflict_overwrites_nothing_and_keeps_the_note(self, staff_client, manager_user, button, stored):
        actions.assign(request=stored, to=manager_user, by=manager_user)
        actions.change_status(request=stored, to=Status.CONTACTED, by=manager_user)
        page = post(staff_client, stored, text="Typed at length", **{button: "x"})
        assert page.status_code == 409
        text = text_of(page)
        assert f"{stored} was changed while you looked at it. Nothing was overwritten: look again." in text
        assert "Contacted waits" in text, "the page shows it as it is now"
        assert "Typed at length</textarea>" in page.content.decode()
        after = BookingRequest.objects.get()
        assert (after.status, after.assigned_to, StaffNote.objects.count()) == (Status.CONTACTED, manager_user, 0)
        seen, *_others = re.findall(r'name="seen" value="(\d+)"', page.content.decode())
        assert int(seen) == after.version, "the next try is of what they see now"

    def test_a_request_erased_meanwhile(self, staff_client, monkeypatch, stored):
        BookingRequest.objects.all().delete()
        monkeypatch.setattr("triage.desk.requests.BookingRequestAdmin.get_object", lambda *args: stored)
        answer = post(staff_client, stored, text="x", _move_spam="x")
        assert answer.headers["Location"] == LIST
        assert "It may have been erased." in text_of(staff_client.get(LIST))

    def test_a_note_alone_is_never_refused(self, staff_client, staff_user, manager_user, stored):
        actions.change_status(request=stored, to=Status.CONTACTED, by=manager_user)
        assert post(staff_client, stored, text="I called,\r\ntoo").headers["Location"] == page_of(stored)
        assert StaffNote.objects.get().author == staff_user
        text = text_of(staff_client.get(page_of(stored)))
        assert all(shown in text for shown in ("The note was added.", "front-desk , ", "I called, too"))


class TestWhoMayDoWhat:
    @pytest.fixture
    def colleague(self, django_user_model, client):
        """A colleague without any permission, signed in with `client`."""
        user = django_user_model.objects.create_user("colleague", is_staff=True)
        client.force_login(user)
        return user

    def test_strangers_and_staff_without_the_right_see_nothing(self, client, colleague, stored):
        for who, status in ((PatientClient(), 302), (client, 403)):
            for address in (LIST, page_of(stored), f"{LIST}{stored.pk}/history/"):
                assert who.get(address).status_code == status
                assert who.post(address, {"_move_spam": "x"}).status_code == status
        assert BookingRequest.objects.get().status == Status.NEW

    def test_the_right_to_view_alone_shows_no_buttons(self, client, colleague, stored):
        colleague.user_permissions.set(Permission.objects.filter(codename="view_bookingrequest"))
        body = client.get(page_of(stored)).content.decode()
        assert "Rosa Diaz" in body
        assert "_move_" not in body
        assert "Add note" not in body
        assert "mark_contacted" not in client.get(LIST).content.decode()
        assert client.post(page_of(stored), {"_move_spam": "x"}).status_code == 403


class TestADayAtTheDesk:
    def test_the_queue_stands_in_the_order_of_what_is_next(self, staff_client, staff_user, answers, at_noon):
        now = at_noon(2026, 11, 18)
        hour = dt.timedelta(hours=1)
        ages = (1, 30 * 24, 40 * 24, 3, 2, 0.5)
        calm, late, heard, later, due, urgent = (make_request(now=now - age * hour) for age in ages)
        BookingRequest.objects.filter(pk=urgent.pk).update(
            shared_level=2, shared_answers={"codes": {}, "lines": [], "reasons": []}, rules_version="x"
        )
        actions.change_status(request=heard, to=Status.CONTACTED, by=staff_user)
        for _ in range(2):
            actions.add_note(request=due, by=staff_user, contact="no_answer", call_at=now - hour / 4)
        actions.add_note(request=later, by=staff_user, contact="left_message", call_at=now + hour)
        page = staff_client.get(LIST)
        assert numbers_in(page) == [each.number for each in (urgent, late, due, calm, heard, later)]
        text = text_of(page)
        assert '<strong class="urgent">Get seen today</strong>' in page.content.decode()
        assert "call again 11:45 AM due now" in text
        assert "No answer ×2, " in text
        assert "overdue since Tue, Oct 20, 5 PM" in text
        assert numbers_in(staff_client.get(LIST + "?due=now")) == [late.number, due.number]
        visit = now + 2 * hour
        actions.change_status(request=calm, to=Status.SCHEDULED, by=staff_user, visit_at=visit)
        assert "visit 2 PM" in text_of(staff_client.get(LIST + "?status=scheduled"))
        for query in ("?due=today", "?due=today&status=scheduled", "?due=today&status=all"):
            assert numbers_in(staff_client.get(LIST + query)) == [calm.number]
        BookingRequest.objects.filter(pk=calm.pk).update(updated_at=now - 99 * 24 * hour, visit_at=None)
        assert numbers_in(staff_client.get(LIST + "?due=idle")) == [calm.number]

    @pytest.mark.parametrize(
        ("hour", "asked", "then"),
        [
            (12, {"call_again": "hour"}, (18, 13)),
            (12, {"call_again": "afternoon"}, (18, 14)),
            (14, {"call_again": "afternoon"}, (18, 15)),
            (12, {"call_again": "morning"}, (19, 9)),
            (12, {"call_at": "2026-11-20T10:00", "call_again": "hour"}, (20, 10)),
        ],
    )
    def test_a_try_says_when_to_call_again(self, staff_client, monkeypatch, hour, asked, then, stored):
        now = clinic_time(11, 18, hour)
        monkeypatch.setattr("django.utils.timezone.now", lambda: now.astimezone(dt.UTC))
        post(staff_client, stored, contact="no_answer", **asked)
        day, at = then
        assert BookingRequest.objects.get().call_at == clinic_time(11, day, at)

    @pytest.mark.parametrize(
        ("status", "button"),
        [
            *product(
                [Status.SCHEDULED, Status.CLOSED, Status.SPAM], [{}, {"contact": "no_answer"}, {"_assign_to_me": "x"}]
            ),
            *((Status.CONTACTED, {f"_move_{to}": "x"}) for to in (Status.SCHEDULED, Status.CLOSED, Status.SPAM)),
            (Status.NEW, {"_move_closed": "Not ours", "contact": "reached"}),
            ("closed with a visit ahead", {"_move_new": "x"}),
        ],
    )
    def test_a_call_that_no_list_would_show_is_not_agreed_on(self, staff_client, manager_user, stored, status, button):
        act = {"request": stored, "by": manager_user}
        if status == "closed with a visit ahead":
            actions.change_status(**act, to=Status.SCHEDULED, visit_at=hours_ago(-50))
            status = Status.CLOSED
        if status != Status.NEW:
            actions.change_status(**act, to=status)
        now = BookingRequest.objects.get()
        page = post(staff_client, now, call_again="hour", text="Calls back", **button)
        assert (page.status_code, "or reopen it." in text_of(page)) == (409, True)
        assert "Calls back</textarea>" in page.content.decode()
        after = BookingRequest.objects.get()
        assert (after.status, after.call_at, after.notes.count()) == (status, None, 0)
        if status == Status.SCHEDULED:
            assert post(staff_client, now, call_again="hour", text="Calls back", contact="did_not_come").url
            assert BookingRequest.objects.get().call_at

    def test_reopening_may_say_when_to_call(self, staff_client, manager_user, stored):
        now = actions.change_status(request=stored, to=Status.CLOSED, by=manager_user)
        assert post(staff_client, now, call_again="hour", _move_new="x").status_code == 302
        assert BookingRequest.objects.get().call_at

    @pytest.mark.parametrize("name", ["call_at", "visit_at"])
    @pytest.mark.parametrize(
        ("typed", "words"),
        [("2025-11-20T10:00", "the past."), *((f"{year}-12-31T23:59", "a year away.") for year in (2062, 2206, 9999))],
    )
    def test_a_time_in_a_wrong_year_is_refused(self, staff_client, stored, at_noon, name, typed, words):
        at_noon(2026, 11, 18)
        page = post(staff_client, stored, text="Kept", _move_scheduled="x", **{name: typed})
        assert page.status_code == 422
        assert words in text_of(page)
        assert "Kept</textarea>" in page.content.decode()
        assert f'value="{typed}"' in page.content.decode()

    @pytest.mark.parametrize(
        ("button", "status"),
        [
            ({"contact": "did_not_come"}, Status.CONTACTED),
            ({"contact": "did_not_come", "_assign_to_me": "x"}, Status.CONTACTED),
            ({"contact": "did_not_come", "_move_closed": "Other"}, Status.CLOSED),
            ({"contact": "reached"}, Status.SCHEDULED),
            ({"_move_closed": "After the visit"}, Status.CLOSED),
            ({"_assign_to_me": "x"}, Status.SCHEDULED),
            ({"text": "Was late"}, Status.SCHEDULED),
            ({"reply": "call_us", "_reply_open": "x"}, Status.SCHEDULED),
        ],
    )
    def test_after_the_visit_each_button_works(self, staff_client, staff_user, stored, at_noon, button, status):
        over = at_noon(2026, 11, 27) - dt.timedelta(minutes=1)
        stored = actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user, visit_at=over)
        page = staff_client.get(page_of(stored)).content.decode()
        fields = re.findall(r'name="((?:initial-)?visit_at)" value="([^"]+)"', page)
        assert len(fields) == 2
        assert post(staff_client, stored, **dict(fields), **button).status_code == 302
        assert BookingRequest.objects.get().status == status
        noted = [button["contact"]] if "contact" in button else []
        assert [note.contact for note in stored.notes.exclude(contact="")] == noted

    def test_a_visit_of_monday_is_told_from_one_of_next_monday(self, staff_client, staff_user, stored, at_noon):
        tuesday = at_noon(2026, 11, 24)
        for hours, listed, next_step in ((-25, "visit was Mon 11 AM", "was Mon"), (143, "visit Mon 11 AM", "is Mon")):
            act = {"visit_at": tuesday + dt.timedelta(hours=hours), "to": Status.SCHEDULED, "by": staff_user}
            actions.change_status(request=stored, **act)
            assert f"{listed} Rosa" in text_of(staff_client.get(LIST + "?status=scheduled"))
            assert f"Next: The visit {next_step} 11 AM." in text_of(staff_client.get(page_of(stored)))

    @pytest.mark.parametrize(
        ("visit_at", "typed", "is_told"),
        [(NEXT_MONTH, "", True), ("2025-11-20T10:00", "", True), ("", "", False), (NEXT_MONTH, NEXT_MONTH, False)],
    )
    def test_who_empties_the_time_of_a_visit_is_told_to_reopen(
        self, staff_client, staff_user, stored, visit_at, typed, is_told
    ):
        at = timezone.make_aware(dt.datetime.fromisoformat(visit_at)) if visit_at else None
        now = actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user, visit_at=at)
        page = post(staff_client, now, visit_at=typed, _move_scheduled="x")
        assert (page.status_code, "Reopen it to take its visit away." in text_of(page)) == (409, is_told)
        assert BookingRequest.objects.get().visit_at == at

    @pytest.mark.parametrize(("hours", "is_offered"), [(-50, False), (-0.1, False), (0.1, True), (None, True)])
    def test_only_who_is_late_did_not_come(self, staff_client, staff_user, stored, hours, is_offered):
        at = hours and hours_ago(hours)
        actions.change_status(request=stored, to=Status.SCHEDULED, by=staff_user, visit_at=at)
        assert ("Did not come</button>" in staff_client.get(page_of(stored)).content.decode()) == is_offered

    @pytest.mark.parametrize("closed_by", ["the worker, over the weekend", "a colleague"])
    def test_who_did_not_come_on_a_friday_is_noted_on_monday(self, staff_client, manager_user, stored, closed_by):
        act = {"request": stored, "by": manager_user}
        actions.change_status(**act, to=Status.SCHEDULED, visit_at=hours_ago(66))
        if closed_by == "a colleague":
            actions.change_status(**act, to=Status.CLOSED, reason="visit")
        retention.close_past_visits()
        now = BookingRequest.objects.get()
        assert now.status == Status.CLOSED
        assert "Did not come" in text_of(staff_client.get(page_of(stored)))
        assert post(staff_client, now, contact="did_not_come").status_code == 302
        now.refresh_from_db()
        assert (now.status, now.closing_reason, now.visit_at, now.call_at is None) == ("contacted", "", None, False)
        assert numbers_in(staff_client.get(LIST + "?due=now")) == [stored.number]
        actions.change_status(**act, to=Status.CLOSED, reason="elsewhere")
        assert "Did not come</button>" not in staff_client.get(page_of(stored)).content.decode()

    @pytest.mark.parametrize("since", ["another time", "another place", "reopened and set again"])
    def test_who_did_not_come_to_an_old_visit_keeps_the_new_one(self, staff_client, manager_user, stored, since):
        act = {"to": Status.SCHEDULED, "by": manager_user, "visit_location": "one"}
        seen = actions.change_status(request=stored, visit_at=hours_ago(1), **act)
        if since == "reopened and set again":
            actions.change_status(request=stored, to=Status.NEW, by=manager_user)
        act |= {"visit_at": hours_ago(1), "visit_location": "two"} if "place" in since else {"visit_at": hours_ago(-50)}
        moved = actions.change_status(request=stored, **act)
        page = post(staff_client, seen, contact="did_not_come", text="Kept")
        assert (page.status_code, "was changed while you looked at it" in text_of(page)) == (409, True)
        assert "Kept</textarea>" in page.content.decode()
        now = BookingRequest.objects.get()
        assert (now.status, now.visit_at, now.visit_location) == (moved.status, moved.visit_at, moved.visit_location)
        assert post(staff_client, now, contact="did_not_come").status_code == 302
        assert BookingRequest.objects.get().status == Status.CONTACTED

    @pytest.mark.parametrize("button", [{"contact": "reached"}, {"_move_closed": "Other"}, {"_assign_to_me": "x"}])
    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ({"visit_at": NEXT_MONTH}, f'value="{NEXT_MONTH}"'),
            ({"visit_location": "two", "initial-visit_location": "one"}, '<option value="two" selected>'),
        ],
    )
    def test_a_typed_visit_needs_its_own_button(self, staff_client, stored, button, typed, shown):
        page = post(staff_client, stored, **typed, **button)
        assert (page.status_code, "press “Mark scheduled”" in text_of(page)) == (422, True)
        assert shown in page.content.decode()
        assert BookingRequest.objects.get().version == stored.version

    def test_a_note_does_not_fail_for_a_place_or_a_colleague_that_is_gone(self, staff_client, stored, manager_user):
        page = ReadPage(staff_client.get(page_of(stored)).content.decode())
        assert page.one("input", name="initial-visit_location")["value"] == "one"
        gone = {"visit_location": "closed-since", "assigned_to": manager_user.pk}
        User.objects.filter(pk=manager_user.pk).update(is_active=False)
        assert post(staff_client, stored, text="Typed", **gone).status_code == 302
        assert StaffNote.objects.get().text == "Typed"
        for button in ("_move_scheduled", "_assign"):
            assert post(staff_client, stored, **gone, **{button: "x"}).status_code == 422

    def test_a_message_names_the_requests_and_undoes_the_change(self, staff_client, manager_user):
        made = [make_request(), make_request()]
        post_action(staff_client, "mark_spam", *made)
        body = staff_client.get(LIST).content.decode()
        (versions,) = re.findall(r'name="undo" value="([^"]+)"', body)
        assert all(f'href="{page_of(each)}">{each}</a>' in body for each in made)
        actions.add_note(request=made[0], by=manager_user, text="Seen")
        actions.assign(request=made[1], to=manager_user, by=manager_user)
        answer = staff_client.post(LIST + "undo/", {"undo": versions, "back": "//evil.example"})
        assert answer.headers["Location"] == LIST
        text = text_of(staff_client.get(LIST))
        assert f"{made[0]} is as before." in text
        assert f"{made[1]} was changed while you looked at it." in text
        assert {each.status for each in BookingRequest.objects.all()} == {Status.NEW, Status.SPAM}
        for bad in ("", "x", "9:9", "1:" + "9" * 30):
            assert staff_client.post(LIST + "undo/", {"undo": bad}).status_code == 302

    @pytest.mark.parametrize(
        ("button", "more"),
        [
            *product(
                [{"_move_contacted": "x"}, {"_move_closed": "Other"}, {"_assign_to_me": "x"}], [{}, {"text": "Later"}]
            ),
            *product(
                [{"_move_contacted": "x"}, {"_assign_to_me": "x"}], [{"call_at": NEXT_MONTH}, {"call_again": "hour"}]
            ),
        ],
    )
    def test_undo_keeps_everything_else_of_the_form(self, staff_client, stored, button, more):
        post(staff_client, stored, **button, **more)
        changed = BookingRequest.objects.get()
        assert (changed.call_at is not None, changed.notes.count()) == ("call_" in str(more), 1 if more else 0)
        (undo,) = re.findall(r'name="undo" value="([^"]+)"', staff_client.get(LIST).content.decode())
        staff_client.post(LIST + "undo/", {"undo": undo})
        back = BookingRequest.objects.get()
        assert (back.status, back.assigned_to, back.call_at) == (Status.NEW, None, changed.call_at)

    def test_many_are_given_to_a_colleague(self, staff_client, manager_user):
        made = [make_request(), make_request()]
        body = staff_client.get(LIST).content.decode()
        names = re.findall(r'name="action" value="(\w+)"', body)
        for to, owner in (("", None), (manager_user.pk, manager_user)):
            post_action(staff_client, names, *made, index=names.index("give"), to=to)
            assert {each.assigned_to for each in BookingRequest.objects.all()} == {owner}

    @pytest.mark.parametrize("text", ["x" * 2000, ("x" * 99 + "\r\n") * 19 + "x" * 100, "x" + "\r\n" * 1998 + "x"])
    def test_a_line_break_in_a_note_counts_as_one_character(self, staff_client, stored, text):
        assert post(staff_client, stored, text=text).status_code == 302
        assert post(staff_client, stored, text=text + "x").status_code == 422

    def test_one_form_stores_one_note_and_tells_what_a_colleague_noted(self, staff_client, manager_user, stored):
        fields = {"key": "6f0f2b3c-0000-4000-8000-000000000001", "last_note": 0, "contact": "no_answer"}
        actions.add_note(request=stored, by=manager_user, contact="no_answer")
        for _ in range(2):
            post(staff_client, stored, **fields)
        assert StaffNote.objects.count() == 2
        text = text_of(staff_client.get(LIST))
        assert "Manager added “No answer” at" in text
        assert "It was not added again." in text

    @pytest.mark.parametrize("typed", [{"text": "Spoke to her"}, {"contact": "left_message"}, {"contact": "no_answer"}])
    def test_a_note_tells_what_became_of_the_request_meanwhile(self, staff_client, manager_user, stored, typed):
        for to in (Status.SCHEDULED, Status.CLOSED, Status.SPAM):
            actions.change_status(request=stored, to=to, by=manager_user)
            assert post(staff_client, stored, **typed).status_code == 302
            told = f"{stored} was changed while you looked at it. It is {to} now: look again."
            assert told in text_of(staff_client.get(page_of(stored)))
            actions.change_status(request=stored, to=Status.NEW, by=manager_user)
            stored.refresh_from_db()
            post(staff_client, stored, **typed)
            assert "while you looked" not in text_of(staff_client.get(page_of(stored)))
            stored.refresh_from_db()

    def test_a_wrong_number_is_corrected_dialed_and_found(self, staff_client, stored):
        page = post(staff_client, stored, _correct="x", phone="212 555 01")
        assert (page.status_code, "10 digits" in text_of(page)) == (422, True)
        for same in ({}, {"phone": "+1 212 555 0142"}, {"email": "Rosa@EXAMPLE.com"}, {"text": "Kept"}):
            page = post(staff_client, stored, _correct="x", **same)
            assert (page.status_code, "Type another one." in text_of(page)) == (409, True)
        assert not stored.notes.exists()
        post(staff_client, stored, _correct="x", phone="212 555 0199", email="rosa@new.example")
        text = text_of(staff_client.get(page_of(stored)))
        assert "Call Rosa Diaz (212) 555-0199" in text
        assert "corrected; they wrote +1-212-555-0142" in text
        for typed in ("0199", "rosa@new.example"):
            assert numbers_in(staff_client.search(LIST, typed)) == [stored.number]

    def test_a_confirmation_that_did_not_go_out_goes_to_the_corrected_email(self, staff_client, stored):
        Notice.objects.create(request=stored, kind="tried")
        stored.notices.update(given_up_at=timezone.now(), last_error="SMTPRecipientsRefused 550")
        for typed, waiting in (({"phone": "212 555 0199"}, []), ({"email": "rosa@new.example"}, ["patient"])):
            post(staff_client, BookingRequest.objects.get(), _correct="x", **typed)
            told = text_of(staff_client.get(page_of(stored)))
            assert ("The confirmation is sent again." in told) is bool(waiting)
            assert list(stored.notices.filter(given_up_at=None).values_list("kind", flat=True)) == waiting
        assert "“We tried to call” did not reach them" in told

    def test_each_mail_that_did_not_go_out_is_named_and_dealt_with(self, staff_client, manager_client, stored):
        for kind in ("visit", "notours"):
            Notice.objects.create(request=stored, kind=kind)
        told = {
            "desk": "The mail to the desk about this request did not go out.",
            "patient": "The confirmation did not reach them",
            "visit": "“Your visit is set” did not reach them",
            "notours": "“Sorry, not ours” did not reach them",
        }
        for count, (kind, words) in enumerate(told.items(), 1):
            assert words not in text_of(staff_client.get(page_of(stored)))
            stored.notices.filter(kind=kind).update(given_up_at=timezone.now(), last_error="SMTPRecipientsRefused 550")
            assert words in text_of(staff_client.get(page_of(stored)))
            assert f"Mail that did not go out: {count}" in text_of(manager_client.get("/admin/"))
        post(staff_client, stored, _dealt_with="x")
        text = text_of(staff_client.get(page_of(stored)))
        assert not any(words in text for words in told.values()), "one press deals with all that are named"
        assert "Mail that did not go out" not in text_of(manager_client.get("/admin/"))
        assert AuditEvent.objects.filter(what="notice", details__dealt_with=True).count() == len(told)

    def test_facts_from_a_call_are_shown_on_this_page_only(self, staff_client, manager_client, stored):
        told = {"insurance": "Acme; Gold", "born": "1980-05-04", "heard_of_us": "Dr. Okafor"}
        for _ in range(2):  # the second time nothing changes
            stored.refresh_from_db()
            post(staff_client, stored, _facts="x", **told)
        text = text_of(staff_client.get(page_of(stored)))
        assert "Heard of us from, or referring doctor Dr. Okafor Insurance Acme; Gold Date of birth May 4, 1980" in text
        stored.refresh_from_db()
        post(staff_client, stored, _facts="x", **told | {"born": "", "insurance": "Blue"})
        post(staff_client, stored, _facts="x", insurance="from a page that is older")
        post(staff_client, stored, text="With a note alone nothing of it goes")
        changed = list(AuditEvent.objects.filter(what="changed").values_list("details", flat=True))
        assert changed == [{"fields": ["insurance", "born"]}, {"fields": ["heard_of_us", "insurance", "born"]}]
        page = staff_client.get(page_of(stored)).content.decode()
        copied, _, history = page.partition('id="as-text"')[2].partition("</textarea>")
        assert "insurance, date of birth" in history
        trail = manager_client.get("/admin/triage/auditevent/").content.decode()
        exported = manager_client.post(f"{LIST}export/?status=all").getvalue().decode()
        for place in (copied, history, exported, trail, staff_client.get(LIST).content.decode()):
            for value in ("Blue", "Acme", "Okafor", "1980"):
                assert value not in place
        again = staff_client.get(page_of(make_request())).content.decode()
        assert "Date of birth</dt>" not in again, "of another request"

    @pytest.mark.parametrize(
        "wrong", [{"born": "2999-01-01"}, {"born": "1880-05-04"}, {"born": "soon"}, {"insurance": "x" * 201}]
    )
    def test_invalid_facts_are_errors(self, staff_client, stored, wrong):
        page = post(staff_client, stored, _facts="x", heard_of_us="A friend", **wrong)
        assert page.status_code == 422
        assert 'value="A friend"' in page.content.decode()
        assert BookingRequest.objects.get().desk_facts is None
