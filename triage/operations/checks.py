"""System checks: what must be done before an installation may serve patients.

`manage.py check --deploy` runs those of settings and files. Those that read the database or open connections need
`--database default`, like Django's own. Each is tagged with its step in docs/deployment.md; `manage.py doctor` runs all
in that order.
"""

import datetime as dt
import http.client
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from ssl import cert_time_to_seconds
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from triage.booking import mail, outbox, retention
from triage.booking.models import Notice
from triage.desk import accounts
from triage.environment import POOLER
from triage.guide.sign_off import left_to_sign
from triage.operations import backup, health

BACKUP_MAX_AGE = dt.timedelta(hours=26)  # one a day, and it may take a while
CERTIFICATE_MIN_DAYS = 14
DISK_MAX_PERCENT = 85
HOLIDAYS_AHEAD = dt.timedelta(days=150)  # so that nobody has to write next year's in a hurry
# SQLite's WAL needs shared memory and reliable locks, which these do not have.
NETWORK_DISKS = (
    *("nfs", "cifs", "smb", "9p", "fuse.", "ceph", "gluster", "lustre", "afs", "afpfs", "davfs", "coda", "beegfs"),
    *("gpfs", "gfs2", "ocfs2", "orangefs", "virtiofs", "vboxsf", "prl_fs", "vmhgfs", "drvfs"),
)
ERASING_MAX_DELAY = 2  # days: the worker erases once a day
STEPS: dict[str, None] = {}  # in the order of this module, which is that of docs/deployment.md


def register_step(step: str, *, deploy: bool = True, live: bool = False) -> Callable[..., Any]:
    """Register a check that yields its messages. live: it runs with `--database default` only."""
    STEPS[step] = None

    def decorate(check: Callable[[], Iterator[CheckMessage]]) -> Callable[[], Iterator[CheckMessage]]:
        register(step, deploy=deploy)(lambda databases=None, **_kwargs: list(check()) if databases or not live else [])
        return check

    return decorate


@register_step("facts")
def no_placeholder_is_left() -> Iterator[CheckMessage]:
    for name in settings.CLINIC.placeholders():
        hint = "Write the clinic's real fact into triage/clinic.toml."
        yield Error(f"clinic.toml: {name} is still a placeholder.", hint=hint, id="backspasm.E001")


@register_step("facts")
def holidays_lie_ahead() -> Iterator[CheckMessage]:
    last = max(settings.CLINIC.holidays_by_day, default=None)
    if last is None or last < timezone.localdate() + HOLIDAYS_AHEAD:
        end = f"The last holiday of clinic.toml is {last}" if last else "clinic.toml names no holiday"
        hint = 'Write holidays as a rule, such as every = "july 4", or add those of next year.'
        yield Warning(f"{end}, and we promise an answer on every day after it.", hint=hint, id="backspasm.W006")


@register_step(Tags.security)
def proxy_is_set() -> Iterator[CheckMessage]:
    if not settings.IS_HTTPS:
        yield Warning("SITE_URL is not an https:// address.", id="backspasm.W001")
    if not settings.TRUSTED_PROXIES:
        message = "TRUSTED_PROXIES is 0: behind a proxy, all staff share one address in the limits on wrong passwords."
        yield Warning(message, id="backspasm.W001")


