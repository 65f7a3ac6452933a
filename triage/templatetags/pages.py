"""Links to pages, in each language of the site. A builtin library."""

from functools import cache
from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.urls import reverse, translate_url
from django.utils import translation

from triage.guide.pages import PAGES

register = template.Library()


@register.simple_tag
def footer_pages() -> tuple[Any, ...]:
    """Every page of the guide, for the foot of each page."""
    return PAGES


class PageAddress(NamedTuple):
    """A page in one language. `name`: the language's own name for itself."""

    code: str
    name: str
    path: str


@register.simple_tag(takes_context=True)
def page_in_each_language(context: template.Context, view_name: str = "") -> list[PageAddress]:
    """The page that is shown, or else the one called `view_name`, in every language of the site."""
    return _in_each_language(view_name or context["request"].resolver_match.view_name)


@cache
def _in_each_language(view_name: str) -> list[PageAddress]:
    path = reverse(view_name)
    return [PageAddress(code, name, translate_url(path, code)) for code, name in settings.LANGUAGES]


@register.simple_tag(takes_context=True)
def other_languages(context: template.Context, view_name: str = "") -> list[PageAddress]:
    """The same page in each language that is not shown now."""
    shown = translation.get_language()
    return [page for page in page_in_each_language(context, view_name) if page.code != shown]
