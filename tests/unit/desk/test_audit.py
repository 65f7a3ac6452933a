"""The audit trail, which nobody can change; notices that are sent again; and the erasing of a person."""

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from tests.conftest import PatientClient
from tests.unit.conftest import MONDAY_NOON, make_request
from tests.unit.desk.test_requests import LIST, NEXT_MONTH, numbers_in, page_of, post, post_action, text_of
from triage.booking import actions, outbox
from triage.booking.models import AuditEvent, BookingRequest, Notice, StaffNote, Status
from triage.desk.history import describe

TRAIL = "/admin/triage/auditevent/"
NOTICES = "/admin/triage/notice/"
What = AuditEvent.What

pytestmark = pytest.mark.django_db


def events(what) -> list[tuple]:
    return [(event.by, event.number) for event in AuditEvent.objects.filter(what=what).order_by("pk")]


def to_colleague(client, stored):
    pk = User.objects.get(username="front-desk").pk
    post(client, stored, _assign="x", assigned_to=pk)
    post_action(client, "give", stored, to=User.objects.get(username="manager").pk)


def undo(client, stored):
    client.post(LIST + "undo/", {"undo": f"{stored.pk}:{stored.version}"})


def export(client, stored):
    client.search(LIST, stored.name)
    b"".join(client.post(f"{LIST}export/?status=new").streaming_content)


def erase(client, stored):
    client.post(erase_page(stored), {"erase": stored.pk})


TRIED, LATER = {"text": "Ann: cannot walk"}, {"visit_at": NEXT_MONTH, "visit_location": "two"}
TO_CONTACTED, TO_ME = "Changed: status from New to Contacted", "Changed: assigned to from nobody to manager"
# Each act of the desk on a request: its status before; what is posted on its page, or the button in the list, or a
# function; the lines of the audit trail.
ACTS = [
    ("new", lambda client, stored: client.get(page_of(stored)), "Viewed"),
    ("new", TRIED, "Note added"),
    ("new", TRIED | {"contact": "no_answer"}, "Note added"),
    ("new", {"call_again": "hour"}, "Note added + Changed: call again at"),
    ("new", {"contact": "reached"}, f"Note added + {TO_CONTACTED}"),
    ("new", TRIED | {"_move_contacted": "x"}, f"{TO_CONTACTED} + Note added"),
    ("new", LATER | {"_move_scheduled": "x"}, "Changed: status from New to Scheduled"),
    ("scheduled", LATER | {"_move_scheduled": "x"}, "Changed: visit, place of the visit"),
    (
        "scheduled",
        {"contact": "did_not_come"},
        "Note added + Changed: call again at + Changed: status from Scheduled to Contacted",
    ),
    ("new", {"_move_closed": "Not ours"}, "Changed: status from New to Closed; reason: Not ours"),
    ("contacted", {"_move_spam": "x"}, "Changed: status from Contacted to Spam"),
    ("closed", {"_move_new": "x"}, "Changed: status from Closed to New"),
    ("new", {"_assign_to_me": "x"}, TO_ME),
    (
        "new",
        to_colleague,
        "Changed: assigned to from nobody to front-desk + Changed: assigned to from front-desk to manager",
    ),
    ("new", {"reply": "tried", "_reply_send": "x"}, "Reply to the patient: way: by email; text: We tried to call"),
    (
        "new",
        {"reply": "more", "_reply_open": "x"},
        "Reply to the patient: way: from our own program; text: We need one more thing",
    ),
    (
        "new",
        {"_correct": "x", "phone": "212 555 0199", "email": "ann@example.org"},
        "Changed: phone, email + Mail that did not go out: kind: Confirmation, to the patient; sent again",
    ),
    ("new", {"_facts": "x", "insurance": "Acme", "born": "1980-05-04"}, "Changed: insurance, date of birth"),
    ("new", {"_dealt_with": "x"}, "Mail that did not go out: dealt with; kind: Confirmation, to the patient"),
    ("scheduled", lambda client, stored: client.post(f"{LIST}{stored.pk}/calendar/"), "Exported: file: calendar"),
    ("new", "assign_to_me", TO_ME),
    ("new", "no_answer", "Note added"),
    ("new", "left_message", f"Note added + {TO_CONTACTED}"),
    ("new", "mark_contacted", TO_CONTACTED),
    ("contacted", "mark_scheduled", "Changed: status from Contacted to Scheduled"),
    ("contacted", "mark_closed", "Changed: status from Contacted to Closed"),
    ("new", "mark_spam", "Changed: status from New to Spam"),
    ("spam", "mark_new", "Changed: status from Spam to New"),
    ("contacted", undo, "Changed: status from Contacted to New"),
    ("new", export, "Exported: count: 1; filtered by: status + Exported"),
    ("new", erase, "Erased: mail: 2; requests: 1"),
]