@register_step(Tags.translation, deploy=False)
def words_are_compiled() -> Iterator[CheckMessage]:
    for source in sorted(path for folder in settings.LOCALE_PATHS for path in folder.rglob("django.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            message = f"{compiled} is missing or out of date: pages would be in English."
            hint = "Run: python -m babel.messages.frontend compile -d triage/locale -D django"
            yield Error(message, hint=hint, id="backspasm.E002")


@register_step("static", live=True)
def static_files_are_collected() -> Iterator[CheckMessage]:
    if not health.has_static_files():
        message = f"{settings.STATIC_ROOT} lacks static files of this release, or was filled by another one."
        yield Error(message, hint="Run: manage.py collectstatic", id="backspasm.E016")


@register_step("migrations", live=True)
def database_is_migrated() -> Iterator[CheckMessage]:
    driver: Any = connection.Database  # type: ignore[attr-defined]
    try:  # without the pool, which hides the reason
        driver.connect(**connection.get_connection_params()).close()
    except driver.Error as error:
        hint = f"Behind a pooler such as PgBouncer, DATABASE_URL needs ?{POOLER}=true at its end."
        hint = hint if "startup parameter" in str(error) else "See DATABASE_URL."
        yield Error(f"The database cannot be reached: {' '.join(str(error).split())}", hint=hint, id="backspasm.E019")
        return
    file = Path(settings.DATABASES["default"]["NAME"]).resolve()
    if connection.vendor == "sqlite" and (kind := disk_kind(file.parent)).startswith(NETWORK_DISKS):
        message = f"The SQLite file is on a network disk ({kind}), where it can be damaged."
        hint = "Put DATA_DIR on a disk of this machine, or use PostgreSQL."
        yield Error(message, hint=hint, id="backspasm.E017")
    if not health.is_migrated():
        yield Error("The tables are of another release.", hint="Run: manage.py migrate", id="backspasm.E005")


@register_step("mail")
def mail_can_be_sent() -> Iterator[CheckMessage]:
    is_missing = {
        "EMAIL_URL=smtp+tls://user:password@host:587": mail.is_printed(),
        "DEFAULT_FROM_EMAIL=no-reply@example.org": settings.DEFAULT_FROM_EMAIL.endswith("@localhost"),
        "DESK_EMAIL=desk@example.org": not settings.DESK_EMAIL,
    }
    for example in is_missing:
        if is_missing[example]:
            message = f"{example.partition('=')[0]} is not set, so no notice of a request can be sent."
            hint = f"Set the clinic's own in the environment, like {example}."
            yield Error(message, hint=hint, id="backspasm.E003")


@register_step("mail", live=True)
def mail_server_lets_us_in() -> Iterator[CheckMessage]:
    if not list(mail_can_be_sent()) and (problem := mail.try_server()):
        yield Error(problem, hint="See EMAIL_URL.", id="backspasm.E006")
    if mail.is_in_clear_text():
        hint = "Write smtp+tls:// or smtp+ssl:// in EMAIL_URL."
        yield Warning("The mail password and all mail go to the server without TLS.", hint=hint, id="backspasm.W008")


@register_step("address", live=True)
def site_answers() -> Iterator[CheckMessage]:
    if not settings.IS_HTTPS:
        return
    address = urlsplit(settings.SITE_URL)
    with closing(http.client.HTTPSConnection(str(address.hostname), address.port or 443, timeout=10)) as site:
        try:
            site.connect()
            certificate: Any = site.sock.getpeercert()
            site.request("GET", "/")
            status = site.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            yield Error(f"{settings.SITE_URL} does not answer from here: {error}", id="backspasm.E007")
            return
    days = (cert_time_to_seconds(certificate["notAfter"]) - time.time()) / 86400
    if days < CERTIFICATE_MIN_DAYS:
        yield Error(f"The certificate ends in {days:.0f} days, and nothing has renewed it.", id="backspasm.E008")
    if status != 200:
        hint = "The proxy must set X-Forwarded-Proto: https." if status == 301 else None
        yield Error(f"{settings.SITE_URL}/ answers {status}.", hint=hint, id="backspasm.E009")


@register_step("staff", live=True)
def staff_have_second_factors() -> Iterator[CheckMessage]:
    staff = User.objects.filter(is_active=True, is_staff=True)
    if not any(map(accounts.is_enrolled, staff.filter(groups__name=accounts.MANAGER))):
        hint = "Run: manage.py make_manager NAME, then sign in."
        yield Error("No manager has signed in with a second factor yet.", hint=hint, id="backspasm.E010")
    if names := [account.username for account in staff if not accounts.is_enrolled(account)]:
        hint = f"They set it up within {settings.INVITATION_HOURS} hours, or a manager resets it to invite them again."
        yield Warning(f"Without a second factor so far: {', '.join(names)}.", hint=hint, id="backspasm.W002")


@register_step("worker", live=True)
def worker_keeps_up() -> Iterator[CheckMessage]:
    if health.is_outbox_late():
        hint = "No worker runs, or mail is refused. See its log."
        yield Error("A notice has waited for more than a quarter of an hour.", hint=hint, id="backspasm.E011")
    if given_up := Notice.objects.filter(outbox.UNSENT).count():
        hint = "Staff send them again in the admin, under Mail."
        yield Warning(f"{given_up} notices were given up.", hint=hint, id="backspasm.W003")
    if retention.old_requests(days_late=ERASING_MAX_DELAY).exists():
        hint = "The worker does not erase. See its log."
        yield Error("Requests are kept longer than the privacy page says.", hint=hint, id="backspasm.E012")


@register_step("back-ups", live=True)
def backups_are_made() -> Iterator[CheckMessage]:
    if not settings.BACKUP_DIR:
        yield Error("BACKUP_DIR is not set, so there is no copy of the database to check.", id="backspasm.E013")
        return
    for copy in backup.copies_in(settings.BACKUP_DIR, of_future=True):
        hint = "Set this machine's clock right, then delete the copy or give it the name of its day."
        yield Warning(f"{copy} is dated in the future, so it does not count.", hint=hint, id="backspasm.W007")
    for copy in reversed(backup.copies_in(settings.BACKUP_DIR)):
        try:
            backup.check(copy)
        except CommandError as error:
            yield Error(str(error), id="backspasm.E018")
            continue
        if copy.name < (timezone.now() - BACKUP_MAX_AGE).strftime(backup.NAME):
            hint = "The timer does not run, or it fails."
            yield Error(f"The newest copy of the database is too old: {copy}.", hint=hint, id="backspasm.E015")
        return
    message = f"There is no copy of the database in {settings.BACKUP_DIR} that could be restored."
    yield Error(message, hint="Run: manage.py back_up", id="backspasm.E014")


@register_step("disk", live=True)
def disks_have_room() -> Iterator[CheckMessage]:
    folders = filter(None, (settings.DATA_DIR, settings.STATIC_ROOT, settings.BACKUP_DIR))
    for folder in {each.stat().st_dev: each for each in folders if each.exists()}.values():
        usage = shutil.disk_usage(folder)
        percent = 100 * usage.used // (usage.used + usage.free)
        if percent >= DISK_MAX_PERCENT:
            hint = "docs/deployment.md says what you can delete, under “When a disk fills”."
            yield Warning(f"The disk that holds {folder} is {percent} % full.", hint=hint, id="backspasm.W005")


def disk_kind(folder: Path) -> str:
    """The type of the file system of `folder`, such as ext4 or nfs4; "" without findmnt."""
    with suppress(FileNotFoundError):
        command = ["findmnt", "--noheadings", "--output=FSTYPE", f"--target={folder}"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - ours
    return ""


@register_step("sign-off")
def clinicians_have_signed() -> Iterator[CheckMessage]:
    for name, why in left_to_sign(timezone.localdate()).items():
        hint = "`manage.py review_sheet` writes the document to sign, and says what to add to clinic.toml."
        yield Error(f"clinic.toml: sign_off.{name} {why}.", hint=hint, id="backspasm.E004")
