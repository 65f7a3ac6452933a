"""A page as a person reads it: the blocks of text inside <main>, and the tags that a test wants.

`open_page` and `read_page` request each public page once in a run. They are for tests that change no setting, rule or
clock before they open the page.
"""

import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from tests.conftest import PatientClient
from triage.guide.pages import PAGES

# Each of these ends the block of text before it.
BLOCKS = frozenset(
    ("address", "br", "caption", "dd", "details", "div", "dt", "h1", "h2", "h3", "h4", "label", "legend", "li", "main")
    + ("ol", "p", "section", "summary", "td", "th", "tr", "ul")
)
UNREAD = frozenset(("nav", "script", "style", "svg"))
Attributes = dict[str, str | None]


class ReadPage(HTMLParser):
    """A parsed page.

    blocks: the texts of <main> in order, without navigation.
    prose: those that are sentences of ours, so without cells of tables and titles of sources.
    tags: every start tag of the whole page.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.prose: list[str] = []
        self.tags: list[tuple[str, Attributes]] = []
        self._pieces: list[str] = []
        self._in_main = False
        self._unread = 0
        self._looked_up = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._end_block(tag)
        self._in_main = self._in_main or tag == "main"
        self._unread += tag in UNREAD
        if tag == "table" or (tag == "details" and ("class", "sources") in attrs):
            self._looked_up = tag

    def handle_endtag(self, tag: str) -> None:
        self._end_block(tag)
        self._in_main = self._in_main and tag != "main"
        self._unread -= tag in UNREAD
        if tag == self._looked_up:
            self._looked_up = ""

    def handle_data(self, data: str) -> None:
        if self._in_main and not self._unread:
            self._pieces.append(data)

    def _end_block(self, tag: str) -> None:
        if tag not in BLOCKS:
            return
        text = " ".join("".join(self._pieces).split()).replace("’", "'")
        self._pieces.clear()
        if text:
            self.blocks.append(text)
            if not self._looked_up:
                self.prose.append(text)

    @property
    def text(self) -> str:
        return " ".join(self.blocks)

    def all(self, tag: str, **attributes: str) -> list[Attributes]:
        """The attributes of every `tag` on the page that has these attributes."""
        return [found for name, found in self.tags if name == tag and attributes.items() <= found.items()]

    def one(self, tag: str, **attributes: str) -> Attributes:
        """The same for a page that must have exactly one."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} times <{tag}> {attributes}"
        return found[0]


def read(response: HttpResponse) -> ReadPage:
    return ReadPage(response.content.decode())


def text_of(response: HttpResponse) -> str:
    """All words of a page, its title and its menus too, with a space in place of each tag."""
    body = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def title_of(html: str) -> str:
    """The words of <title>, or nothing."""
    found = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


IN_ENGLISH = tuple(f"/{path}" for path in (*(page.path for page in PAGES), "check/", "handout/", "book/"))
PUBLIC = (*IN_ENGLISH, *(f"/es{path}" for path in IN_ENGLISH))


def open_page(path: str, data: dict[str, Any] | None = None) -> HttpResponse:
    """The answer to a GET of `path`, or to a POST of `data` from a page of ours, by a new visitor."""
    return _open(path, None if data is None else urlencode(data, doseq=True))


@cache
def _open(path: str, body: str | None) -> HttpResponse:
    client = PatientClient()
    return client.get(path) if body is None else client.post(path, body.encode())


def html_of(path: str, data: dict[str, Any] | None = None) -> str:
    return open_page(path, data).content.decode()


def read_page(path: str, data: dict[str, Any] | None = None) -> ReadPage:
    return _read(html_of(path, data))


_read = cache(ReadPage)


NAMING = ("for", "form", "list", "aria-describedby", "aria-labelledby", "aria-controls", "aria-owns", "headers")


def check_references(page: HttpResponse) -> None:
    """Each id that another element refers to is on the page exactly once."""
    tags = read(page).tags
    ids = [attributes["id"] for _tag, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids)), f"{page.request['PATH_INFO']}: two of {ids}"
    for tag, attributes in tags:
        names = " ".join(attributes.get(name) or "" for name in NAMING).split()
        link = attributes.get("href") or ""
        for name in [*names, *([link[1:]] if link[:1] == "#" and link != "#" else [])]:
            assert name in ids, f"{page.request['PATH_INFO']} {page.status_code}: <{tag}> names {name!r}"
