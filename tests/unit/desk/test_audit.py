"""Who did what is written down, by every path, and can only be read. Notices to send again; a person to erase."""

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry

from tests.conftest import PatientClient
from tests.unit.conftest import MONDAY_NOON, make_request
from tests.unit.desk.test_requests import LIST, numbers_in, page_of, post, post_action, text_of
from triage.booking import actions
from triage.booking.models import AuditEvent, BookingRequest, Notice, StaffNote

TRAIL = "/admin/triage/auditevent/"
NOTICES = "/admin/triage/notice/"
What = AuditEvent.What

pytestmark = pytest.mark.django_db


def events(what) -> list[tuple]:
    return [(event.by, event.number) for event in AuditEvent.objects.filter(what=what).order_by("pk")]


class TestWhatIsRecorded:
    def test_each_view_of_a_request(self, staff_client, staff_user, stored):
        staff_client.get(page_of(stored))
        staff_client.head(page_of(stored))
        post(staff_client, stored, seen="")  # its answer shows the request, too
        assert events(What.VIEWED) == [(staff_user, stored.number)] * 3

    def test_no_view_where_nothing_was_shown(self, staff_client, client, stored):
        client.get(page_of(stored))
        staff_client.get(LIST)
        staff_client.get(f"{LIST}{stored.pk}/history/")
        post(staff_client, stored, text="x")
        assert events(What.VIEWED) == []

    def test_every_change_by_its_fields_never_their_values(self, staff_client, staff_user, stored):
        post(staff_client, stored, text="Ann called", _move_contacted="x")
        staff_client.post(LIST, {"action": "assign_to_me", "_selected_action": [stored.pk], "index": 0})
        changes = AuditEvent.objects.filter(what=What.CHANGED).order_by("pk")
        assert [event.details["changed"] for event in changes] == [
            {"status": ["new", "contacted"]},
            {"assigned_to": ["", "front-desk"]},
        ]
        assert events(What.NOTED) == [(staff_user, stored.number)]
        # The whole number: its parts also stand in one of fifty moments, for these go to the microsecond.
        assert not re.search("Rosa|Ann|555-?0142|example", str(list(AuditEvent.objects.values())))

    @pytest.mark.parametrize(
        ("address", "page"),
        [
            (LIST + "{pk}/delete/", "triage_bookingrequest_delete"),
            (LIST + "{pk}/erase/", "triage_bookingrequest_erase"),
            (LIST + "export/", "triage_bookingrequest_export"),
            (LIST + "add/", "triage_bookingrequest_add"),
            (TRAIL, "triage_auditevent_changelist"),
            (NOTICES, "triage_notice_changelist"),
        ],
    )
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_who_tries_a_page_without_permission(self, staff_client, staff_user, method, address, page, stored):
        assert getattr(staff_client, method)(address.format(pk=stored.pk)).status_code == 403
        event = AuditEvent.objects.get(what=What.REFUSED)
        assert (event.by, event.details) == (staff_user, {"page": page})
        assert event.number == (stored.number if "{pk}" in address else "")
        assert BookingRequest.objects.count() == 1

    def test_a_stranger_is_led_to_the_sign_in_and_leaves_no_line(self, client):
        assert client.get(f"{LIST}{make_request().pk}/delete/").status_code == 302
        assert events(What.REFUSED) == []

    @pytest.mark.parametrize("pk", ["x", "99999999999999999999", "%00", "7_2F"])
    def test_a_refusal_of_nothing(self, staff_client, staff_user, pk):
        assert staff_client.get(f"{LIST}{pk}/erase/").status_code == 403
        assert events(What.REFUSED) == [(staff_user, "")]


