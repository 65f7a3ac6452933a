"""WSGI entry point."""

import os
import re
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backspasm_site.settings")
_django = get_wsgi_application()
# Over 32 KB of one of these Django sits for half a second. Those of browsers are much shorter.
SHORT_HEADERS, LONGEST = ("CONTENT_TYPE", "HTTP_ACCEPT_ENCODING"), 500


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """Pass a request on to Django, without what it would read too slowly or take for something else."""
    for name in SHORT_HEADERS:
        if len(environ.get(name, "")) > LONGEST:
            environ[name] = ""
    # Django strips any white space off the name of a cookie, and browsers do not: from every site of the same domain,
    # they take one that begins with an em space and goes on with `__Host-`. It also reads "\000" as a character that
    # PostgreSQL has in no text. No cookie of ours has a backslash.
    environ["HTTP_COOKIE"] = re.sub(r"[^ -~]|\\", "?", environ.get("HTTP_COOKIE", ""))
    return _django(environ, start_response)
