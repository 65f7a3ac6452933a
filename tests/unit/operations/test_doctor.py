"""`manage.py doctor` on an installation that is well, and on each way in which it is not."""

import datetime as dt
import os
import smtplib
import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from triage.booking.models import BookingRequest, Notice, Status
from triage.management.commands import doctor
from triage.operations import checks, health


class Line:
    """What http.client shows of a site with TLS."""

    status, days, error = 200, 60, None

    def __init__(self, *arguments, **options):
        self.sock = self

    def connect(self):
        if Line.error:
            raise Line.error

    def getpeercert(self):
        ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=Line.days, hours=1)
        return {"notAfter": f"{ends:%b %d %H:%M:%S %Y} GMT"}

    def request(self, method, path):
        assert (method, path) == ("GET", "/")

    def getresponse(self):
        return self

    def close(self):
        pass


@pytest.fixture
def well(settings, tmp_path, monkeypatch, manager_user):
    """An installation with nothing left to do. Returns the folder of its copies."""
    settings.SITE_URL, settings.IS_HTTPS, settings.TRUSTED_PROXIES = "https://backs.example.org", True, 1
    settings.BACKUP_DIR = tmp_path
    (tmp_path / "back-spasm-2026-01-15-030000.copy").touch()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = settings.DESK_EMAIL = "desk@example.org"
    TOTP.activate(manager_user, generate_totp_secret())
    for check in ("no_placeholder_is_left", "clinicians_have_signed"):
        monkeypatch.setattr(checks, check, lambda _configs: [])
    monkeypatch.setattr(doctor, "run_checks", lambda **_options: [])
    monkeypatch.setattr(doctor.http.client, "HTTPSConnection", Line)
    monkeypatch.setattr(Line, "error", None)
    return tmp_path


def said(capsys) -> tuple[list[str], str]:
    """The steps that are left, and all that was printed."""
    try:
        call_command("doctor")
    except CommandError as error:
        assert "docs/deployment.md" in str(error)
    printed = capsys.readouterr().out
    return [line[7:] for line in printed.splitlines() if line.startswith("TO DO")], printed


def test_nothing_is_left(well, capsys):
    assert said(capsys)[0] == []
    call_command("doctor")
    assert capsys.readouterr().out.endswith("Nothing is left to do.\n")


def test_this_machine_has_all_of_it_left_but_its_database(db, capsys):
    left, printed = said(capsys)
    assert left == ["clinic facts", "settings", "mail", "staff", "back-ups", "sign-off"]
    assert "phone is still a placeholder." in printed
    assert printed.count("Write the clinic's real fact into") == 1
    assert "SITE_URL is not an https:// address." in printed
    assert "XFrameOptions" not in printed


def test_settings_that_are_not_for_a_server(well, settings, capsys):
    settings.TRUSTED_PROXIES = 0
    assert said(capsys)[0] == ["settings"]


def test_tables_of_another_release(well, monkeypatch, capsys):
    monkeypatch.setattr(health, "is_migrated", lambda: False)
    assert said(capsys)[0] == ["database"]


def test_no_database(well, monkeypatch, capsys):
    def away():
        raise OperationalError

    monkeypatch.setattr(health, "is_migrated", away)
    left, printed = said(capsys)
    assert left == ["database"]
    assert "The database does not answer" in printed


@pytest.mark.parametrize("error", [ConnectionRefusedError(), smtplib.SMTPAuthenticationError(535, b"no")])
def test_mail_that_lets_nobody_in(well, monkeypatch, capsys, error):
    def refuse(_self):
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.__enter__", refuse)
    left, printed = said(capsys)
    assert left == ["mail"]
    assert type(error).__name__ in printed


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"error": ConnectionRefusedError("refused")}, "does not answer from here: refused"),
        ({"days": 3}, "The certificate ends in 3 days"),
        ({"status": 301}, "X-Forwarded-Proto"),
        ({"status": 503}, "answers 503"),
    ],
)
def test_the_address(well, monkeypatch, capsys, changed, sentence):
    for name, value in changed.items():
        monkeypatch.setattr(Line, name, value)
    left, printed = said(capsys)
    assert left == ["address and certificate"]
    assert sentence in printed


def test_staff_without_a_second_factor(well, staff_user, capsys):
    left, printed = said(capsys)
    assert left == ["staff"]
    assert "so far: front-desk." in printed
    assert "No manager" not in printed


def test_a_worker_that_does_not_work(well, send, manager_user, capsys):
    stored = send()
    Notice.objects.update(next_try_at=timezone.now() - dt.timedelta(hours=1))
    Notice.objects.create(request=stored, kind=Notice.Kind.DESK, given_up_at=timezone.now())
    old = timezone.now() - dt.timedelta(days=400)
    closed = {"status": Status.CLOSED, "status_changed_at": old, "status_changed_by": manager_user}
    BookingRequest.objects.filter(pk=stored.pk).update(**closed)
    left, printed = said(capsys)
    assert left == ["worker"]
    for sentence in ("A notice has waited for", "1 notices were given up", "Requests are kept longer"):
        assert sentence in printed


def test_copies(well, settings, capsys):
    two_days_ago = time.time() - 48 * 3600 - 60
    os.utime(well / "back-spasm-2026-01-15-030000.copy", (two_days_ago, two_days_ago))
    assert "is 48 hours old" in said(capsys)[1]
    (well / "back-spasm-2026-01-15-030000.copy").unlink()
    assert "There is no copy" in said(capsys)[1]
    settings.BACKUP_DIR = None
    assert said(capsys)[0] == ["back-ups"]


def test_the_steps_stand_in_the_guide_in_the_same_order(settings):
    guide = (settings.BASE_DIR / "docs/deployment.md").read_text("utf-8").lower()
    places = [guide.find(f"(`doctor`: {title})") for title in doctor.STEPS]
    assert -1 not in places
    assert places == sorted(places)
