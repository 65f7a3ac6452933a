"""The answers of the request pages: statuses, cookies, caching, and who may see what."""

import re
import time
from unittest.mock import Mock

import pytest
import time_machine
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.utils.http import urlencode

from tests.conftest import PatientClient, new_key
from tests.reading import check_references, read, text_of, title_of
from tests.unit.clinical.scenarios import PLAIN_SPASM
from triage.booking import actions, views
from triage.booking.models import BookingRequest, Status
from triage.handover import MAX_AGE_SECONDS, seal

BOOK, FROM_ADVICE, SENT = "/book/", "/book/from-advice/", "/book/sent/"
OPEN_TOO_LONG = "This page was open too long. Check your answers and send them again."

pytestmark = pytest.mark.django_db


def hidden_value(response, name) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())[1]


class TestTheForm:
    def test_each_blank_form_has_a_key_of_its_own(self, client):
        first, second = client.get(BOOK), client.get(BOOK)
        assert hidden_value(first, "request_key") != hidden_value(second, "request_key")

    def test_an_empty_post_leads_to_each_field_that_is_missing(self, client):
        page = client.post(BOOK, {})
        assert page.status_code == 422
        assert OPEN_TOO_LONG in text_of(page)
        assert page.content.decode().count('href="#id_') == 9
        check_references(page)

    def test_back_shows_what_was_typed_for_an_hour_unless_it_was_sent(self, client, fields):
        """After Back, a browser fills in a form whose first fields have the same names."""

        def first_name(minutes: int) -> str:
            with time_machine.travel(opened + 60 * minutes):
                form = client.get(BOOK).content.decode().partition("<form")[2]
            return re.search(r'<input type="hidden" name="([^"]*)" value="">', form)[1]

        opened = 3600 * 400_000 + 60 * 5
        typed_in = first_name(0)
        assert first_name(50) == typed_in
        with time_machine.travel(opened + 60 * 10):
            client.post(BOOK, fields)
        later = {first_name(minutes) for minutes in (10, 11, 54, 56, 69, 71, 200, 10_000)}
        assert typed_in not in later
        with time_machine.travel(opened + 60 * 12):
            client.post(BOOK, fields | {"request_key": new_key()})
        assert first_name(12) not in later

    def test_after_sending_the_blank_form_says_so(self, client, fields):
        client.post(BOOK, fields)
        page = client.get(BOOK)
        assert "A request was sent from this phone or computer. See that request." in text_of(page)
        assert "Rosa Diaz" not in page.content.decode()
        assert "A request was sent" not in text_of(client.post(BOOK, fields | {"phone": "12"}))

    def test_errors_keep_everything_that_was_typed(self, client, fields, answers):
        typed = fields | {"phone": "555", "preferred_days": ["friday"], "note": "Step-free <b>way</b>"}
        page = client.post(BOOK, typed | {"sealed_answers": (sealed := seal(answers)), "share": "on"})
        assert page.status_code == 422
        assert hidden_value(page, "sealed_answers") == sealed
        body = page.content.decode()
        assert text_of(page).count("Enter a phone number with 10 digits, like 212 555 0142, or with + and the") == 2
        assert 'value="Rosa Diaz"' in body
        assert 'value="555"' in body
        assert "Step-free &lt;b&gt;way&lt;/b&gt;" in body
        assert re.search(r'value="friday"[^>]* checked', body)
        assert re.search(r'name="consent"[^>]* checked', body)
        assert re.search(r'name="share"[^>]* checked', body)
        assert hidden_value(page, "request_key") == fields["request_key"]
        assert 'href="#id_phone"' in body
        assert BookingRequest.objects.count() == 0

    def test_a_body_must_be_utf_8(self, client, fields):
        fields.pop("name")
        page = client.post(BOOK, urlencode(fields).encode() + b"&name=%ff%fe")
        assert page.status_code == 422
        assert "We took out characters we cannot read." in text_of(page)

    def test_a_key_of_another_browser_is_replaced_and_nothing_typed_is_lost(self, fields):
        other = PatientClient()
        other.cookies["csrftoken"] = "c" * 32
        page = other.post(BOOK, fields | {"note": "Step-free"})
        assert (page.status_code, BookingRequest.objects.count()) == (422, 0)
        assert OPEN_TOO_LONG in text_of(page)
        assert "Step-free" in page.content.decode()
        assert other.post(BOOK, fields | {"request_key": hidden_value(page, "request_key")}).status_code == 302

    def test_what_the_form_does_not_ask_changes_nothing(self, client, fields):
        client.post(BOOK, fields | {"status": "closed", "id": "7", "number": "AAAAAA", "shared_level": "3"})
        stored = BookingRequest.objects.get()
        assert (stored.status, stored.shared_level) == (Status.NEW, None)
        assert stored.number != "AAAAAA"


