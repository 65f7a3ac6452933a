"""Limits slow down programs. A person can always send a request, or reads how to reach us."""

import re
import time

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.test import RequestFactory

from tests.conftest import PatientClient, new_key
from tests.unit.booking.test_views import BOOK, hidden_value, text_of
from triage.booking import limits
from triage.booking.forms import HONEYPOT, OPENED_SIGNER, SEND_ONCE_MORE
from triage.booking.limits import client_address
from triage.booking.models import BookingRequest, Notice, RateLimitHit
from triage.booking.outbox import UNSENT

pytestmark = pytest.mark.django_db
FEW = 3  # in place of each limit
BY_EMAIL = {"phone": "", "reach_by": "email"}


def opened(seconds_ago: float) -> str:
    return OPENED_SIGNER.sign(str(int(time.time() - seconds_ago)))


def another(fields, number=0, **differs) -> dict:
    """The form of another person."""
    own = {"request_key": new_key(), "phone": f"(212) 555-{number:04}"}
    return fields | own | differs


class TestTheTimeToFillItIn:
    @pytest.fixture(autouse=True)
    def as_on_a_server(self, settings):
        settings.MINIMUM_FILL_SECONDS = 3

    def test_a_form_sent_too_quickly_comes_back_filled_in(self, client, fields):
        blank = client.get(BOOK)
        typed = fields | {"opened": hidden_value(blank, "opened"), "note": "Step-free"}
        page = client.post(BOOK, typed)
        assert page.status_code == 422
        assert str(SEND_ONCE_MORE) in text_of(page)
        assert "Step-free" in page.content.decode()
        assert hidden_value(page, "request_key") == fields["request_key"]
        assert not BookingRequest.objects.exists()
        with time_machine.travel(time.time() + 3):
            assert client.post(BOOK, typed | {"opened": hidden_value(page, "opened")}).status_code == 302

    @pytest.mark.parametrize("seconds", [4, 60, 9 * 24 * 60 * 60])
    def test_a_form_may_be_open_for_days(self, client, fields, seconds):
        assert client.post(BOOK, fields | {"opened": opened(seconds)}).status_code == 302

    @pytest.mark.parametrize("value", ["", "1", "1:forged", "\x00", "x" * 9000, "٣:٣", -60, -1e9])
    def test_a_forged_time_and_one_of_a_wrong_clock_start_anew(self, client, fields, value):
        page = client.post(BOOK, fields | {"opened": value if isinstance(value, str) else opened(value)})
        assert page.status_code == 422
        with time_machine.travel(time.time() + 4):
            assert client.post(BOOK, fields | {"opened": hidden_value(page, "opened")}).status_code == 302

    def test_other_mistakes_are_said_first(self, client, fields):
        page = client.post(BOOK, fields | {"phone": "555"})
        assert str(SEND_ONCE_MORE) not in text_of(page)

    def test_the_time_goes_along_to_the_other_language(self, client, fields):
        token = opened(5)
        page = client.post("/es/book/", fields | {"opened": token, "switch": "unchecked"})
        assert hidden_value(page, "opened") == token


class TestTheTrap:
    def test_the_trap_field_is_invisible(self, client):
        trap = rf'<p hidden><label>[^<]*<input [^>]*name="{HONEYPOT}" autocomplete="off" tabindex="-1">'
        assert re.search(trap, client.get(BOOK).content.decode())

    def test_a_filled_in_trap_brings_the_form_back_with_an_empty_one(self, client, fields):
        page = client.post(BOOK, fields | {HONEYPOT: "http://buy.example"})
        assert page.status_code == 422
        assert str(SEND_ONCE_MORE) in text_of(page)
        assert "buy.example" not in page.content.decode()
        assert 'value="Rosa Diaz"' in page.content.decode()
        assert not BookingRequest.objects.exists()
        assert client.post(BOOK, fields | {HONEYPOT: ""}).status_code == 302


