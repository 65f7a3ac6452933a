"""Links to pages, in each language of the site. A builtin library."""

import re
from functools import cache
from html import unescape

from django import template
from django.conf import settings
from django.urls import reverse, translate_url
from django.utils.html import strip_tags

from triage.guide.pages import PAGES, READING_SEQUENCE, Page

register = template.Library()

HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)
# Not in the menus of pages to read or about us, but under "Get help".
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


@register.simple_tag
@cache
def page_in_each_language(view_name: str) -> list[dict[str, str]]:
    """The page called `view_name` in every language: the language's code, its own name for itself, and the path."""
    path = reverse(view_name)
    return [{"code": code, "name": name, "path": translate_url(path, code)} for code, name in settings.LANGUAGES]
