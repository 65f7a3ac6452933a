"""The numbers of the front page: waiting requests, and the time until a first contact."""

import datetime as dt
import html
import re

import pytest
from django.utils import timezone

from tests.unit.conftest import clinic_time, make_request
from tests.unit.desk.test_requests import LIST, page_of, text_of
from triage.booking import actions, outbox
from triage.booking.models import BookingRequest, Contact, Notice, Status
from triage.desk import display, front_page

FRONT = "/admin/"

pytestmark = pytest.mark.django_db


class TestTheFrontPage:
    def test_it_shows_what_to_do_first_and_what_is_overdue(self, staff_client, staff_user, answers, at_noon):
        at_noon(2026, 11, 18)
        today = make_request(now=clinic_time(11, 18, 11, 40), reach_by="text")
        overdue = make_request(now=clinic_time(11, 13, 16), shared=answers, language="es")
        in_time = make_request(now=clinic_time(11, 17, 15), reach_by="email")
        actions.assign(request=overdue, to=staff_user, by=staff_user)
        heard = make_request(now=clinic_time(11, 10, 9))
        actions.change_status(request=heard, to=Status.CONTACTED, by=staff_user)
        came = make_request(now=clinic_time(11, 10, 9))
        at_three = clinic_time(11, 18, 15)
        actions.change_status(request=came, to=Status.SCHEDULED, by=staff_user, visit_at=at_three)
        page = staff_client.get(FRONT)
        text = text_of(page)
        assert "New, waiting 3 Due now 1 Visits today 1 Overdue 1 New today 1" in text
        who = "Call (212) 555-0142 Rosa Diaz See a doctor Any time Español front-desk"
        assert f"{overdue} overdue since Mon 5 PM {who}" in text
        assert f"{in_time} waits 5 h, since Tue 3 PM Email Rosa@example.com Rosa Diaz – Any time English –" in text
        assert f"{today} waits 20 min, since 11:40 AM Text (212) 555-0142" in text
        shown = re.findall(r'class="number" href="([^"]+)"', page.content.decode())
        assert shown == [page_of(each) for each in (overdue, in_time, today, heard)]

    def test_its_figures_lead_to_the_list_that_they_count(self, staff_client, at_noon):
        at_noon(2026, 11, 18)
        make_request(now=clinic_time(11, 13, 16))
        make_request(now=clinic_time(11, 18, 11))
        body = staff_client.get(FRONT).content.decode()
        for address, count in re.findall(rf'<dd><a href="({LIST}[^"]*)">(\d+)</a>', body):
            assert f"{count} in this list" in text_of(staff_client.get(html.unescape(address)))

    def test_it_shows_ten_and_leads_to_the_rest(self, staff_client):
        for _ in range(12):
            make_request()
        page = staff_client.get(FRONT)
        assert page.content.decode().count('class="number"') == front_page.SHOWN_FIRST
        assert f'<a href="{LIST}">All open requests</a>' in page.content.decode()

    def test_it_counts_why_requests_were_closed_by_month(self, staff_client, staff_user, at_noon):
        closed = {(9, 1): ["other"], (10, 1): ["no_reply", "elsewhere", "no_reply"], (11, 1): ["elsewhere", "visit"]}
        for (month, day), reasons in closed.items():
            at_noon(2026, month, day)
            for reason in reasons:
                actions.change_status(request=make_request(), to=Status.CLOSED, by=staff_user, reason=reason)
        expected = "This month Booked elsewhere 1 1 After the visit 0 1 No reply after 3 tries 2 0"
        assert expected in text_of(staff_client.get(FRONT))

    def test_a_manager_is_shown_what_nobody_touched_and_which_mail_did_not_go_out(self, staff_client, manager_client):
        make_request(email="")
        lines = ("Untouched for 60 days: 1", "Mail that did not go out: 1")
        assert not any(line in text_of(manager_client.get(FRONT)) for line in lines)
        BookingRequest.objects.update(updated_at=timezone.now() - dt.timedelta(days=60))
        Notice.objects.update(given_up_at=timezone.now(), last_error="SMTPServerDisconnected")
        page = manager_client.get(FRONT)
        assert all(line in text_of(page) for line in lines)
        (address,) = re.findall(r'href="([^"]+due=idle)"', page.content.decode().replace("&amp;", "&"))
        assert "1 in this list" in text_of(manager_client.get(address))
        assert not any(line in text_of(staff_client.get(FRONT)) for line in lines)

    def test_the_mail_it_counts_is_the_mail_that_its_link_lists(self, manager_client, stored):
        desk, confirmation = stored.notices.all()
        now = timezone.now()
        skipped = {"given_up_at": now, "last_error": outbox.TOO_MANY}
        Notice.objects.create(request=stored, kind="patient", **skipped)
        Notice.objects.filter(pk=desk.pk).update(given_up_at=now, last_error="SMTPServerDisconnected")
        Notice.objects.filter(pk=confirmation.pk).update(given_up_at=now, dealt_with_at=now)
        page = manager_client.get(FRONT)
        assert "Mail that did not go out: 1" in text_of(page)
        (address,) = re.findall(r'href="([^"]+)">Mail that', page.content.decode())
        assert "1 in this list" in text_of(manager_client.get(address))
        assert "Dealt with " in text_of(manager_client.get(address.partition("?")[0]))

    def test_no_count_goes_on_for_ever(self, manager_client, monkeypatch):
        monkeypatch.setattr(display, "MAX_COUNT", 2)
        for _ in range(3):
            make_request()
        BookingRequest.objects.update(updated_at=timezone.now() - dt.timedelta(days=60))
        Notice.objects.update(given_up_at=timezone.now(), last_error="SMTPServerDisconnected")
        text = text_of(manager_client.get(FRONT))
        for name in ("Untouched for 60 days:", "Mail that did not go out:", "New, waiting", "Overdue"):
            assert f"{name} 2 or more" in text

    def test_with_nothing_to_do_it_says_so(self, staff_client):
        text = text_of(staff_client.get(FRONT))
        assert "Nobody waits for an answer." in text
        assert "Usual wait for a first call this week –" in text

    def test_its_cost_does_not_grow_with_its_rows(self, staff_client, staff_user, django_assert_max_num_queries):
        for _ in range(12):
            actions.change_status(request=make_request(), to=Status.CONTACTED, by=staff_user)
            make_request()
        with django_assert_max_num_queries(28):
            staff_client.get(FRONT)

    def test_who_may_not_see_requests_sees_none(self, client, django_user_model):
        make_request()
        client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))
        page = client.get(FRONT)
        assert page.status_code == 200
        assert "Waiting longest" not in text_of(page)
        assert "Ask a manager for a role." in text_of(page)


