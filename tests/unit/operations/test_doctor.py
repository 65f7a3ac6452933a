"""`manage.py doctor` on a complete installation, and for each fault."""

import datetime as dt
import os
import smtplib
import sqlite3
from contextlib import closing
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock, Mock

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError
from django.utils import timezone
from msgspec.structs import replace

from triage.booking.models import BookingRequest, Notice, Status
from triage.clinic import Clinic, Holiday
from triage.environment import Environment
from triage.management.commands import doctor
from triage.operations import backup, checks, health
from triage.operations.checks import disk_kind


@pytest.fixture
def connection(monkeypatch):
    """A mock of http.client's connection to a site with TLS."""
    shown = MagicMock()
    monkeypatch.setattr(checks.http.client, "HTTPSConnection", lambda *_, **__: shown)
    shown.getresponse.return_value.status = 200
    ends_in(shown, days=60)
    return shown


def ends_in(connection, days):
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=days, hours=1)
    connection.sock.getpeercert.return_value = {"notAfter": f"{ends:%b %d %H:%M:%S %Y} GMT"}


@pytest.fixture(autouse=True)
def local_disk(monkeypatch):
    """The disks of the test machine look local, and have room."""
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _folder: SimpleNamespace(used=84, free=16))
    monkeypatch.setattr(checks, "disk_kind", lambda _folder: "ext4")


def make_copy(folder: Path, hours: float) -> Path:
    """A whole copy, made so many hours ago."""
    copy = folder / (timezone.now() - dt.timedelta(hours=hours, minutes=1)).strftime(backup.NAME)
    with closing(sqlite3.connect(copy)) as database:
        database.execute("CREATE TABLE triage_bookingrequest (id)")
    return copy


@pytest.fixture
def ready(settings, tmp_path, monkeypatch, manager_user, connection):
    """An installation with nothing left to do. Returns the folder of its back-ups."""
    settings.SITE_URL, settings.IS_HTTPS, settings.TRUSTED_PROXIES = "https://backs.example.org", True, 1
    settings.BACKUP_DIR = tmp_path
    make_copy(tmp_path, hours=1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = settings.DESK_EMAIL = "desk@example.org"
    # Django's own look at settings that were read when the tests began.
    settings.SILENCED_SYSTEM_CHECKS = [f"security.W{number:03}" for number in range(1, 30)]
    TOTP.activate(manager_user, generate_totp_secret())
    monkeypatch.setattr(Clinic, "placeholders", lambda _clinic: [])
    monkeypatch.setattr(checks, "left_to_sign", lambda _today: {})
    return tmp_path


def run_doctor(capsys) -> tuple[list[str], str]:
    """The steps that are left, and all that was printed."""
    try:
        call_command("doctor")
    except CommandError as error:
        assert "docs/deployment.md" in str(error)
    printed = capsys.readouterr().out
    return [line[7:] for line in printed.splitlines() if line.startswith("TO DO")], printed


def test_nothing_is_left(ready, capsys):
    left, printed = run_doctor(capsys)
    assert left == []
    assert printed.endswith("Nothing is left to do.\n")


def test_what_is_left_in_development(db, capsys):
    left, printed = run_doctor(capsys)
    assert left == ["facts", "security", "mail", "staff", "back-ups", "sign-off"]
    assert "phone is still a placeholder." in printed
    assert printed.count("Write the clinic's real fact into") == 1
    assert "SITE_URL is not an https:// address." in printed


@pytest.mark.parametrize("days", [149, 151])
def test_holidays_that_end_within_five_months(ready, settings, capsys, days):
    last = timezone.localdate() + dt.timedelta(days=days)
    settings.CLINIC = replace(settings.CLINIC, holidays=[Holiday("Founders' Day", last)])
    left, printed = run_doctor(capsys)
    assert left == (["facts"] if days == 149 else [])
    assert (f"The last holiday of clinic.toml is {last}" in printed) == bool(left)
    settings.CLINIC = replace(settings.CLINIC, holidays=())
    assert "clinic.toml names no holiday" in run_doctor(capsys)[1]


def test_a_site_that_cannot_send_its_notices(ready, settings, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.DEFAULT_FROM_EMAIL, settings.DESK_EMAIL = "no-reply@localhost", ""
    left, printed = run_doctor(capsys)
    assert left == ["mail"]
    for missing in ("EMAIL_URL", "DEFAULT_FROM_EMAIL", "DESK_EMAIL"):
        assert missing in printed


def test_proxy_and_tables(ready, settings, monkeypatch, capsys):
    settings.TRUSTED_PROXIES = 0
    monkeypatch.setattr(health, "has_static_files", lambda: False)
    monkeypatch.setattr(health, "is_migrated", lambda: False)
    assert run_doctor(capsys)[0] == ["security", "static", "migrations"]
    monkeypatch.setattr(health, "is_migrated", Mock(side_effect=OperationalError))
    assert "The database does not answer" in run_doctor(capsys)[1]


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), smtplib.SMTPAuthenticationError(535, b"no"), UnicodeError()]
)
def test_mail_server_that_refuses(ready, monkeypatch, capsys, error):
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.__enter__", Mock(side_effect=error))
    left, printed = run_doctor(capsys)
    assert left == ["mail"]
    assert type(error).__name__ in printed


