from typing import Any

from django.core.checks import run_checks
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError

from triage.operations.checks import STEPS


class Command(BaseCommand):
    help = "Says what is left to do until this site may serve patients, as in docs/deployment.md. Changes nothing."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        steps_left = 0
        for step in STEPS:
            try:
                found = run_checks(tags=[step], include_deployment_checks=True, databases=[DEFAULT_DB_ALIAS])
                found = [message for message in found if not message.is_silenced()]
                left = dict.fromkeys([each.msg for each in found] + [each.hint for each in found if each.hint])
            except (DatabaseError, InterfaceError) as error:
                left = {f"The database does not answer, or lacks its tables: {type(error).__name__}.": None}
            self.stdout.write(f"{'TO DO' if left else 'done '}  {step}")
            for sentence in left:
                self.stdout.write(f"         {sentence}")
            steps_left += bool(left)
        if steps_left:
            raise CommandError(f"{steps_left} of {len(STEPS)} are left: see docs/deployment.md, in the same order.")
        self.stdout.write("Nothing is left to do.")
