"""Brings the catalogues of the other languages up to date with the words in the code and the templates.

Does what Django's makemessages does, without the system package that makemessages needs.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

from backspasm_site.words import BASE_DIR, catalogue_path, compile_words, read_catalogue

# The staff side is English. What only the staff see is not translated, wherever it is wrapped.
STAFF_ONLY = (
    "triage/desk/",
    "triage/operations/",
    "triage/management/",
    "templates/admin/",
    "templates/pattern.html",
    "templates/patterns.html",
)
FOLDERS = ("backspasm_site", "triage", "templates")
# What wraps words, and which of its arguments they are.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEADER = """\
# What the site says in another language than English. `manage.py update_words` keeps it up to date.
# Words in triage/clinical are advice: a clinician who speaks the language checks them before launch.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""


class Command(BaseCommand):
    help = "Collects the words to translate into the catalogues, keeps what is translated, and compiles them."
    requires_system_checks = []  # one of them says that the catalogues are not compiled

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; fail if a catalogue is not up to date."
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        used = words_in_use()
        for language, _name in settings.LANGUAGES:
            if language == settings.LANGUAGE_CODE:
                continue
            path = catalogue_path(language)
            old = path.read_text(encoding="utf-8") if path.exists() else ""
            catalogue = read_catalogue(path) if old else Catalog(language)
            catalogue.update(used, no_fuzzy_matching=True)
            missing = [message.id for message in catalogue if message.id and not is_translated(message)]
            if not missing:
                # Until then, words no longer in use wait at the end: a new text may be an old one, changed a little.
                catalogue.obsolete.clear()
            new = text_of(catalogue)
            if check and (new != old or missing):
                raise CommandError(f"{path} is not up to date. Run: manage.py update_words")
            if new != old:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(new, encoding="utf-8")
            self.stdout.write(f"{path}: {len(catalogue)} texts, {len(missing)} of them not translated")
        if not check:
            compile_words()


def words_in_use() -> Catalog:
    """Every text that a patient may meet outside the guide's own pages, with the files it stands in."""
    used = Catalog()
    for path in source_files():
        name = path.relative_to(BASE_DIR).as_posix()
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # Python with one call for each text. Its indentation is that of the template, and means nothing.
            source = "\n".join(line.strip() for line in templatize(source, origin=name).splitlines())
        lines = io.BytesIO(source.encode())
        for _line, words, comments, context in extract("python", lines, KEYWORDS, ["Translators:"]):
            used.add(words, locations=[(name, 0)], auto_comments=comments, context=context)
    return used


def source_files() -> Iterator[Path]:
    """The code and the templates that patients' words come from."""
    for folder in FOLDERS:
        for path in sorted((BASE_DIR / folder).rglob("*")):
            name = path.relative_to(BASE_DIR).as_posix()
            if path.suffix in (".py", ".html", ".txt", ".xml") and not name.startswith(STAFF_ONLY):
                yield path


def is_translated(message: Any) -> bool:
    """Whether each of its forms has words that nobody has marked as a guess."""
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(forms) and not message.fuzzy


def text_of(catalogue: Catalog) -> str:
    """The catalogue as its file, without the dates and line numbers that would change with every edit."""
    body = io.BytesIO()
    write_po(body, catalogue, width=110, omit_header=True, include_lineno=False)
    header = HEADER.format(language=catalogue.locale, plural_forms=catalogue.plural_forms)
    return header + body.getvalue().decode()