class TestSending:
    def test_a_sent_request_leads_to_its_page_by_a_cookie_that_says_nothing(self, client, fields):
        answer = client.post(BOOK, fields)
        assert (answer.status_code, answer.headers["Location"]) == (302, SENT)
        cookie = answer.cookies["request-sent"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (True, "Lax", "/", 3600)
        assert not cookie["domain"]
        # The request's key and when its content was sent; the time of the signature; the signature.
        stored = BookingRequest.objects.get()
        assert cookie.value.split(":")[0] == f"{stored.pk}-{stored.consented_at.timestamp()}"
        assert len(cookie.value.split(":")) == 3

    @pytest.mark.parametrize("error", [OperationalError, InterfaceError])
    def test_a_request_that_cannot_be_stored_is_not_lost(self, client, fields, error, monkeypatch, caplog):
        broken = Mock(side_effect=error("no such table: the row was Rosa Diaz"))
        monkeypatch.setattr(views, "submit_booking_request", broken)
        page = client.post(BOOK, fields | {"note": "Step-free"})
        assert page.status_code == 503
        assert "We could not save your request" in text_of(page)
        assert "(212) 555-0142" in text_of(page)
        assert 'value="Rosa Diaz"' in page.content.decode()
        assert "Step-free" in page.content.decode()
        assert hidden_value(page, "request_key") == fields["request_key"]
        assert title_of(page.content.decode()).startswith("Error: ")
        assert "request-sent" not in page.cookies
        assert "Rosa" not in caplog.text

    @pytest.mark.parametrize("failure", views.FAILURES)
    def test_each_failure_takes_the_focus_and_is_said_once(self, client, fields, failure):
        page = read(client.post(BOOK, fields | {"switch": failure}))
        assert "role" not in page.one("div", id="errors", tabindex="-1")
        assert page.one("div", role="alert")
        assert page.one("script", type="module")

    @pytest.mark.parametrize("language", ["", "/es"])
    def test_without_cookies_it_is_never_called_open_too_long(self, fields, answers, language):
        strict = PatientClient(enforce_csrf_checks=True)
        for switch in ({}, {}, {"switch": "checked"}):  # the last comes from the page in the other language
            strict.cookies.clear()
            typed = fields | switch | {"note": "Step-free", "sealed_answers": seal(answers)}
            page = strict.post(language + BOOK, typed)
            assert page.status_code == 403
            assert ("did not keep our cookie" in text_of(page)) == (not language)
            assert 'href="tel:+1-212-555-0142"' in page.content.decode()
            assert "Step-free" in page.content.decode()
            assert hidden_value(page, "sealed_answers")
            assert OPEN_TOO_LONG not in text_of(page)
        strict.cookies.clear()
        assert "did not keep our cookie" in text_of(strict.post("/admin/sign-in/", {"login": "manager"}))
        strict.cookies["csrftoken"] = "c" * 32
        assert "This page was open too long" in text_of(strict.post("/admin/sign-in/", {"login": "manager"}))

    def test_a_form_without_a_good_token_comes_back_filled_in(self, fields):
        strict = PatientClient(enforce_csrf_checks=True)
        page = strict.post(BOOK, fields | {"note": "Step-free"})
        assert page.status_code == 403
        assert OPEN_TOO_LONG in text_of(page)
        assert 'value="Rosa Diaz"' in page.content.decode()
        assert BookingRequest.objects.count() == 0

        key, token = hidden_value(page, "request_key"), hidden_value(page, "csrfmiddlewaretoken")
        assert key != fields["request_key"]
        again = fields | {"request_key": key, "csrfmiddlewaretoken": token}
        assert strict.post(BOOK, again).status_code == 302

    @pytest.mark.parametrize("origin", ["https://lure.example", "null", "", "http://127.0.0.1:8000.lure.example"])
    @pytest.mark.parametrize("path", [BOOK, "/es/book/"])
    @pytest.mark.parametrize("switch", [{}, {"switch": "checked"}, {"switch": "not_stored"}])
    def test_a_post_from_another_site_gets_an_empty_form(self, fields, answers, origin, path, switch):
        strict = PatientClient(enforce_csrf_checks=True)
        lure = fields | switch | {"note": "planted", "share": "on", "sealed_answers": seal(answers)}
        page = strict.post(path, lure, HTTP_ORIGIN=origin or None)
        assert page.status_code == 403
        body = page.content.decode()
        for planted in (fields["request_key"], "Rosa Diaz", "planted", "sealed_answers", 'name="share"', " checked"):
            assert planted not in re.sub(r'value="(any|en|es)"[^>]* checked', "", body)
        assert 'role="alert"' in body


class TestTheSentPage:
    def test_it_shows_the_same_again_and_names_nobody_in_its_title(self, client, fields):
        client.post(BOOK, fields)
        page = client.get(SENT)
        assert str(BookingRequest.objects.get()) in text_of(page)
        assert text_of(client.get(SENT)) == text_of(page)
        assert title_of(page.content.decode()).split(" – ")[0] == "Request sent"

    @pytest.mark.parametrize("status", [Status.CONTACTED, Status.SCHEDULED, Status.CLOSED, Status.SPAM])
    def test_it_promises_no_answer_once_the_staff_answered(self, client, fields, staff_user, status):
        client.post(BOOK, fields)
        assert "We will call (212) 555-0142" in text_of(client.get(SENT))
        actions.change_status(request=BookingRequest.objects.get(), to=status, by=staff_user)
        page = text_of(client.get(SENT))
        assert "Tell us your request number" in page
        assert not re.search("We will|Until then you have no visit", page)

    def test_who_shares_the_browser_hides_it(self, client, fields):
        assert "Call us about your request" in text_of(client.post(SENT)), "there is nothing to hide"
        blank = client.get(BOOK).content.decode()
        client.post(BOOK, fields)
        answer = client.post("/es/book/sent/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/es/book/sent/")
        for _ in range(2):
            page = text_of(client.get(SENT))
            assert "Call us about your request" in page
            assert str(BookingRequest.objects.get()) not in page
            form = client.get(BOOK)
            assert "A request was sent" not in text_of(form)
            # Else Back would fill in what was typed.
            names = [re.search(r'name="(form-[^"]*)"', each)[1] for each in (blank, form.content.decode())]
            assert names[0] != names[1]
            client.post(SENT)
        client.post(BOOK, fields | {"request_key": new_key()})
        assert "We got your request" in text_of(client.get(SENT)), "the next one is shown"

    def test_others_and_later_visits_only_see_how_to_call(self, client, fields):
        with time_machine.travel(time.time() - 3601):
            client.post(BOOK, fields)
        stored = BookingRequest.objects.get()
        for visitor in (PatientClient(), client):
            page = visitor.get(SENT)
            assert page.status_code == 200
            assert "Call us about your request" in text_of(page)
            assert str(stored) not in text_of(page)

    def test_new_content_is_shown_only_to_the_browser_that_sent_it(self, client, fields, staff_user):
        client.post(BOOK, fields)
        actions.change_status(request=BookingRequest.objects.get(), to=Status.CONTACTED, by=staff_user)
        assert str(BookingRequest.objects.get()) in text_of(client.get(SENT)), "what the staff change hides nothing"
        actions.change_status(request=BookingRequest.objects.get(), to=Status.NEW, by=staff_user)
        BookingRequest.objects.update(status_changed_at=None, status_changed_by=None)

        twin = PatientClient()  # the same cookies in another browser
        twin.post(BOOK, fields | {"phone": "(212) 555-0199"})
        assert BookingRequest.objects.count() == 1
        assert "(212) 555-0199" in text_of(twin.get(SENT))
        assert "Call us about your request" in text_of(client.get(SENT))
        assert "555-0199" not in text_of(client.get(SENT))

    @pytest.mark.parametrize("value", ["", "1", "1:forged:signature", "x" * 3000, "signed", "row", "erased"])
    def test_a_cookie_that_is_not_that_of_a_stored_request_opens_nothing(self, client, fields, value):
        client.post(BOOK, fields)
        if value == "erased":
            BookingRequest.objects.all().delete()
        elif value in ("signed", "row"):  # by us, for something else or for the row, whatever it holds
            other, salt = HttpResponse(), views.SENT_COOKIE_SEAL["salt"] if value == "row" else "other"
            other.set_signed_cookie("request-sent", str(BookingRequest.objects.get().pk), salt=salt)
            client.cookies["request-sent"] = other.cookies["request-sent"].value
        else:  # newer Pythons refuse a NUL
            client.cookies["request-sent"] = value
        assert "Call us about your request" in text_of(client.get(SENT))

    def test_with_the_database_gone_it_says_how_to_call(self, client, fields, monkeypatch):
        client.post(BOOK, fields)
        monkeypatch.setattr(BookingRequest.objects, "filter", Mock(side_effect=OperationalError))
        page = client.get(SENT)
        assert (page.status_code, "Call us about your request" in text_of(page)) == (200, True)


class TestAnswersThatComeAlong:
    def test_they_are_shown_in_full_beside_an_unchecked_box(self, client, answers):
        page = client.post(FROM_ADVICE, PLAIN_SPASM | {"duration": "weeks_2_or_not_sure"})
        assert page.status_code == 200
        for question, given in answers.lines:
            assert question in text_of(page)
            assert all(words in text_of(page) for words in given)
        assert "Yes, send my symptom answers to the clinic" in text_of(page)
        assert not re.search(r'name="share"[^>]* checked', page.content.decode())
        # Back would not find this page again, nor, in Firefox, what was typed into a blank form.
        for form in (page, client.get(BOOK)):
            assert form.content.decode().count('<a href="/when-to-get-help/" target="_blank">') == 3

    @pytest.mark.parametrize("origin", ["https://lure.example", "null", None])
    def test_answers_that_another_site_posts_are_left_out(self, client, origin):
        page = client.post(FROM_ADVICE, PLAIN_SPASM | {"duration": "weeks_2_or_not_sure"}, HTTP_ORIGIN=origin)
        assert page.status_code == 200
        assert "We cannot tell that this came from our own page" in text_of(page)
        assert "sealed_answers" not in page.content.decode()
        assert "Your symptom answers" not in text_of(page)

    @pytest.mark.parametrize(
        "posted",
        [{}, {"signs": "nonsense"}, {"signs": "none"}, PLAIN_SPASM | {"duration": ["days_0_6", "months_3_up"]}],
    )
    def test_invalid_answers_are_left_out_of_the_form(self, client, posted):
        page = client.post(FROM_ADVICE, posted)
        assert page.status_code == 200
        assert "Request a visit" in title_of(page.content.decode())
        assert "symptom answers" not in text_of(page)
        assert "sealed_answers" not in page.content.decode()

    def test_an_emergency_gets_no_form(self, client):
        page = client.post(FROM_ADVICE, {"signs": "balance"})
        assert (page.status_code, "<form" in page.content.decode()) == (200, False)
        assert "Do not wait for a visit" in text_of(page)
        assert "Did it say to call 911? Then call 911 now." in text_of(page)

    def test_checked_they_are_stored_unchecked_they_are_dropped(self, client, fields, answers):
        token = seal(answers)
        client.post(BOOK, fields | {"sealed_answers": token, "share": "on"})
        assert BookingRequest.objects.get().shared_answers["codes"] == answers.to_dict()
        client.post(BOOK, fields | {"sealed_answers": token, "request_key": new_key()})
        assert BookingRequest.objects.order_by("id").last().shared_answers is None

    @pytest.mark.parametrize("forged", [None, "x" * 40_000], ids=["old", "forged"])
    def test_forged_or_old_answers_are_left_out_with_an_error(self, client, fields, answers, forged):
        with time_machine.travel(time.time() - MAX_AGE_SECONDS - 1):
            token = forged or seal(answers)
        page = client.post(BOOK, fields | {"sealed_answers": token, "share": "on"})
        assert page.status_code == 422
        assert "Your symptom answers are no longer here." in text_of(page)
        assert "Yes, send my symptom answers" not in text_of(page)
        assert 'value="Rosa Diaz"' in page.content.decode()

        again = client.post(BOOK, fields | {"request_key": hidden_value(page, "request_key")})
        assert again.status_code == 302
        assert BookingRequest.objects.get().shared_answers is None
