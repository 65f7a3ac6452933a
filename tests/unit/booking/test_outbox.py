"""What is sent, when it is tried again, and when it is given up. The tests set the clock."""

import datetime as dt
import smtplib
import uuid
from io import StringIO
from unittest.mock import Mock

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.db.models import QuerySet
from django.utils import timezone
from msgspec.structs import replace

from tests.unit.conftest import MONDAY_NOON, make_request
from triage.booking import actions, closures, outbox, retention
from triage.booking.models import Notice, Status
from triage.clinic import Holiday

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock(settings):
    settings.DESK_EMAIL = "desk@example.org"
    with time_machine.travel(MONDAY_NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def failing(monkeypatch):
    """failing(error): each mail fails with it from then on. failing(None): no more."""
    real = outbox.mail_for
    return lambda error: monkeypatch.setattr(outbox, "mail_for", Mock(side_effect=error) if error else real)


def send_all():
    return list(iter(outbox.send_next, None))


def to(address):
    return [message for message in mail.outbox if message.to == [address]]


# --- Their texts -----------------------------------------------------------------------------
def test_the_desk_is_told_the_number_and_where_to_look_and_nothing_else(send, answers, staff_client):
    stored = send(shared=answers, changed={"note": "I use a wheelchair"})
    send_all()
    (message,) = to("desk@example.org")
    link = f"http://127.0.0.1:8000/admin/triage/bookingrequest/{stored.pk}/change/"
    assert message.subject == f"New request {stored}"
    assert message.body.split() == f"A new request waits: {stored} {link}".split()
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert staff_client.get(link.partition("8000")[2]).status_code == 200


def test_a_location_with_a_desk_of_its_own_is_told_of_its_requests(send, settings):
    one, two = settings.CLINIC.locations
    settings.CLINIC = replace(settings.CLINIC, locations=(one, replace(two, email="two@example.org")))
    for location in ("two", "one", "", "closed_down"):
        send(changed={"email": "", "location": location})
    send_all()
    assert [message.to for message in mail.outbox] == [["two@example.org"], *[["desk@example.org"]] * 3]


def test_the_patient_reads_the_number_and_what_happens_next(send):
    stored = send(changed={"email": "rosa@example.com"})
    send_all()
    (message,) = to("rosa@example.com")
    assert message.subject == f"We got your request: {stored}"
    assert f"Your request number is {stored}." in message.body
    assert "We will contact you by 5\u00a0PM Eastern Time on Tuesday, November 17." in message.body
    assert "Until then you have no visit with us." in message.body
    assert "Call us at (212) 555-0142 and tell us your request number." in message.body
    assert "This email is not for emergencies. In an emergency, call 911." in message.body
    assert "New York Bone & Joint Specialists" in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.extra_headers["From"] == "New York Bone & Joint Specialists <no-reply@localhost>"


@pytest.mark.parametrize("hours", [0, 8], ids=["open", "closed"])  # when they asked
@pytest.mark.parametrize("meanwhile", ["the next day", "two days", Status.CONTACTED, Status.SCHEDULED, Status.CLOSED])
def test_a_late_confirmation_promises_nothing_that_is_over_or_came(send, staff_user, clock, hours, meanwhile):
    asked = MONDAY_NOON + dt.timedelta(hours=hours)
    stored = send(changed={"email": "rosa@example.com"}, now=asked)
    clock.move_to(asked)
    if isinstance(meanwhile, Status):
        actions.change_status(request=stored, to=meanwhile, by=staff_user)
    else:
        clock.move_to(MONDAY_NOON + dt.timedelta(days=1 if meanwhile == "the next day" else 2))
    send_all()
    (message,) = to("rosa@example.com")
    assert f"Your request number is {stored}." in message.body
    promises = [words in message.body for words in ("We will contact you", "Until then you have no visit")]
    assert promises == [meanwhile == "the next day"] * 2


def test_answers_and_what_cannot_be_delivered_come_back_to_people(send, settings):
    settings.CLINIC = replace(settings.CLINIC, email="hello@clinic.example.org")
    send(changed={"email": "rosa@bücher.example", "language": "es"})
    send_all()
    (message,) = to("rosa@bücher.example")
    assert (message.from_email, message.reply_to) == ("desk@example.org", ["hello@clinic.example.org"])
    raw = message.message().as_bytes()
    assert raw.isascii(), "a server need not know 8BITMIME"
    assert b"Content-Transfer-Encoding: quoted-printable" in raw
    assert max(map(len, raw.splitlines())) <= 78


def test_the_patient_reads_it_in_their_language(send):
    stored = send(changed={"email": "rosa@example.com", "language": "es"}, now=MONDAY_NOON + dt.timedelta(hours=8))
    send_all()
    (message,) = to("rosa@example.com")
    assert message.subject == f"Recibimos su solicitud: {stored}"
    assert f"El número de su solicitud es {stored}." in message.body
    assert "Nos comunicaremos con usted el martes 17 de noviembre, de 9\u00a0a.m. en adelante" in message.body
    assert "En una emergencia, llame al 911." in message.body
    (about_it,) = to("desk@example.org")
    assert about_it.subject == f"New request {stored}", "the desk reads English"


# --- When ------------------------------------------------------------------------------------
def test_each_is_sent_once(send):
    send(), send()
    assert len(send_all()) == 4
    assert outbox.send_next() is None
    assert len(mail.outbox) == 4
    for notice in Notice.objects.all():
        assert (notice.sent_at, notice.tries, notice.last_error) == (MONDAY_NOON, 1, "")
        assert (notice.claim, notice.claimed_until, notice.given_up_at) == (None, None, None)


def test_what_fails_is_tried_again_with_growing_pauses_for_three_days_and_given_up(send, failing, clock):
    send(changed={"email": ""})
    failing(TimeoutError())
    pauses = []
    while True:
        tried = outbox.send_next()
        assert tried.tries == len(pauses) + 1
        stored = Notice.objects.get()
        if stored.given_up_at:
            break
        pauses.append(stored.next_try_at - timezone.now())
        clock.move_to(stored.next_try_at - dt.timedelta(seconds=1))
        assert outbox.send_next() is None, "not before its time"
        clock.move_to(stored.next_try_at)
    assert dt.timedelta(seconds=54) <= pauses[0] <= dt.timedelta(seconds=66)
    assert pauses[:6] == sorted(pauses[:6])
    assert max(pauses) <= dt.timedelta(hours=4.4), "nobody waits longer once the server is back"
    assert dt.timedelta(days=2.7) <= sum(pauses, dt.timedelta()) <= dt.timedelta(days=3.3)
    assert list(Notice.objects.filter(outbox.UNSENT)) == [stored]
    assert outbox.send_next() is None
    assert stored.last_error == "TimeoutError"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (smtplib.SMTPRecipientsRefused({"rosa@example.com": (550, b"<rosa@example.com> unknown")}), "550"),
        (smtplib.SMTPSenderRefused(554, b"no mail for rosa@example.com", "a@b.c"), "SMTPSenderRefused 554"),
        (smtplib.SMTPDataError(451, b"later, rosa@example.com"), "SMTPDataError 451"),
        (smtplib.SMTPServerDisconnected("gone, rosa@example.com"), "SMTPServerDisconnected"),
        (ConnectionRefusedError(111, "rosa@example.com"), "ConnectionRefusedError"),
        (ValueError("Invalid address rosa@example.com"), "ValueError"),
    ],
)
def test_the_kind_of_error_is_kept_and_never_the_address(send, failing, caplog, error, said):
    send()
    failing(error)
    assert len(send_all()) == 2
    for notice in Notice.objects.all():
        assert said in notice.last_error
        assert "rosa" not in notice.last_error
    assert said in caplog.text
    assert "rosa" not in caplog.text


