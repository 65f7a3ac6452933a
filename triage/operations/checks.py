"""System checks: what must be done before an installation may serve patients.

`manage.py check --deploy` runs those that read settings and files. Those that read the database or open connections run
with `--database default` only, as Django's own checks of databases do. Each has its step in docs/deployment.md as a
tag; `manage.py doctor` runs all of them in that order.
"""

import datetime as dt
import http.client
import smtplib
import time
from collections.abc import Callable, Iterator
from ssl import cert_time_to_seconds
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils import timezone

from triage.booking import outbox, retention
from triage.desk import accounts
from triage.guide.sign_off import left_to_sign
from triage.operations import backup, health

BACKUP_MAX_AGE = dt.timedelta(hours=26)  # one a day, and it may take a while
CERTIFICATE_MIN_DAYS = 14
ERASING_MAX_DELAY = dt.timedelta(days=2)  # the worker erases once a day


def register_step(step: str, *, deploy: bool = True, live: bool = False) -> Callable[..., Any]:
    """Register a check that yields its messages. live: it runs with `--database default` only."""

    def decorate(check: Callable[[], Iterator[CheckMessage]]) -> Callable[..., list[CheckMessage]]:
        def run(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
            return list(check()) if databases or not live else []

        return register(step, deploy=deploy)(run)

    return decorate


@register_step("facts")
def no_placeholder_is_left() -> Iterator[CheckMessage]:
    for name in settings.CLINIC.placeholders():
        hint = "Write the clinic's real fact into triage/clinic.toml."
        yield Error(f"clinic.toml: {name} is still a placeholder.", hint=hint, id="backspasm.E001")


@register_step(Tags.security)
def proxy_is_set() -> Iterator[CheckMessage]:
    if not settings.IS_HTTPS:
        yield Warning("SITE_URL is not an https:// address.", id="backspasm.W001")
    if not settings.TRUSTED_PROXIES:
        message = "TRUSTED_PROXIES is 0: behind a proxy, all staff are one address to the limits on wrong passwords."
        yield Warning(message, id="backspasm.W001")


@register_step(Tags.translation, deploy=False)
def words_are_compiled() -> Iterator[CheckMessage]:
    for source in sorted(path for folder in settings.LOCALE_PATHS for path in folder.rglob("*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            message = f"{compiled} is missing or out of date: pages would be in English."
            hint = "Run: python -m babel.messages.frontend compile -d triage/locale -D django"
            yield Error(message, hint=hint, id="backspasm.E002")


@register_step("migrations", live=True)
def database_is_migrated() -> Iterator[CheckMessage]:
    if not health.is_migrated():
        yield Error("The tables are of another release.", hint="Run: manage.py migrate", id="backspasm.E005")


@register_step("mail")
def mail_can_be_sent() -> Iterator[CheckMessage]:
    is_missing = {
        "EMAIL_URL=smtp+tls://user:password@host:587": settings.EMAIL_BACKEND.endswith("console.EmailBackend"),
        "DEFAULT_FROM_EMAIL=no-reply@example.org": settings.DEFAULT_FROM_EMAIL.endswith("@localhost"),
        "DESK_EMAIL=desk@example.org": not settings.DESK_EMAIL,
    }
    for example in is_missing:
        if is_missing[example]:
            message = f"{example.partition('=')[0]} is not set, so no notice of a request can be sent."
            hint = f"Put the clinic's own into the environment, like {example}."
            yield Error(message, hint=hint, id="backspasm.E003")


@register_step("mail", live=True)
def mail_server_lets_us_in() -> Iterator[CheckMessage]:
    if mail_can_be_sent(None):
        return
    try:
        with mail.get_connection():  # signs in and sends nothing
            pass
    except (OSError, smtplib.SMTPException) as error:
        message = f"The mail server {settings.EMAIL_HOST} does not let us in: {type(error).__name__}."
        yield Error(message, hint="See EMAIL_URL.", id="backspasm.E006")


@register_step("address", live=True)
def site_answers() -> Iterator[CheckMessage]:
    if not settings.IS_HTTPS:
        return
    address = urlsplit(settings.SITE_URL)
    connection = http.client.HTTPSConnection(str(address.hostname), address.port or 443, timeout=10)
    try:
        connection.connect()
        certificate: Any = connection.sock.getpeercert()
        connection.request("GET", "/")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        yield Error(f"{settings.SITE_URL} does not answer from here: {error}", id="backspasm.E007")
        return
    finally:
        connection.close()
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
        minutes = outbox.oldest_waiting() // dt.timedelta(minutes=1)
        hint = "No worker runs, or mail is refused. See its log."
        yield Error(f"A notice has waited for {minutes} minutes.", hint=hint, id="backspasm.E011")
    if given_up := outbox.given_up().count():
        hint = "Staff send them again in the admin, under Notices."
        yield Warning(f"{given_up} notices were given up.", hint=hint, id="backspasm.W003")
    late = timezone.now() - ERASING_MAX_DELAY - dt.timedelta(days=settings.SPAM_RETENTION_DAYS)
    if retention.old_requests().filter(status_changed_at__lte=late).exists():
        hint = "The worker does not erase. See its log."
        yield Error("Requests are kept longer than the privacy page says.", hint=hint, id="backspasm.E012")


@register_step("back-ups", live=True)
def backups_are_made() -> Iterator[CheckMessage]:
    if not settings.BACKUP_DIR:
        yield Error("BACKUP_DIR is not set, so nobody knows of a copy of the database.", id="backspasm.E013")
    elif not (copies := backup.copies_in(settings.BACKUP_DIR)):
        message = f"There is no copy of the database in {settings.BACKUP_DIR}."
        yield Error(message, hint="Run: manage.py back_up", id="backspasm.E014")
    elif (age := time.time() - copies[-1].stat().st_mtime) > BACKUP_MAX_AGE.total_seconds():
        message = f"The newest copy of the database is {age / 3600:.0f} hours old."
        yield Error(message, hint="The timer does not run, or it fails.", id="backspasm.E015")


@register_step("sign-off")
def clinicians_have_signed() -> Iterator[CheckMessage]:
    for name, why in left_to_sign(timezone.localdate()).items():
        hint = "`manage.py review_sheet` makes the document to sign, and says what to write into clinic.toml."
        yield Error(f"clinic.toml: sign_off.{name} {why}.", hint=hint, id="backspasm.E004")