class TestWhatIsRecorded:
    @pytest.mark.parametrize(
        ("before", "act", "expected"), ACTS, ids=[f"{place} {each[2]}" for place, each in enumerate(ACTS)]
    )
    def test_each_act_is_recorded(self, manager_client, staff_user, manager_user, answers, before, act, expected):
        stored = make_request(shared=answers, note="Fell off a ladder")
        if before != "new":
            visit = dt.datetime(2099, 1, 2, 9, tzinfo=dt.UTC)
            actions.change_status(request=stored, to=Status(before), by=staff_user, visit_at=visit)
            stored.refresh_from_db()
        stored.notices.filter(kind="patient").update(given_up_at=timezone.now())
        earlier = AuditEvent.objects.latest("pk").pk
        if isinstance(act, dict):
            post(manager_client, stored, **act)
        elif isinstance(act, str):
            post_action(manager_client, act, stored, address=f"{LIST}?status={before}")
        else:
            act(manager_client, stored)
        lines = AuditEvent.objects.filter(pk__gt=earlier).order_by("pk")
        told = [": ".join(filter(None, (each.get_what_display(), describe(each)))) for each in lines]
        assert " + ".join(told) == expected
        assert {each.by for each in lines} == {manager_user}
        assert {each.number for each in lines} <= {stored.number, ""}
        patient = "Rosa|Diaz|Ann|ladder|walk|Acme|1980|555-?0[12]|example|2099|10:00|spread|duration|" + NEXT_MONTH[:10]
        assert not re.search(patient, str(list(lines.values("number", "details"))))

    def test_each_button_is_among_those_acts(self, manager_client, staff_user):
        tried = {"give", "_assign"}
        for _before, act, _expected in ACTS:
            tried |= {act} if isinstance(act, str) else set(act) if isinstance(act, dict) else set()
        names = set()
        for status in Status:
            stored = make_request(reach_by="text")
            stored.notices.update(given_up_at=timezone.now())
            if status is not Status.NEW:
                actions.change_status(request=stored, to=status, by=staff_user)
            page = manager_client.get(page_of(stored)).content.decode()
            names |= set(re.findall(r'<input type="submit" name="(\w+)"', page))
        names |= set(re.findall(r'name="action" value="(\w+)"', manager_client.get(LIST).content.decode()))
        assert len(names) > 15
        assert names <= tried

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize(
        "page",
        [
            *("bookingrequest_delete", "bookingrequest_erase", "bookingrequest_export", "bookingrequest_add"),
            *("auditevent_changelist", "notice_changelist", "closure_changelist", "closure_add"),
            *("staffaccount_changelist", "staffaccount_add", "staffaccount_change"),
        ],
    )
    def test_a_refused_page_is_recorded(self, staff_client, staff_user, method, page, stored):
        about = staff_user if page.startswith("staff") else stored
        args = [about.pk] if page.endswith(("delete", "erase", "change")) else []
        assert getattr(staff_client, method)(reverse(f"admin:triage_{page}", args=args)).status_code == 403
        event = AuditEvent.objects.get(what=What.REFUSED)
        assert (event.by, event.details) == (staff_user, {"page": f"triage_{page}"})
        assert event.number == (stored.number if args and about is stored else "")
        assert BookingRequest.objects.count() == 1

    def test_a_refused_page_of_an_unknown_request_is_recorded(self, staff_client, staff_user):
        for pk in ("x", "99999999999999999999", "%00", "7_2F"):
            assert staff_client.get(f"{LIST}{pk}/erase/").status_code == 403
        assert events(What.REFUSED) == [(staff_user, "")] * 4