class TestTheTrail:
    def test_managers_read_it_newest_first(self, manager_client, staff_client, stored):
        staff_client.get(page_of(stored))
        text = text_of(manager_client.get(TRAIL))
        assert text.index("front-desk Viewed") < text.index("– Sent by the patient")

    def test_it_is_searched_by_number_and_filtered(self, manager_client, staff_client, staff_user):
        stored, other = make_request(), make_request()
        staff_client.get(page_of(stored))
        n = stored.number
        for typed in (n.lower(), f"{n[:3]} {n[3:]}", f"{n[:3]}-{n[3:]}"):
            body = manager_client.search(TRAIL, typed).content.decode()
            assert set(re.findall(r"bookingrequest/\?status=all&amp;number=(\w+)", body)) == {n}
        for address, count in {
            f"?what=viewed&who={staff_user.pk}": 1,
            "?what=sent": 2,
            "?what=sent&who=none": 2,
            f"?what=sent&who={staff_user.pk}": 0,
        }.items():
            assert f"{count} in this list" in text_of(manager_client.get(TRAIL + address))
        assert manager_client.get(TRAIL + "?by__password__startswith=a").status_code == 400
        assert numbers_in(manager_client.get(f"{LIST}?status=all&number={n}")) == [n]
        assert other.number

    @pytest.mark.parametrize(
        ("address", "count"),
        [("?at__year=2026", 4), ("?at__year=2026&at__month=11&at__day=10", 1), ("?at__year=2025", 0)],
    )
    def test_it_is_filtered_by_day_in_clinic_time(self, manager_client, staff_user, address, count):
        for day, hour, what in ((9, 23, "sent"), (10, 0, "sent"), (11, 0, "sent"), (12, 9, "viewed")):
            at = dt.datetime(2026, 11, day, hour, tzinfo=MONDAY_NOON.tzinfo)
            AuditEvent.objects.create(at=at, what=what, by=staff_user)
        page = manager_client.get(f"{TRAIL}{address}&who={staff_user.pk}")
        assert f"{count} in this list" in text_of(page)
        assert "0 among these days. Search all" in text_of(manager_client.search(TRAIL + address, "K7M4RX"))

    @pytest.mark.parametrize("year", ["x", "0", "10000", "2026&at__month=13", "2026&at__month=2&at__day=31"])
    def test_a_day_that_is_none_leads_to_the_list(self, manager_client, year):
        assert manager_client.get(f"{TRAIL}?at__year={year}").status_code == 302

    def test_it_tells_codes_in_words(self, manager_client, manager_user, staff_user, stored):
        account = {"account": staff_user.pk}
        for what, details in (
            ("changed", {"changed": {"status": ["new", "closed"]}, "reason": "no_reply"}),
            ("replied", {"words": "tried", "way": "by email"}),
            ("second_factor", account | {"added": "totp"}),
            ("refused", {"page": "triage_bookingrequest_export"}),
            ("sent_again", {"fields": ["for_whom", "good_time", "gone_since"]}),
        ):
            AuditEvent.objects.create(what=what, by=manager_user, details=details)
        text = text_of(manager_client.get(TRAIL))
        assert "status from New to Closed; reason: No reply after 3 tries" in text
        assert "text: We tried to call; way: by email" in text
        assert "account: front-desk; added: app" in text
        assert "page: requests export" in text
        assert "good time to reach, gone since" in text

    def test_nobody_can_write_in_it(self, manager_client, django_user_model, stored):
        event = AuditEvent.objects.get(what=What.SENT)
        root = PatientClient()
        root.force_login(django_user_model.objects.create_superuser("root"))
        for client in (manager_client, root):
            assert client.get(f"{TRAIL}add/").status_code == 403
            assert client.get(f"{TRAIL}{event.pk}/delete/").status_code == 403
            assert client.post(f"{TRAIL}{event.pk}/delete/", {"post": "yes"}).status_code == 403
            assert client.post(f"{TRAIL}{event.pk}/change/", {"what": "erased"}).status_code == 403
            post_action(client, "delete_selected", event, address=TRAIL, post="yes")
        assert AuditEvent.objects.get(pk=event.pk).what == What.SENT
        assert stored.number == event.number

    def test_django_keeps_no_log_of_its_own(self, staff_client, manager_client, stored):
        post(staff_client, stored, text="x", _move_contacted="x")
        post_action(staff_client, "mark_spam", stored)
        post_action(manager_client, "send_again", Notice.objects.first(), address=NOTICES)
        assert LogEntry.objects.count() == 0