def test_without_an_address_of_the_desk_its_notices_wait(send, settings, clock):
    settings.DESK_EMAIL = ""
    send(changed={"email": ""})
    send_all()
    assert Notice.objects.get().last_error == "DESK_EMAIL is not set"
    settings.DESK_EMAIL = "desk@example.org"
    clock.shift(2 * MINUTE)
    send_all()
    assert len(to("desk@example.org")) == 1


@pytest.mark.parametrize("is_tried", [False, True])
@pytest.mark.parametrize("ahead", [dt.timedelta(hours=5), dt.timedelta(days=3), dt.timedelta(days=3650)])
def test_a_notice_made_while_the_clock_was_ahead_is_sent_now(send, failing, clock, ahead, is_tried):
    clock.move_to(MONDAY_NOON + ahead)
    send(changed={"email": ""})
    failing(TimeoutError())
    assert not is_tried or outbox.send_next().tries == 1
    failing(None)
    clock.move_to(MONDAY_NOON)
    assert outbox.send_next().sent_at == MONDAY_NOON


def test_the_one_due_longest_comes_first(send, clock, failing):
    first = send(changed={"email": ""})
    failing(TimeoutError())
    outbox.send_next()
    failing(None)
    clock.shift(MINUTE / 2)
    second = send(changed={"email": ""})
    assert outbox.send_next().request == second
    clock.shift(MINUTE)
    assert outbox.send_next().request == first


