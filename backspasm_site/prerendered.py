"""Pages that are rendered once, at release, and served as files from then on.

`manage.py prerender` writes them. This module says whether what was written is still true. It imports no Django, so
that the server can ask before it loads the site.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from backspasm_site.logs import number_for
from triage.clinic import LANGUAGES
from triage.environment import Environment, SettingsError

BASE_DIR = Path(__file__).resolve().parent.parent
# Whatever a page is made from.
SOURCES = (
    "templates/**/*",
    "static/**/*",
    "triage/**/*.py",
    "triage/**/*.po",
    "triage/*.toml",
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


class FromMemory:
    """A WSGI application: the site, but what it once answered with a prerendered page is answered from memory then.

    So the guide costs no more than a view that does nothing. Said again is all that the site said, with a request
    number of its own. `trusted_proxies`: whether one of ours stands in front and numbers requests.
    """

    # All that such an answer hangs on.
    ASKED = (
        *("PATH_INFO", "REQUEST_METHOD", "wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO"),
        *("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH"),
    )
    # Kept is only what browsers and proxies ask for, or a stranger could fill the memory.
    PROTOCOLS = (None, "http", "https")
    ENCODINGS = (None, "gzip", "gzip, deflate", "gzip, deflate, br", "gzip, deflate, br, zstd")

    def __init__(self, site: Any, trusted_proxies: int) -> None:
        self.site = site
        self.trusted_proxies = trusted_proxies
        self.kept: dict[tuple[str | None, ...], tuple[str, list[tuple[str, str]], bytes, str]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_RANGE" in environ or ("HTTP_IF_MODIFIED_SINCE" in environ and "HTTP_IF_NONE_MATCH" not in environ):
            return self.site(environ, start_response)
        asked = tuple([environ.get(name) for name in self.ASKED])
        if kept := self.kept.get(asked):
            status, headers, body, route = kept
            number = number_for(environ.get("HTTP_X_REQUEST_ID", "") if self.trusted_proxies else "")
            environ["backspasm.log"] = {"request_id": number, "route": route}
            start_response(status, [*headers, ("X-Request-ID", number)])
            return [body]
        said: list[Any] = []

        def listen(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            said[:] = status, headers
            return start_response(status, headers, *error)

        answer = self.site(environ, listen)
        if not environ.get("backspasm.is_prerendered") or not self._may_keep(asked, dict(said[1])):
            return answer
        try:
            body = b"".join(answer)
        finally:
            answer.close()
        headers = [header for header in said[1] if header[0] != "X-Request-ID"]
        self.kept[asked] = said[0], headers, body, environ["backspasm.log"]["route"]
        return [body]

    def _may_keep(self, asked: tuple[str | None, ...], headers: dict[str, str]) -> bool:
        _, method, _, protocol, encoding, tag = asked
        is_known = protocol in self.PROTOCOLS and encoding in self.ENCODINGS and tag in (None, headers["ETag"])
        return method == "GET" and is_known
