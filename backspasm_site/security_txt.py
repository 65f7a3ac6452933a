"""/.well-known/security.txt: where to report a weakness of this site (RFC 9116)."""

import datetime as dt

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

# Good for less than a year from when this release was started. If nobody touches the site for so long, it says so.
EXPIRES = (dt.datetime.now(dt.UTC) + dt.timedelta(days=360)).replace(hour=0, minute=0, second=0, microsecond=0)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """The file as text. While clinic.toml has no address, the placeholder shows."""
    lines = (
        f"Contact: mailto:{settings.CLINIC.email}",
        f"Expires: {EXPIRES:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _ in settings.LANGUAGES)}",
        f"Canonical: {settings.SITE_URL}{reverse('security-txt')}",
    )
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