# --- The command -----------------------------------------------------------------------------
def test_once_sends_what_is_due_and_says_how_it_went(send, failing):
    send()
    out = StringIO()
    call_command("send_notices", "--once", stdout=out)
    failing(TimeoutError())
    send(changed={"email": ""})
    call_command("send_notices", "--once", stdout=out)
    assert out.getvalue() == "2 sent, 0 not sent.\n0 sent, 1 not sent.\n"


def test_a_public_site_without_a_mail_server_keeps_its_notices(send, settings):
    """Printing would lose them, and log patients' addresses."""
    send()
    settings.IS_HTTPS, settings.EMAIL_BACKEND = True, "django.core.mail.backends.console.EmailBackend"
    with pytest.raises(CommandError, match="EMAIL_URL is not set, so no notice of a request can be sent. Set the"):
        call_command("send_notices", "--once")
    assert Notice.objects.filter(sent_at=None, tries=0).count() == 2


# --- Claims ----------------------------------------------------------------------------------
def test_a_worker_that_lost_its_claim_writes_nothing(send, clock, failing, monkeypatch):
    send(changed={"email": ""})
    as_it_was = outbox._send

    def slow_try(notice):
        Notice.objects.update(claim=uuid.uuid4())  # another worker's by now
        return as_it_was(notice)

    monkeypatch.setattr(outbox, "_send", slow_try)
    outbox.send_next()
    stored = Notice.objects.get()
    assert stored.sent_at is None
    assert stored.claim is not None


def test_a_worker_ends_itself_before_its_lease_does():
    assert outbox.LEASE.total_seconds() - outbox.SECONDS_TO_SEND >= 60, "clocks may differ by a minute"
    assert outbox.SECONDS_TO_SEND > 120, "EMAIL_TIMEOUT is 120 at most"


def test_a_request_that_was_erased_while_its_mail_was_sent_is_no_error(send, monkeypatch):
    stored = send(changed={"email": ""})
    as_it_was = outbox._send
    monkeypatch.setattr(outbox, "_send", lambda notice: (stored.delete(), as_it_was(notice))[1])
    outbox.send_next()
    assert len(mail.outbox) == 1
    assert not Notice.objects.exists()


