"""The pages of the guide. They read no database and set no cookie."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from triage.guide.pages import NEXT_PAGE, PREVIOUS_PAGE, Page
from triage.guide.sign_off import sign_off_of
from triage.guide.structured_data import structured_data


@require_safe
def show_page(request: HttpRequest, page: Page) -> HttpResponse:
    """Show `page` from the template of the active language. A missing one is an error."""
    sign_off = sign_off_of(page.name)
    context = {
        "page": page,
        "previous_page": PREVIOUS_PAGE.get(page),
        "next_page": NEXT_PAGE.get(page),
        "sign_off": sign_off,
        "structured_data": structured_data(page, sign_off, request.path),
    }
    response = render(request, f"guide/{translation.get_language()}/{page.name}.html", context)
    response.headers["Cache-Control"] = settings.GUIDE_CACHE_CONTROL
    return response