class TestLimits:
    @pytest.fixture(autouse=True)
    def low_limits(self, monkeypatch):
        monkeypatch.setattr(limits, "PER_CLIENT", FEW)
        monkeypatch.setattr(limits, "PER_CONTACT", FEW)

    def test_many_from_one_address_are_flagged_and_not_mailed(self, client, fields, settings, staff_client):
        settings.DESK_EMAIL = "desk@example.org"
        for number in range(FEW + 12):
            own = another(fields, number, email=f"a{number}@example.org")
            assert client.post(BOOK, own).status_code == 302
        flagged = BookingRequest.objects.filter(is_flagged=True)
        assert flagged.count() == 12
        call_command("send_notices", "--once")
        assert sum(message.to != [settings.DESK_EMAIL] for message in mail.outbox) == FEW
        assert Notice.objects.filter(kind="desk", request__in=flagged).count() == 2, "the desk is told, and not flooded"
        assert not Notice.objects.filter(UNSENT).exists(), "nobody has to look after them"
        assert "look in your spam folder" not in text_of(client.get("/book/sent/"))
        assert "one of very many" in staff_client.get("/admin/triage/bookingrequest/").content.decode()
        page = staff_client.get(f"/admin/triage/bookingrequest/{flagged.first().pk}/change/")
        assert "One of very many requests from one place on the internet within an hour." in text_of(page)

    def test_one_address(self, client, fields, monkeypatch):
        monkeypatch.setattr(limits, "MOST_TIMES", 2)
        for number in range(2 * FEW):
            assert client.post(BOOK, another(fields, number)).status_code == 302
        page = client.post(BOOK, another(fields, 9000, name="Luz Marin", note="Step-free"))
        assert page.status_code == 429
        assert page.headers["Retry-After"] == "86400"
        assert "We did not save this request" in text_of(page)
        assert 'href="tel:+1-212-555-0142"' in page.content.decode()
        assert 'value="Luz Marin"' in page.content.decode()
        assert "Step-free" in page.content.decode()
        assert BookingRequest.objects.count() == 2 * FEW

        elsewhere = PatientClient(REMOTE_ADDR="198.51.100.7")
        assert elsewhere.post(BOOK, another(fields, 9001)).status_code == 302
        with time_machine.travel(time.time() + 3601):
            assert client.post(BOOK, another(fields, 9000)).status_code == 302

    @pytest.mark.parametrize(
        ("contact", "same"),
        [
            ({"phone": "(212) 555-0142"}, {"phone": "212.555.0142 ext 9"}),
            (BY_EMAIL | {"email": "ana@example.org"}, BY_EMAIL | {"email": "Ana@Example.org"}),
            (BY_EMAIL | {"email": "a.na+x@gmail.com"}, BY_EMAIL | {"email": '"ana"@googlemail.com'}),
        ],
    )
    def test_one_phone_or_email_from_many_addresses(self, fields, contact, same):
        for number in range(FEW):
            visitor = PatientClient(REMOTE_ADDR=f"198.51.100.{number}")
            assert visitor.post(BOOK, another(fields, **contact)).status_code == 302
        visitor = PatientClient(REMOTE_ADDR="198.51.100.99")
        assert visitor.post(BOOK, another(fields, **same)).status_code == 429
        with time_machine.travel(time.time() + 24 * 3600 + 1):
            assert visitor.post(BOOK, another(fields, **same)).status_code == 302

    def test_many_networks_of_one_company_count_together_too(self, fields, monkeypatch):
        monkeypatch.setattr(limits, "PER_NETWORK", 2)
        monkeypatch.setattr(limits, "MOST_TIMES", 2)
        visitors = [PatientClient(REMOTE_ADDR=f"2001:db8:1:{number}::7") for number in range(5)]
        answers = [each.post(BOOK, another(fields, number)).status_code for number, each in enumerate(visitors)]
        assert answers == [302, 302, 302, 302, 429]
        assert list(BookingRequest.objects.values_list("is_flagged", flat=True)) == [False, False, True, True]
        assert PatientClient(REMOTE_ADDR="2001:db8:2::7").post(BOOK, another(fields, 9)).status_code == 302

    def test_invalid_forms_and_repeats_are_not_counted(self, client, fields):
        for _ in range(FEW + 2):
            assert client.post(BOOK, fields | {"phone": "555"}).status_code == 422
        for _ in range(FEW + 2):
            assert client.post(BOOK, fields).status_code == 302
        assert not BookingRequest.objects.filter(is_flagged=True).exists()
        assert BookingRequest.objects.count() == 1
        assert RateLimitHit.objects.count() == 2

    def test_changing_one_request_again_and_again_counts(self, client, fields):
        # Otherwise each new address would get a mail.
        for number in range(FEW):
            assert client.post(BOOK, fields | {"email": f"a{number}@example.org"}).status_code == 302
        assert client.post(BOOK, fields | {"email": "more@example.org"}).status_code == 429

    def test_hits_of_a_clock_that_was_ahead_are_ignored(self, client, fields):
        with time_machine.travel(time.time() + 40 * 24 * 3600):
            answers = [client.post(BOOK, another(fields, 142)).status_code for _ in range(FEW + 1)]
        assert answers == [302, 302, 302, 429]
        assert client.post(BOOK, another(fields, 142)).status_code == 302

    def test_the_table_holds_nothing_personal(self, client, fields):
        client.post(BOOK, fields | {"email": "rosa@example.org"})
        rows = str(list(RateLimitHit.objects.values()))
        assert RateLimitHit.objects.count() == 3
        for secret in ("127.0.0.1", "0142", "rosa", "phone", "client"):
            assert secret not in rows


@pytest.mark.parametrize(
    "ways", [("w{}", "ana", "x{}"), ("ana", "x{}"), ("w{}", "Ana+{}"), ("ana", "x{}", "ana", "y{}")]
)
def test_a_mailbox_gets_three_mails_a_day_whatever_its_requests_name_since(client, fields, ways):
    for number in range(5):
        own = another(fields, number)
        for way in ways:
            assert client.post(BOOK, own | {"email": f"{way.format(number)}@example.org"}).status_code in (302, 429)
            call_command("send_notices", "--once")
    assert sum(message.to[0].lower().startswith("ana") for message in mail.outbox) == 3


class TestWhoseAddress:
    @pytest.mark.parametrize(
        ("proxies", "peer", "forwarded", "address"),
        [
            (0, "203.0.113.5", "1.1.1.1", "203.0.113.5"),
            (1, "10.0.0.1", "203.0.113.5", "203.0.113.5"),
            (1, "10.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"),
            (2, "10.0.0.1", "1.1.1.1, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
            (1, "10.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"),
            (1, "10.0.0.1", "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
            (1, "10.0.0.1", "2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
            (1, "10.0.0.1", "203.0.113.5:4431", "203.0.113.5"),
            (1, "10.0.0.1", "1.1.1.1:80, [2001:db8:1:2:cccc::1]:443", "2001:db8:1:2::/64"),
            (1, "10.0.0.1", "2001:db8:1:2:0:0:0:1", "2001:db8:1:2::/64"),
            (2, "10.0.0.1", "203.0.113.5:443", "203.0.113.5"),  # one of the two fields is empty
            (1, "10.0.0.1", "", ""),
            (1, "10.0.0.1", "unknown", ""),
            (0, "", "", ""),
        ],
    )
    def test_forged_forwarded_addresses_are_ignored(self, settings, proxies, peer, forwarded, address):
        settings.TRUSTED_PROXIES = proxies
        request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
        assert client_address(request) == address