def test_a_mail_is_sent_again_if_its_outcome_was_not_saved(send, clock, monkeypatch):
    send(changed={"email": ""})
    monkeypatch.setattr(outbox, "_save_outcome", Mock(side_effect=OperationalError))
    with pytest.raises(OperationalError):
        outbox.send_next()
    monkeypatch.undo()
    assert outbox.send_next() is None, "still claimed"
    clock.shift(outbox.LEASE)
    assert outbox.send_next().sent_at
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second, "so that mail programs hide the second"


# --- Limits for each mailbox -----------------------------------------------------------------
def test_one_address_gets_three_confirmations_a_day(db, clock):
    """test_abuse.py has more spellings of one mailbox."""

    def ask(number):
        phone = f"tel:+1-212-555-010{number}"
        make_request(email="rosa@example.com", phone=phone, client="198.51.100.7", now=timezone.now())
        clock.shift(MINUTE)

    for number in range(4):
        ask(number)
    send_all()
    assert len(to("rosa@example.com")) == 3
    assert len(to("desk@example.org")) == 4, "the desk hears of all"
    left_out = Notice.objects.get(given_up_at__isnull=False)
    assert (left_out.last_error, left_out.sent_at) == (outbox.TOO_MANY, None)
    assert not Notice.objects.filter(outbox.UNSENT).exists(), "nobody has to look after it"
    clock.shift(dt.timedelta(days=1))
    ask(9)
    send_all()
    assert len(to("rosa@example.com")) == 4


def test_trying_again_does_not_count_as_one_more(send, failing, clock):
    send(changed={"email": "rosa@example.com"})
    failing(TimeoutError())
    for _ in range(5):
        send_all()
        clock.shift(2 * 60 * MINUTE)
    failing(None)
    send_all()
    assert len(to("rosa@example.com")) == 1


# --- What happens to a request meanwhile -----------------------------------------------------
@pytest.mark.parametrize("was_sent", [False, True])
def test_a_mended_address_gets_the_confirmation_that_waits_or_one_of_its_own(send, was_sent):
    key = uuid.uuid4()
    send(key, changed={"email": "roza@example.com"})
    if was_sent:
        send_all()
    send(key, changed={"email": "rosa@example.com"})
    send_all()
    assert (len(to("roza@example.com")), len(to("rosa@example.com"))) == (was_sent, 1)
    assert len(to("desk@example.org")) == 1


def test_an_address_that_was_taken_out_gets_nothing(send):
    key = uuid.uuid4()
    send(key, changed={"email": "rosa@example.com"})
    send(key, changed={"email": ""})
    send_all()
    assert [message.to for message in mail.outbox] == [["desk@example.org"]]
    assert Notice.objects.get(kind=Notice.Kind.PATIENT).last_error == outbox.NO_ADDRESS
    assert not Notice.objects.filter(outbox.UNSENT).exists()


# --- By hand ---------------------------------------------------------------------------------
def test_one_that_waits_is_sent_at_once_by_hand(send, failing, staff_user, clock):
    send(changed={"email": ""})
    failing(TimeoutError())
    send_all()
    failing(None)
    assert outbox.send_next() is None
    outbox.send_again(Notice.objects.all(), by=staff_user)
    assert outbox.send_next().sent_at


def test_one_that_was_sent_is_sent_again_as_a_new_one(send, staff_user):
    send(changed={"email": ""})
    send_all()
    outbox.send_again(Notice.objects.all(), by=staff_user)
    send_all()
    assert Notice.objects.filter(sent_at__isnull=False).count() == 2
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first != second


def test_one_that_is_under_way_is_not_sent_twice_by_hand(send, staff_user, monkeypatch):
    send(changed={"email": ""})
    as_it_was = outbox._send

    def try_while_a_colleague_is_impatient(notice):
        outbox.send_again(Notice.objects.all(), by=staff_user)
        assert outbox._claim() is None
        return as_it_was(notice)

    monkeypatch.setattr(outbox, "_send", try_while_a_colleague_is_impatient)
    send_all()
    assert len(mail.outbox) == 1