@pytest.mark.parametrize(
    ("url", "left"),
    [("smtp://u:p@h:587", ["mail"]), ("smtp+tls://u:p@h", []), ("smtp+ssl://u:p@h", []), ("smtp://127.0.0.1:25", [])],
)
def test_a_mail_password_without_tls(ready, settings, capsys, monkeypatch, url, left):
    for name, value in Environment().mail("UNSET", url).items():
        setattr(settings, name, value)
    monkeypatch.setattr("django.core.mail.backends.smtp.EmailBackend.__enter__", Mock())
    assert run_doctor(capsys)[0] == left


REFUSED = ConnectionRefusedError("refused")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (lambda shown: setattr(shown.connect, "side_effect", REFUSED), "does not answer from here: refused"),
        (lambda shown: ends_in(shown, days=3), "The certificate ends in 3 days"),
        (lambda shown: setattr(shown.getresponse(), "status", 301), "X-Forwarded-Proto"),
        (lambda shown: setattr(shown.getresponse(), "status", 503), "answers 503"),
    ],
)
def test_public_address(ready, connection, capsys, changed, sentence):
    changed(connection)
    left, printed = run_doctor(capsys)
    assert left == ["address"]
    assert sentence in printed


def test_staff_without_a_second_factor(ready, staff_user, capsys):
    left, printed = run_doctor(capsys)
    assert left == ["staff"]
    assert "so far: front-desk." in printed
    assert "No manager" not in printed


def test_worker_that_does_not_work(ready, send, manager_user, capsys):
    stored = send()
    Notice.objects.update(next_try_at=timezone.now() - dt.timedelta(hours=1))
    Notice.objects.create(request=stored, kind=Notice.Kind.DESK, given_up_at=timezone.now())
    old = timezone.now() - dt.timedelta(days=400)
    closed = {"status": Status.CLOSED, "status_changed_at": old, "status_changed_by": manager_user}
    BookingRequest.objects.filter(pk=stored.pk).update(**closed)
    left, printed = run_doctor(capsys)
    assert left == ["worker"]
    for sentence in ("A notice has waited for", "1 notices were given up", "Requests are kept longer"):
        assert sentence in printed


@pytest.mark.parametrize(("status", "days"), [("closed", 180), ("spam", 30), ("new", 240), ("contacted", 240)])
def test_an_overdue_erasure_is_an_error_after_two_days(ready, send, manager_user, capsys, status, days):
    stored = send()
    Notice.objects.all().delete()
    for hours, left in ((-1, []), (47, []), (49, ["worker"])):
        then = timezone.now() - dt.timedelta(days=days, hours=hours)
        changed = {"status_changed_at": then, "status_changed_by": manager_user} if status != "new" else {}
        BookingRequest.objects.filter(pk=stored.pk).update(status=status, updated_at=then, **changed)
        assert run_doctor(capsys)[0] == left, hours