class TestTheHistoryOfARequest:
    def test_views_are_one_line_until_something_else_happens(self, manager_client, staff_client, at_noon, stored):
        AuditEvent.objects.all().delete()
        for client in (staff_client, manager_client, staff_client, staff_client):
            client.get(page_of(stored))
        post(staff_client, stored, text="x")
        manager_client.get(page_of(stored))
        actions.record_export([stored, stored], by=None)
        AuditEvent.objects.update(at=at_noon(2026, 11, 18))
        text = text_of(staff_client.get(f"{LIST}{stored.pk}/history/")).partition("When Who What")[2]
        assert text.strip().startswith(
            "12 PM – Exported 12 PM – Exported 12 PM manager Viewed 12 PM front-desk Note added"
            " 12 PM front-desk Viewed 3 times, first 12 PM 12 PM manager Viewed The newest 200"
        )
        assert AuditEvent.objects.filter(what=What.VIEWED).count() == 5, "the trail keeps each"


class TestNotices:
    def test_managers_see_how_each_stands(self, manager_client, at_noon):
        now = at_noon(2026, 11, 18)
        make_request()
        waiting, sent = Notice.objects.order_by("pk")
        Notice.objects.filter(pk=sent.pk).update(sent_at=now, tries=1)
        Notice.objects.create(
            request=waiting.request, kind="desk", given_up_at=now, tries=23, last_error="SMTPServerDisconnected"
        )
        text = text_of(manager_client.get(NOTICES))
        assert "Given up 12 PM" in text
        assert "23 SMTPServerDisconnected –" in text
        assert "Sent 12 PM" in text
        assert "Rosa" not in text
        for state in ("waiting", "given_up", "sent"):
            assert "1 in this list" in text_of(manager_client.get(f"{NOTICES}?state={state}"))

    def test_one_that_was_given_up_is_sent_again_by_hand(self, manager_client, manager_user, at_noon, stored):
        Notice.objects.update(given_up_at=at_noon(2026, 11, 18), tries=23)
        chosen = Notice.objects.get(kind="desk")
        post_action(manager_client, "send_again", chosen, address=NOTICES)
        assert "To be sent again: 1." in text_of(manager_client.get(NOTICES))
        chosen.refresh_from_db()
        assert (chosen.given_up_at, chosen.tries) == (None, 0)
        assert Notice.objects.get(kind="patient").given_up_at
        assert events(What.NOTICE) == [(manager_user, stored.number)]

    def test_nothing_else_can_be_done_to_one(self, manager_client):
        make_request()
        notice = Notice.objects.first()
        assert manager_client.get(f"{NOTICES}add/").status_code == 403
        assert manager_client.post(f"{NOTICES}{notice.pk}/change/", {"tries": 0}).status_code == 403
        assert manager_client.post(f"{NOTICES}{notice.pk}/delete/", {"post": "yes"}).status_code == 403


def erase_page(stored) -> str:
    return f"{LIST}{stored.pk}/erase/"


class TestErasing:
    def test_a_manager_is_asked_and_then_the_person_is_gone(self, manager_client, manager_user, stored):
        same = make_request(phone="tel:+1-212-555-0142;ext=7", name="ROSA DÍAZ")
        family = make_request(name="Omar Diaz", email="")
        actions.add_note(request=stored, by=manager_user, text="Asked to be erased")
        page = manager_client.get(erase_page(stored))
        assert {number for _by, number in events(What.VIEWED)} == {stored.number, same.number, family.number}
        boxes = dict(re.findall(r'name="erase" value="(\d+)"( checked)?', page.content.decode()))
        assert boxes == {str(stored.pk): " checked", str(same.pk): " checked", str(family.pk): ""}

        answer = manager_client.post(erase_page(stored), {"erase": [stored.pk, same.pk]})
        assert answer.headers["Location"] == LIST
        assert "Erased for good: requests: 2, notes: 1, notices: " in text_of(manager_client.get(LIST))
        assert BookingRequest.objects.get() == family
        assert StaffNote.objects.count() == 0
        assert [by for by, _number in events(What.ERASED)] == [manager_user]
        assert "Rosa" not in str(list(AuditEvent.objects.values()))
        assert "It may have been erased." in text_of(manager_client.get(page_of(stored), follow=True))

    def test_only_what_was_shown_can_be_chosen(self, manager_client):
        stored, other = make_request(), make_request(phone="tel:+1-212-555-0199", email="other@example.com")
        for chosen in ([other.pk, "x"], []):
            manager_client.post(erase_page(stored), {"erase": chosen})
            assert BookingRequest.objects.count() == 2
            page = manager_client.get(LIST).content.decode()
            assert '<li class="warning">Nothing was erased: no request was checked.</li>' in page
