"""The rules on the command line, for a reviewing clinician or an outside test set."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from triage.clinical import decision_table, pairs
from triage.clinical.answers import AnswerError
from triage.clinical.exchange import advice_as_data, question_as_data, read_answers
from triage.clinical.questions import QUESTIONS


class Command(BaseCommand):
    help = (
        "Reads answers as JSON objects, one after the other, from standard input. Prints the advice for each as JSON,"
        " one a line. A wrong code or value is an error that names it, and exits 2."
    )
    requires_system_checks = []  # the rules need nothing else of the site, and no database

    def add_arguments(self, parser: CommandParser) -> None:
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument("--questions", action="store_true", help="print what is asked, with codes and words")
        instead.add_argument("--table", action="store_true", help="print the decision table as Markdown")
        instead.add_argument("--pairs", action="store_true", help="print every two answers of step 2 (docs/pairs.md)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["questions"]:
            self.stdout.write(json.dumps(list(map(question_as_data, QUESTIONS)), indent=1, ensure_ascii=False))
        elif options["table"]:
            self.stdout.write(decision_table.as_markdown())
        elif options["pairs"]:
            self.stdout.write(pairs.as_markdown())
        else:
            try:
                for answers in read_answers(sys.stdin.read()):
                    self.stdout.write(json.dumps(advice_as_data(answers), ensure_ascii=False))
            except (AnswerError, UnicodeDecodeError) as error:
                self.stderr.write(str(error))
                sys.exit(2)
