"""What is left to do until this installation may serve patients, in the order of docs/deployment.md."""

import datetime as dt
import http.client
import smtplib
import time
from collections.abc import Callable, Iterable, Iterator
from ssl import cert_time_to_seconds
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.core.checks import CheckMessage, run_checks
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from triage.booking import outbox, retention
from triage.desk import accounts as staff
from triage.operations import backup, checks, health

BACKUP_MAY_BE = dt.timedelta(hours=26)  # one a day, and it may take a while
CERTIFICATE_DAYS = 14
# Erasing runs once a day. What should have gone so long ago shows that it does not.
ERASING_MAY_BE_LATE = dt.timedelta(days=2)


class Command(BaseCommand):
    help = "Looks at this installation as it runs, says what is left to do, and changes nothing."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        steps_left = 0
        for title, look in STEPS.items():
            try:
                left = list(look())
            except (DatabaseError, InterfaceError) as error:
                left = [f"The database does not answer, or lacks its tables: {type(error).__name__}."]
            self.stdout.write(f"{'TO DO' if left else 'done '}  {title}")
            for sentence in left:
                self.stdout.write(f"         {sentence}")
            steps_left += bool(left)
        if steps_left:
            raise CommandError(
                f"{steps_left} of {len(STEPS)} are left. docs/deployment.md says how, in the same order."
            )
        self.stdout.write("Nothing is left to do.")


def look_at_settings() -> Iterator[str]:
    if not settings.IS_HTTPS:
        yield "SITE_URL is not an https:// address."
    if not settings.TRUSTED_PROXIES:
        yield "TRUSTED_PROXIES is 0: behind a proxy, all staff are one address to the limits on wrong passwords."
    # Ours come below, each in its place.
    yield from _said(each for each in run_checks(include_deployment_checks=True) if "backspasm" not in str(each.id))


def look_at_facts() -> Iterator[str]:
    return _said(checks.no_placeholder_is_left(None))


def look_at_sign_off() -> Iterator[str]:
    return _said(checks.clinicians_have_signed(None))


def look_at_pages() -> Iterator[str]:
    yield from _said(checks.words_are_compiled(None))


def look_at_database() -> Iterator[str]:
    if not health.is_migrated():
        yield "The tables are of another release. Run: manage.py migrate"


def look_at_mail() -> Iterator[str]:
    if missing := list(_said(checks.mail_can_be_sent(None))):
        yield from missing
        return
    try:
        with mail.get_connection():  # says hello and signs in, and sends nothing
            pass
    except (OSError, smtplib.SMTPException) as error:
        yield f"The mail server {settings.EMAIL_HOST} does not let us in: {type(error).__name__}. See EMAIL_URL."


def look_at_staff() -> Iterator[str]:
    accounts = User.objects.filter(is_active=True, is_staff=True)
    managers = accounts.filter(groups__name=staff.MANAGER)
    if not any(map(staff.is_enrolled, managers)):
        yield "No manager has signed in with a second factor yet. Run: manage.py make_manager NAME, then sign in."
    if without := [account.username for account in accounts if not staff.is_enrolled(account)]:
        yield f"Without a second factor so far: {', '.join(without)}. They set it up at their next sign-in."


def look_at_worker() -> Iterator[str]:
    if health.is_outbox_late():
        minutes = outbox.oldest_waiting() // dt.timedelta(minutes=1)
        yield f"A notice has waited for {minutes} minutes: no worker runs, or mail is refused. See its log."
    if given_up := outbox.given_up().count():
        yield f"{given_up} notices were given up. Staff send them again in the admin, under Notices."
    late = timezone.now() - ERASING_MAY_BE_LATE - dt.timedelta(days=settings.SPAM_RETENTION_DAYS)
    if retention.old_requests().filter(status_changed_at__lte=late).exists():
        yield "Requests are kept longer than the privacy page says: the worker does not erase. See its log."


def look_at_backup() -> Iterator[str]:
    if not settings.BACKUP_DIR:
        yield "BACKUP_DIR is not set, so nobody knows of a copy of the database."
        return
    copies = backup.copies_in(settings.BACKUP_DIR)
    if not copies:
        yield f"There is no copy of the database in {settings.BACKUP_DIR}. Run: manage.py back_up"
    elif (age := time.time() - copies[-1].stat().st_mtime) > BACKUP_MAY_BE.total_seconds():
        yield f"The newest copy of the database is {age / 3600:.0f} hours old: the timer does not run, or it fails."


def look_at_address() -> Iterator[str]:
    if not settings.IS_HTTPS:
        return
    address = urlsplit(settings.SITE_URL)
    connection = http.client.HTTPSConnection(str(address.hostname), address.port or 443, timeout=10)
    try:
        connection.connect()
        certificate: Any = connection.sock.getpeercert()
        days = (cert_time_to_seconds(certificate["notAfter"]) - time.time()) / 86400
        connection.request("GET", "/")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        yield f"{settings.SITE_URL} does not answer from here: {error}"
        return
    finally:
        connection.close()
    if days < CERTIFICATE_DAYS:
        yield f"The certificate ends in {days:.0f} days, and nothing has renewed it."
    if status != 200:
        yield f"{settings.SITE_URL}/ answers {status}." + (
            " The proxy must set X-Forwarded-Proto: https." if status == 301 else ""
        )


def _said(messages: Iterable[CheckMessage]) -> Iterator[str]:
    """Each message, and then what mends them, once."""
    said = [each for each in messages if not each.is_silenced()]
    return iter(dict.fromkeys([each.msg for each in said] + [each.hint for each in said if each.hint]))


# In the order of docs/deployment.md.
STEPS: dict[str, Callable[[], Iterator[str]]] = {
    "clinic facts": look_at_facts,
    "settings": look_at_settings,
    "pages": look_at_pages,
    "database": look_at_database,
    "mail": look_at_mail,
    "address and certificate": look_at_address,
    "staff": look_at_staff,
    "worker": look_at_worker,
    "back-ups": look_at_backup,
    "sign-off": look_at_sign_off,
}
