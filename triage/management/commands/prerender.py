"""Renders what is the same for everybody once, so that it is served at the price of a file."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test import Client
from django.urls import reverse
from django.utils import translation
from whitenoise.compress import Compressor

from backspasm_site import prerendered
from triage.guide.pages import PAGES

# The check's first step is as anonymous as the guide. The handout shows the time, and the request form holds a token.
NAMES = [*(f"guide:{page.name}" for page in PAGES), "checker:check"]


class Command(BaseCommand):
    help = "Renders the guide and the check's first step into files, in every language. Run it at each release."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DEBUG:
            raise CommandError("With DEBUG=true pages are rendered live. Set DEBUG=false first.")
        target = prerendered.pages_dir(settings.ENV)
        if not target.exists():
            before = sorted(target.parent.glob("*"), key=lambda folder: folder.stat().st_mtime)
            draft = target.with_name("draft")
            shutil.rmtree(draft, ignore_errors=True)
            for path in self.paths():
                self.render(path, draft)
            draft.rename(target)
            # The last release may still be served: only those before it go.
            for folder in before[:-1]:
                shutil.rmtree(folder, ignore_errors=True)
        if options["verbosity"]:
            self.stdout.write(f"{len(self.paths())} pages stand in {target}")

    def paths(self) -> list[str]:
        found = []
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                found += [reverse(name) for name in NAMES]
        return found

    def render(self, path: str, draft: Path) -> None:
        """Writes one page, as it is and packed. Raises CommandError for one that is not the same for everybody."""
        response = Client(SERVER_NAME=settings.ENV.host).get(path, secure=settings.IS_HTTPS)
        if response.status_code != 200 or response.cookies:
            raise CommandError(f"{path} cannot be rendered in advance: {response.status_code}, or it sets a cookie.")
        file = draft / path.lstrip("/") / "index.html"
        file.parent.mkdir(parents=True)
        file.write_bytes(response.content)
        Compressor(quiet=True).compress(str(file))
