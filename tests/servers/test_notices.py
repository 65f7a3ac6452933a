"""Real workers, real databases, and a mail server that behaves badly."""

import sqlite3
from contextlib import closing

import pytest
from django.utils import timezone

from tests.bench import made_up
from tests.postgres import DATABASES
from tests.served import wait_until
from tests.servers.conftest import on_database, send_notices
from tests.servers.mail_server import How
from tests.unit.conftest import make_request
from triage.booking import outbox, retention
from triage.booking.models import BookingRequest, Notice


# --- One mail server, one process ------------------------------------------------------------
@pytest.fixture
def mail_settings(settings, mail_server, db):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = mail_server.server_address
    settings.EMAIL_TIMEOUT = 20
    settings.DESK_EMAIL = "desk@example.org"
    return settings


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (How.REFUSES, "SMTPRecipientsRefused 550"),
        (How.BUSY, "SMTPRecipientsRefused 451"),
        (How.HANGS, "SMTPServerDisconnected"),
        (How.DROPS, "SMTPServerDisconnected"),
    ],
)
def test_a_mail_that_was_refused_is_sent_later(mail_settings, mail_server, how, said):
    make_request(email="")
    assert mail_server.callers == 0, "a request is stored without a word to the mail server"
    mail_server.how = how
    if how is How.HANGS:
        mail_settings.EMAIL_TIMEOUT = 1
    tried = outbox.send_next()
    assert (tried.sent_at, tried.last_error) == (None, said)
    mail_server.how, mail_settings.EMAIL_TIMEOUT = How.TAKES, 20
    Notice.objects.update(next_try_at=tried.created_at)
    assert outbox.send_next().sent_at
    assert outbox.send_next() is None
    # Twice only if the server accepted it and its answer was lost; both then have the same Message-ID.
    assert len(mail_server.taken) == (2 if how is How.DROPS else 1)
    assert len(set(mail_server.ids())) == 1


@pytest.mark.parametrize("how", [How.SLOW, How.LINGERS])
def test_a_slow_server_gets_the_mail_once(mail_settings, mail_server, how):
    mail_settings.EMAIL_TIMEOUT = 2  # longer than the pause before each line, shorter than all together
    make_request(email="")
    mail_server.how = how
    assert outbox.send_next().sent_at
    assert outbox.send_next() is None
    assert len(mail_server.taken) == 1


# --- Several processes -----------------------------------------------------------------------
def ask(site, count: int) -> None:
    """Make `count` requests with different emails, and so two notices for each."""
    with on_database(site.database_url):
        for place in range(count):
            make_request(now=timezone.now(), email=f"rosa{place}@example.com")


def test_two_workers_at_once_send_each_once(site, mail_server):
    site.env["EMAIL_TIMEOUT"] = "60"
    ask(site, 10)
    mail_server.how = How.HANGS
    workers = [site.program("send_notices", "--once") for _ in range(2)]
    wait_until(lambda: mail_server.callers == 2)  # each has one, and the other 18 wait
    mail_server.how = How.TAKES
    said = [worker.communicate(timeout=120)[0].split() for worker in workers]
    assert all(worker.returncode == 0 for worker in workers)
    assert len(mail_server.taken) == len(set(mail_server.ids())) == 20
    sent = [int(words[0]) for words in said]
    assert sum(sent) == 20
    assert min(sent) > 0
    assert site.sql("SELECT count(*) FROM triage_notice WHERE sent_at IS NULL OR claim IS NOT NULL") == [(0,)]


