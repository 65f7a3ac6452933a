"""Pages that are rendered once, at release, and served as files from then on.

`manage.py prerender` writes them. This module says whether what was written is still true. It imports no Django, so
that the server can ask before it loads the site.
"""

import hashlib
from pathlib import Path
from wsgiref.headers import Headers

from backspasm_site.clinic import LANGUAGES
from backspasm_site.environment import Environment, SettingsError

BASE_DIR = Path(__file__).resolve().parent.parent
# Whatever a page is made from.
SOURCES = (
    "templates/**/*",
    "static/**/*",
    "triage/**/*.py",
    "triage/**/*.po",
    "backspasm_site/*.*",
    "requirements.txt",
)

# For whatever stands in front. After five minutes an old page still beats a slow one; for a week it beats none.
CACHE_CONTROL = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"


def fingerprint(env: Environment, base_dir: Path = BASE_DIR) -> str:
    """Changes with every file that a page is made from, and with what pages say of `env`."""
    seen = hashlib.sha256(f"{env.site_url} {env.retention_days}".encode())
    for path in sorted({path for pattern in SOURCES for path in base_dir.glob(pattern) if path.is_file()}):
        seen.update(f"\n{path.relative_to(base_dir)} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()


def pages_dir(env: Environment) -> Path:
    """Where the pages are that fit what is here now. Each release has a folder of its own, so that a server which
    still runs the last one loses nothing while the next is made."""
    return env.static_dir / "pages" / fingerprint(env)


def add_headers(headers: Headers, path: str, url: str) -> None:
    """What WhiteNoise says of a file, told as the live page would tell it. Changes `headers`."""
    if path.endswith("/index.html"):
        headers["Content-Type"] = "text/html; charset=utf-8"
        headers["Cache-Control"] = CACHE_CONTROL
        prefix = url.split("/")[1]
        headers["Content-Language"] = prefix if prefix in LANGUAGES else next(iter(LANGUAGES))
        # WhiteNoise makes it from the file's time, which differs from one replica to the next.
        headers["ETag"] = f'"{hashlib.sha256(Path(path).read_bytes()).hexdigest()[:20]}"'


def ensure_up_to_date(env: Environment) -> None:
    """Raises SettingsError if pages were rendered from something else than what is here now.

    None rendered is fine: then each is rendered when it is asked for.
    """
    pages = pages_dir(env)
    if not env.debug and any(pages.parent.glob("*")) and not pages.exists():
        raise SettingsError(
            f"The pages in {pages.parent} were made from other texts, rules, clinic facts, SITE_URL"
            " or RETENTION_DAYS. Run `python manage.py prerender` again"
            " (for an image: build it again, with --build-arg SITE_URL=https://… and, if set, RETENTION_DAYS)."
        )