# --- The morning's digest --------------------------------------------------------------------
@pytest.fixture
def morning(settings, clock):
    """morning(day, hour): a worker's round at that hour of November 2026. Returns the digests sent so far."""
    settings.MORNING_DIGEST = True

    def work(day, hour, minute=0):
        clock.move_to(MONDAY_NOON.replace(day=day, hour=hour, minute=minute))
        outbox.add_digest()
        send_all()
        return [message.body for message in to("desk@example.org") if message.subject == "What waits at the desk"]

    return work


def test_a_digest_counts_what_waits_and_says_no_more(send, staff_user, morning):
    thursday, friday, today = (MONDAY_NOON.replace(day=day, hour=11) for day in (12, 13, 16))
    for asked in (thursday, friday, today):
        send(now=asked, changed={"note": "The pain is bad"})
    for at in (today.replace(hour=15), today.replace(day=17)):
        called, came = send(now=thursday), send(now=thursday)
        actions.add_note(request=called, by=staff_user, contact="reached", call_at=at)
        actions.change_status(request=came, to=Status.SCHEDULED, by=staff_user, visit_at=at)
    spam = send(now=thursday)
    actions.add_note(request=spam, by=staff_user, contact="no_answer", call_at=today)
    actions.change_status(request=spam, to=Status.SPAM, by=staff_user)  # nobody has to call
    (body,) = morning(16, 12)
    counts = "New: 3 Overdue: 1 Due today: 3 Visits today: 1"
    assert body.split() == f"{counts} http://127.0.0.1:8000/admin/".split()


def test_it_comes_once_on_each_day_on_which_the_desk_is_open(db, morning, monkeypatch):
    snow = Holiday("Snow", dt.date(2026, 11, 17)), Holiday("", dt.date(2026, 11, 18), dt.time(11))
    monkeypatch.setattr(closures._read, "days", {each.date: each for each in snow})
    assert morning(16, 8, 59) == []
    for hour in (9, 10, 16):
        assert len(morning(16, hour)) == 1
    assert len(morning(16, 17)) == len(morning(17, 12)) == 1, "closed by a manager"
    assert len(morning(18, 11)) == 1, "a short day is over"
    assert len(morning(19, 16, 59)) == 2, "no worker ran before"
    assert len(morning(21, 12)) == len(morning(26, 12)) == 2, "Saturday, Thanksgiving"


@pytest.mark.parametrize("off", [{"MORNING_DIGEST": False}, {"DESK_EMAIL": ""}])
def test_it_can_be_turned_off(db, morning, settings, off):
    for name, value in off.items():
        setattr(settings, name, value)
    morning(16, 12)
    assert not Notice.objects.exists()


def test_two_workers_add_one_digest(db, morning, monkeypatch):
    outbox.add_digest()
    monkeypatch.setattr(QuerySet, "get", Mock(side_effect=[Notice.DoesNotExist, None]))  # read too early
    outbox.add_digest()
    assert Notice.objects.count() == 1


def test_one_that_fails_is_tried_on_its_day_alone_and_all_go(db, morning, failing, clock, client, manager_user):
    failing(OSError("refused"))
    morning(16, 9)
    failing(None)
    assert len(morning(17, 8)) == 0
    assert (Notice.objects.get().last_error, Notice.objects.filter(outbox.UNSENT).count()) == (outbox.DAY_OVER, 0)
    assert len(morning(17, 9)) == 1
    client.force_login(manager_user)
    page = client.get("/admin/triage/notice/").content.decode()
    assert page.count("What waits, to the desk") == 2
    sent = Notice.objects.latest("pk")
    client.post("/admin/triage/notice/", {"action": "send_again", "_selected_action": sent.pk, "index": 0})
    assert len(morning(17, 10)) == 2
    clock.move_to(MONDAY_NOON + dt.timedelta(days=31, hours=1))
    retention.delete_expired()
    assert not Notice.objects.exists()