class TestTheTrail:
    def test_it_has_the_newest_first_and_can_be_searched(self, manager_client, staff_client, staff_user):
        stored, _other = make_request(), make_request()
        staff_client.get(page_of(stored))
        text = text_of(manager_client.get(TRAIL))
        assert text.index("front-desk Viewed") < text.index("– Sent by the patient")
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

    def test_its_days_are_links_without_a_query_of_the_whole_trail(self, manager_client, django_assert_max_num_queries):
        AuditEvent.objects.create(at=dt.datetime(2024, 2, 3, 15, tzinfo=dt.UTC), what="sent")
        shown = {"": "2024 2025", "?at__year=2024": "January February", "?at__year=2024&at__month=2": "28 29"}
        for address, days in shown.items():
            with django_assert_max_num_queries(10) as asked:
                page = manager_client.get(TRAIL + address)
            assert days in text_of(page)
            assert not any("DISTINCT" in each["sql"] for each in asked.captured_queries)
        assert 'href="?at__year=2024" class="date-back"' in page.content.decode()
        for odd in ("?at__month=5&at__day=20", "?at__day=20", "?at__month=5"):
            assert manager_client.get(TRAIL + odd).status_code in (200, 302)

    def test_it_shows_codes_in_words(self, manager_client, manager_user, staff_user, stored):
        account = {"account": staff_user.pk}
        for what, details in (
            ("second_factor", account | {"added": "totp"}),
            ("refused", {"page": "triage_bookingrequest_export"}),
            ("sent_again", {"fields": ["for_whom", "good_time", "gone_since"]}),
        ):
            AuditEvent.objects.create(what=what, by=manager_user, details=details)
        text = text_of(manager_client.get(TRAIL))
        assert "account: front-desk; added: app" in text
        assert "page: requests export" in text
        assert "for whom, good time, gone since" in text

    def test_nobody_can_change_the_audit_trail(self, manager_client, django_user_model, stored):
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
        failed = {"given_up_at": now, "tries": 23, "last_error": "SMTPServerDisconnected"}
        Notice.objects.create(request=waiting.request, kind="desk", **failed)
        text = text_of(manager_client.get(NOTICES))
        assert "Did not go out, 12 PM" in text
        assert "23 The mail server does not answer. If it lasts an hour: Tell the person who runs the site." in text
        assert "Sent 12 PM" in text
        assert "Rosa" not in text
        for state in ("waiting", "given_up", "sent"):
            assert "1 in this list" in text_of(manager_client.get(f"{NOTICES}?state={state}"))

    def test_a_manager_reads_what_to_do_and_the_code_beside_it(self, manager_client, stored):
        told = {
            "SMTPRecipientsRefused 550": "This address takes no mail",
            "SMTPRecipientsRefused 450 451": "asks to wait",
            "SMTPAuthenticationError 535": "its password is wrong",
            "SMTPSenderRefused 554": "takes no mail from our address",
            "SMTPDataError 554": "perhaps as spam",
            **dict.fromkeys(("SMTPConnectError 554", "TimeoutError", "SSLCertVerificationError"), "does not answer"),
            "DESK_EMAIL is not set": "no email address yet",
            "ValueError": "could not be written",
            outbox.TOO_MANY: outbox.TOO_MANY,
        }
        Notice.objects.bulk_create(Notice(request=stored, kind="desk", last_error=error) for error in told)
        cells = re.findall(r'<td class="field-trouble">(.*?)</td>', manager_client.get(NOTICES).content.decode())
        for error, words in told.items():
            assert [words in cell for cell in cells if f">{error}<" in f">{cell}<"] == [True], error

    def test_one_that_was_given_up_is_sent_again_by_hand(self, manager_client, manager_user, at_noon, stored):
        Notice.objects.update(given_up_at=at_noon(2026, 11, 18), tries=23)
        chosen = Notice.objects.get(kind="desk")
        post_action(manager_client, "send_again", chosen, address=NOTICES)
        assert "To be sent again: 1." in text_of(manager_client.get(NOTICES))
        chosen.refresh_from_db()
        assert (chosen.given_up_at, chosen.tries) == (None, 0)
        assert Notice.objects.get(kind="patient").given_up_at
        assert events(What.NOTICE) == [(manager_user, stored.number)]
        assert "kind: New request, to the desk; sent again" in text_of(manager_client.get(TRAIL))

    def test_notices_can_only_be_sent_again_or_dealt_with(self, manager_client):
        make_request()
        notice = Notice.objects.first()
        assert manager_client.get(f"{NOTICES}add/").status_code == 403
        assert manager_client.post(f"{NOTICES}{notice.pk}/change/", {"tries": 0}).status_code == 403
        assert manager_client.post(f"{NOTICES}{notice.pk}/delete/", {"post": "yes"}).status_code == 403


def erase_page(stored) -> str:
    return f"{LIST}{stored.pk}/erase/"


class TestErasing:
    def test_a_manager_confirms_and_the_person_is_erased(self, manager_client, manager_user, stored):
        same = make_request(phone="tel:+1-212-555-0142;ext=7", name="ROSA DÍAZ")
        family = make_request(name="Omar Diaz", email="")
        actions.add_note(request=stored, by=manager_user, text="Asked to be erased")
        page = manager_client.get(erase_page(stored))
        assert {number for _by, number in events(What.VIEWED)} == {stored.number, same.number, family.number}
        boxes = dict(re.findall(r'name="erase" value="(\d+)"( checked)?', page.content.decode()))
        assert boxes == {str(stored.pk): " checked", str(same.pk): " checked", str(family.pk): ""}

        answer = manager_client.post(erase_page(stored), {"erase": [stored.pk, same.pk]})
        assert answer.headers["Location"] == LIST
        assert "Erased for good: requests: 2, notes: 1, mail: " in text_of(manager_client.get(LIST))
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
