import logging
import signal
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from triage.booking import outbox, retention
from triage.operations.checks import mail_can_be_sent

log = logging.getLogger(__name__)

SECONDS_IDLE = 1
SECONDS_A_DAY = 24 * 60 * 60


class Command(BaseCommand):
    help = (
        "The worker: sends notices as they come, and erases old requests once a day, until it is stopped (Ctrl-C or"
        " SIGTERM). Any number of these may run at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="send and erase what is due now, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if settings.IS_HTTPS and (problems := list(mail_can_be_sent())):
            # Else the console backend would lose the notices, and log patients' addresses.
            raise CommandError(f"{problems[0].msg} {problems[0].hint}")
        self.is_stopping, self.is_away, self.erase_at = False, False, time.monotonic()
        if once:
            outbox.add_digest()
            tried = list(iter(outbox.send_next, None))
            sent = sum(notice.sent_at is not None for notice in tried)
            self.stdout.write(f"{sent} sent, {len(tried) - sent} not sent.")
            while self.erase():
                pass
            return
        for stop_signal in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop_signal, self.stop)
        while not self.is_stopping:
            if not self.work():
                time.sleep(SECONDS_IDLE)

    def stop(self, _signal: int, _frame: Any) -> None:
        """End the loop after the present mail."""
        self.is_stopping = True

    def work(self) -> bool:
        """Send one notice or erase one batch. Return False if there was nothing to do, or the database is away."""
        try:
            close_old_connections()
            outbox.add_digest()
            has_worked = outbox.send_next() is not None or self.erase()
        except (DatabaseError, InterfaceError) as error:
            if not self.is_away:  # said once, not every second
                log.error("The database does not answer: %s. Trying until it does.", type(error).__name__)
            self.is_away = True
            connection.close()
            return False
        if self.is_away:
            log.info("The database answers again.")
        self.is_away = False
        return has_worked

    def erase(self) -> bool:
        """Erase one batch of old requests. Return False if nothing is left for today."""
        if time.monotonic() < self.erase_at:
            return False
        retention.close_past_visits()
        if retention.erase_requests(retention.old_requests()):
            return True
        retention.delete_expired()
        self.erase_at += SECONDS_A_DAY
        return False