def test_a_worker_killed_in_the_middle_of_a_mail_loses_nothing(site, mail_server):
    ask(site, 2)
    mail_server.how = How.HANGS
    worker = site.program("send_notices")
    wait_until(lambda: mail_server.callers)
    worker.kill()
    worker.wait()
    mail_server.how = How.TAKES
    assert send_notices(site) == "3 sent, 0 not sent.", "the fourth is still claimed"
    site.make_due()
    assert send_notices(site) == "1 sent, 0 not sent."
    assert len(mail_server.taken) == len(set(mail_server.ids())) == 4


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_a_worker_told_to_end_in_the_middle_of_a_mail_ends_after_it(site, mail_server):
    ask(site, 1)
    mail_server.how = How.HANGS
    worker = site.program("send_notices")
    wait_until(lambda: mail_server.callers)
    worker.terminate()
    mail_server.how = How.TAKES
    assert worker.wait(30) == 0
    assert site.sql("SELECT tries, claim FROM triage_notice ORDER BY sent_at IS NULL") == [(1, None), (0, None)]
    assert len(mail_server.taken) == 1


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_a_worker_ends_itself_if_a_server_is_too_slow(site, mail_server):
    ask(site, 1)
    mail_server.how = How.DRIPS
    program = "from triage.booking import outbox; outbox.SECONDS_TO_SEND = 1; outbox.send_next()"
    assert site.program("shell", "--verbosity=0", "--command", program).wait(60) == 1
    mail_server.how = How.TAKES
    assert send_notices(site) == "1 sent, 0 not sent.", "the other is still claimed"
    site.make_due()
    assert send_notices(site) == "1 sent, 0 not sent."
    assert len(mail_server.taken) == len(set(mail_server.ids())) == 2


if "postgres" in DATABASES:

    @pytest.mark.parametrize("site", ["postgres"], indirect=True)
    def test_a_worker_survives_an_outage_of_its_database(site, mail_server, postgres, tmp_path):
        ask(site, 1)
        mail_server.how = How.BUSY
        log = tmp_path / "log"
        with log.open("w") as stderr:
            worker = site.program("send_notices", stderr=stderr)
        wait_until(lambda: mail_server.callers == 2)
        postgres.stop()
        wait_until(lambda: "The database does not answer" in log.read_text())
        postgres.start()
        assert worker.poll() is None
        mail_server.how = How.TAKES
        site.make_due()
        wait_until(lambda: len(mail_server.taken) == 2)


# --- Erasing ---------------------------------------------------------------------------------
def test_many_are_made_and_erased_on_each_database(site):
    with on_database(site.database_url):
        made_up.fill(500, 1000)
    assert site.sql("SELECT count(*) FROM triage_bookingrequest") == [(1500,)]
    ((closed, spam),) = site.sql(
        "SELECT sum(CASE status WHEN 'closed' THEN 1 ELSE 0 END), sum(CASE status WHEN 'spam' THEN 1 ELSE 0 END)"
        " FROM triage_bookingrequest"
    )
    assert min(closed, spam) > 0
    site.sql("UPDATE triage_bookingrequest SET status_changed_at = '2020-01-01 00:00:00+00:00' WHERE status <> 'new'")
    send_notices(site)
    assert site.sql("SELECT count(*) FROM triage_bookingrequest WHERE status IN ('closed', 'spam')") == [(0,)]
    assert site.sql("SELECT count(*) FROM triage_auditevent WHERE what = 'erased'")[0][0] >= 3, "in batches"


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_no_name_is_left_in_the_bytes_of_the_file(site, tmp_path):
    """Without secure_delete, SQLite leaves the bytes of deleted rows."""
    ask(site, 20)
    stored = [tmp_path / name for name in ("db.sqlite3", "db.sqlite3-wal")]

    def is_in_a_file(name: bytes) -> bool:
        return any(name in path.read_bytes() for path in stored if path.exists())

    assert is_in_a_file(b"Rosa Diaz")
    # The site has it open, too: the last process to close the file would empty its journal.
    with closing(sqlite3.connect(stored[0])) as other, on_database(site.database_url):
        assert other.execute("SELECT count(*) FROM triage_bookingrequest").fetchone() == (20,)
        retention.erase_requests(BookingRequest.objects.filter(bare_phone="tel:+1-212-555-0142"))
        assert other.execute("SELECT count(*) FROM triage_bookingrequest").fetchone() == (0,)
        for name in (b"Rosa Diaz", b"rosa7@example.com", b"212-555-0142"):
            assert not is_in_a_file(name)
