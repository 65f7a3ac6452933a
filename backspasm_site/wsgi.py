"""WSGI entry point."""

import os
import re
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backspasm_site.settings")
_django = get_wsgi_application()
# Django takes half a second to parse 32 KB of one of these headers. Browsers send far less.
SHORT_HEADERS, LONGEST = ("CONTENT_TYPE", "HTTP_ACCEPT_ENCODING"), 500


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """Pass a request to Django, without headers that it would parse too slowly or read wrongly."""
    for name in SHORT_HEADERS:
        if len(environ.get(name, "")) > LONGEST:
            environ[name] = ""
    # Django strips white space from a cookie's name, and browsers do not: another site of the same domain could set one
    # named em space + `__Host-session`, and Django would take it for ours. Django also decodes "\000" to NUL, which
    # PostgreSQL refuses. No cookie of this site holds a backslash.
    environ["HTTP_COOKIE"] = re.sub(r"[^ -~]|\\", "?", environ.get("HTTP_COOKIE", ""))
    return _django(environ, start_response)