class TestTheWeeks:
    def test_each_counts_what_came_in_and_how_long_the_first_contact_took(self, staff_client, staff_user, monkeypatch):
        for asked_at, contacted_at, outcome in (
            # Last week: 1 h. Over the weekend 2 h, which count for the week of the contact, this one.
            (clinic_time(11, 9, 9), clinic_time(11, 9, 10), Status.CONTACTED),
            (clinic_time(11, 13, 16), clinic_time(11, 16, 10), Status.CONTACTED),
            (clinic_time(11, 16, 9), clinic_time(11, 16, 15), Status.CONTACTED),
            (clinic_time(11, 16, 11), clinic_time(11, 17, 12), Contact.LEFT_MESSAGE),
            (clinic_time(11, 17, 9), clinic_time(11, 17, 13), Status.SPAM),
            (clinic_time(9, 20, 12), clinic_time(9, 24, 12), Status.CONTACTED),  # older than the table
        ):
            monkeypatch.setattr("django.utils.timezone.now", lambda now=contacted_at: now.astimezone(dt.UTC))
            stored = make_request(now=asked_at)
            if outcome in Contact.values:
                actions.add_note(request=stored, by=staff_user, contact=outcome)
            else:
                actions.change_status(request=stored, to=outcome, by=staff_user)
        make_request(now=clinic_time(9, 28, 0))  # the first moment of its first week
        make_request(now=clinic_time(9, 27, 23, 59))
        now = clinic_time(11, 18, 12)
        monkeypatch.setattr("django.utils.timezone.now", lambda: now.astimezone(dt.UTC))

        weeks = front_page.recent_weeks(now)
        assert [week.monday for week in weeks] == [dt.date(2026, 9, 28) + dt.timedelta(weeks=n) for n in range(8)]
        assert [week.asked for week in weeks] == [1, 0, 0, 0, 0, 0, 2, 2]
        assert weeks[6].contact_time == dt.timedelta(hours=1)
        assert weeks[7].contact_time == dt.timedelta(hours=6), "of 2, 6 and 9"

        text = text_of(staff_client.get(FRONT))
        assert "Usual wait for a first call this week 6 h" in text
        assert "Nov 9 2 1 h Nov 16 2 6 h" in text

    def test_a_week_over_a_change_of_the_clocks_is_whole(self):
        make_request(now=clinic_time(11, 1, 23, 59))
        make_request(now=clinic_time(11, 2, 0))
        assert [week.asked for week in front_page.recent_weeks(clinic_time(11, 3, 12))][-2:] == [1, 1]


class TestTimeInWords:
    @pytest.mark.parametrize(
        ("asked_at", "words"),
        [
            (clinic_time(11, 18, 11, 30), "30 min"),
            (clinic_time(11, 18, 8), "3 h"),
            (clinic_time(11, 16, 13), "15 h"),
            (clinic_time(11, 16, 12), "2 work days"),
            (clinic_time(11, 14, 12), "2 work days"),  # since Saturday
            (clinic_time(11, 4, 12), "9 work days"),  # over Veterans Day
        ],
    )
    def test_waiting_counts_while_the_desk_is_open(self, asked_at, words):
        assert display.format_waiting(BookingRequest(created_at=asked_at), clinic_time(11, 18, 12)) == words

    @pytest.mark.parametrize(
        ("asked_at", "now", "words"),
        [
            (clinic_time(11, 21, 14, 7), clinic_time(11, 22, 20), "waits since Sat 2:07 PM"),
            (clinic_time(11, 18, 17), clinic_time(11, 19, 8, 59), "waits since Wed 5 PM"),
            (clinic_time(11, 25, 18), clinic_time(11, 26, 12), "waits since Wed 6 PM"),  # Thanksgiving
            (clinic_time(11, 18, 12), clinic_time(11, 18, 12), "waits since 12 PM"),
            (clinic_time(11, 18, 17), clinic_time(11, 19, 9, 1), "waits 1 min, since Wed 5 PM"),
        ],
    )
    def test_since_when_is_said_too_as_no_time_counts_while_the_desk_is_closed(self, monkeypatch, asked_at, now, words):
        monkeypatch.setattr("django.utils.timezone.now", lambda: now.astimezone(dt.UTC))
        assert display.waiting(BookingRequest(created_at=asked_at, is_flagged=False)) == words
