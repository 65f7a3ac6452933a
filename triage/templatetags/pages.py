"""Links to pages, in each language of the site. A builtin library."""

import re
from functools import cache
from html import unescape
from typing import NamedTuple

from django import template
from django.conf import settings
from django.urls import reverse, translate_url
from django.utils import translation
from django.utils.html import strip_tags

from triage.guide.pages import PAGES, READING_SEQUENCE, Page

register = template.Library()


HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)
# These stand among the ways to get help, not among the pages to read.
WAYS_TO_HELP = ("when-to-get-help", "locations")


@register.simple_tag
def pages_to_read() -> list[Page]:
    """The pages about the back, for menus."""
    return [page for page in READING_SEQUENCE if page.name not in WAYS_TO_HELP]


@register.simple_tag
def pages_about_us() -> list[Page]:
    """The pages about this site and the clinic, for menus."""
    return [page for page in PAGES if page not in READING_SEQUENCE and page.name not in WAYS_TO_HELP]


@register.filter
def headings(body: str) -> list[tuple[str, str]]:
    """The id and the words of each h2 with an id in `body` (HTML), for "On this page"."""
    return [(found[1], unescape(strip_tags(found[2]))) for found in HEADING.finditer(body)]


class PageAddress(NamedTuple):
    """A page in one language. `name`: the language's own name for itself."""

    code: str
    name: str
    path: str


@register.simple_tag
@cache
def page_in_each_language(view_name: str) -> list[PageAddress]:
    """The page called `view_name` in every language of the site."""
    path = reverse(view_name)
    return [PageAddress(code, name, translate_url(path, code)) for code, name in settings.LANGUAGES]


@register.simple_tag
def other_languages(view_name: str) -> list[PageAddress]:
    """The same page in each language that is not shown now."""
    shown = translation.get_language()
    return [page for page in page_in_each_language(view_name) if page.code != shown]
