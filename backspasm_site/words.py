"""The site's words in its other languages: from the catalogue that people edit to the one that Django reads.

`python -m backspasm_site.words` compiles. It needs Babel and nothing else, neither settings nor a database.
"""

import datetime as dt
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

BASE_DIR = Path(__file__).resolve().parent.parent
LOCALE_DIR = BASE_DIR / "triage" / "locale"
# Babel would write the moment of compiling, and no two files would be the same.
NO_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def catalogue_path(language: str, locale_dir: Path = LOCALE_DIR) -> Path:
    return locale_dir / language / "LC_MESSAGES" / "django.po"


def read_catalogue(path: Path) -> Catalog:
    """The catalogue in `path`. Raises babel.messages.pofile.PoFileError naming the line that cannot be read."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name, charset="utf-8", abort_invalid=True)
    catalogue.creation_date = catalogue.revision_date = NO_DATE
    return catalogue


def compile_words(locale_dir: Path = LOCALE_DIR) -> None:
    """Writes the compiled catalogues that are missing or out of date.

    Each is renamed into place: whoever reads one meanwhile, or compiles too, gets a whole file.
    """
    for compiled, content in _compiled(locale_dir):
        handle, draft = tempfile.mkstemp(dir=compiled.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).chmod(0o644)
        Path(draft).replace(compiled)


def out_of_date(locale_dir: Path = LOCALE_DIR) -> list[Path]:
    """The compiled catalogues that are missing or do not say what their source says."""
    return [compiled for compiled, _ in _compiled(locale_dir)]


def _compiled(locale_dir: Path) -> Iterator[tuple[Path, bytes]]:
    """The compiled catalogues that have to be written, with what belongs in them."""
    for source in sorted(locale_dir.glob("*/LC_MESSAGES/django.po")):
        content = io.BytesIO()
        write_mo(content, read_catalogue(source))
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.read_bytes() != content.getvalue():
            yield compiled, content.getvalue()


if __name__ == "__main__":
    compile_words()
