"""The pages of the guide, robots.txt and security.txt. They read no database and set no cookie."""

import datetime as dt

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from triage.guide.pages import Page, neighbors
from triage.guide.sign_off import sign_off_of
from triage.guide.structured_data import structured_data

# RFC 9116 wants less than a year. Counted from the start of this process.
EXPIRES = (dt.datetime.now(dt.UTC) + dt.timedelta(days=360)).replace(hour=0, minute=0, second=0, microsecond=0)


@require_safe
def show_page(request: HttpRequest, page: Page) -> HttpResponse:
    """Show `page` in the active language.

    Each language has its own template. A missing one is an error: no page is shown in another language.
    """
    previous_page, next_page = neighbors(page)
    sign_off = sign_off_of(page)
    context = {
        "page": page,
        "previous_page": previous_page,
        "next_page": next_page,
        "sign_off": sign_off,
        "structured_data": structured_data(page, sign_off, request.path),
    }
    response = render(request, f"guide/{translation.get_language()}/{page.name}.html", context)
    response.headers["Cache-Control"] = settings.GUIDE_CACHE_CONTROL
    return response


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to report a vulnerability (RFC 9116)."""
    lines = (
        f"Contact: mailto:{settings.CLINIC.email}",
        f"Expires: {EXPIRES:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _ in settings.LANGUAGES)}",
        f"Canonical: {settings.SITE_URL}{reverse('site:security-txt')}",
    )
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
