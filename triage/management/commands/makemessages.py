"""Django's makemessages for this site. It needs GNU gettext: apt-get install gettext."""

from typing import Any

from django.core.management.commands import makemessages

# What only staff see stays English, and the rest holds no text of a page.
IGNORED = ["triage/desk/*", "triage/operations/*", "triage/management/*"]
IGNORED += ["templates/admin/*", "docs/*", "tests/*", "var/*"]


class Command(makemessages.Command):
    help = "Updates the catalogue of each language. Then write what is missing in it: git diff shows the place."
    # A text guessed from a similar one is worse than none.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def handle(self, *args: Any, **options: Any) -> None:
        options |= {"all": not options["locale"], "extensions": ["html", "txt", "py", "xml"]}
        options |= {"ignore_patterns": options["ignore_patterns"] + IGNORED}
        super().handle(*args, **options | {"add_location": "file", "no_obsolete": True, "no_wrap": True})