def test_backups(ready, settings, capsys):
    """Only whole copies count, and a copy with a wrong date hides no fault."""
    (newest,) = ready.glob("*.copy")
    older = make_copy(ready, hours=48)
    os.utime(newest, (0, 0))  # it was copied without its time
    assert run_doctor(capsys)[0] == []
    future = make_copy(ready, hours=-9000)
    left, printed = run_doctor(capsys)
    assert left == ["back-ups"]
    assert f"{future} is dated in the future" in printed
    assert "too old" not in printed

    newest.write_bytes(b"cut off")
    left, printed = run_doctor(capsys)
    assert left == ["back-ups"]
    assert f"{newest} is not a whole copy of this site's database" in printed
    assert f"The newest copy of the database is too old: {older}." in printed
    for copy in ready.glob("*.copy"):
        copy.unlink()
    make_copy(ready, hours=-9000)
    assert "There is no copy of the database in" in run_doctor(capsys)[1]
    settings.BACKUP_DIR = None
    assert run_doctor(capsys)[0] == ["back-ups"]


def test_disks_that_fill_are_warned_of(ready, monkeypatch, capsys):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _folder: SimpleNamespace(used=85, free=15))
    left, printed = run_doctor(capsys)
    assert left == ["disk"]
    assert "is 85 % full" in printed


@pytest.mark.parametrize(
    ("kind", "is_said"),
    [*product(("nfs4", "cifs", "9p", "fuse.sshfs", "vboxsf", "gfs2"), [True]), ("fuseblk", False), ("", False)],
)
def test_sqlite_on_a_network_disk(ready, settings, monkeypatch, tmp_path, capsys, kind, is_said):
    monkeypatch.setattr(checks, "disk_kind", lambda folder: kind if folder == tmp_path else "ext4")
    (tmp_path / "link").mkdir()
    (tmp_path / "link/db.sqlite3").symlink_to(tmp_path / "db.sqlite3")
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(tmp_path / "link/db.sqlite3"))
    left, printed = run_doctor(capsys)
    assert left == (["migrations"] if is_said else [])
    assert ("on a network disk" in printed) == is_said


def test_the_kind_of_a_disk(monkeypatch):
    assert disk_kind(Path("/proc/self")) == "proc"
    monkeypatch.setenv("PATH", "")
    assert disk_kind(Path("/proc/self")) == "", "not Linux"


def test_check_needs_no_database_and_no_network_unless_asked(ready, connection, monkeypatch):
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE")  # it is for the tests alone: see tests/environment.py
    monkeypatch.setattr(health, "is_migrated", lambda: pytest.fail("asked the database"))
    call_command("check", "--deploy", "--fail-level=WARNING")
    connection.connect.assert_not_called()
    connection.connect.side_effect = REFUSED
    monkeypatch.setattr(health, "is_migrated", lambda: False)
    with pytest.raises(SystemCheckError) as failed:
        call_command("check", "--deploy", "--database=default")
    assert "backspasm.E005" in str(failed.value) and "backspasm.E007" in str(failed.value)


def test_a_compiled_file_that_is_missing_or_out_of_date(settings, tmp_path):
    settings.LOCALE_PATHS = [tmp_path]
    for name in (".#django.po", "django.po~", "#django.po#", ".django.po.swp", "django (copy).po"):
        (tmp_path / name).symlink_to("somebody@here.1234")
    assert list(checks.words_are_compiled()) == [], "what an editor leaves behind is no catalogue"
    (tmp_path / "django.po").touch()
    (missing,) = checks.words_are_compiled()
    assert missing.msg.startswith(f"{tmp_path / 'django.mo'} is missing or out of date")
    (tmp_path / "django.mo").touch()
    assert list(checks.words_are_compiled()) == []
    os.utime(tmp_path / "django.mo", (0, 0))
    assert list(checks.words_are_compiled()) == [missing]


def test_steps_are_in_the_order_of_the_guide(settings):
    guide = (settings.BASE_DIR / "docs/deployment.md").read_text("utf-8")
    places = [guide.find(f"(`doctor`: {step})") for step in doctor.STEPS]
    assert -1 not in places
    assert places == sorted(places)
