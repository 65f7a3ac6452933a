"""What search engines and link previews read: a page's address, languages, structured data and picture."""

import json
import re
import struct
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings

from tests.house.test_words import POSTS
from tests.reading import PUBLIC, ReadPage, html_of, read_page, title_of
from triage.guide.pages import PAGES

TYPES = {f"/{page.path}": "MedicalWebPage" for page in PAGES if page.is_health}
if not settings.CLINIC.placeholders():
    TYPES["/locations/"] = "MedicalClinic"
# Pages that nobody shares: answers to a POST, and pages about one person or an error.
UNSHARED = POSTS | {"request sent": ("/book/sent/", None), "wrong address": ("/es/no-such-page/", None)}
DATA_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
ROOT = Path(settings.BASE_DIR)


def preview_of(seen: ReadPage) -> dict[str, str]:
    return {tag["property"]: tag["content"] for tag in seen.all("meta") if "property" in tag}


@pytest.mark.parametrize("path", PUBLIC)
def test_each_page_has_its_address_its_languages_and_a_preview(path):
    html, seen = html_of(path), read_page(path)
    preview = preview_of(seen)
    language, other = ("es", "en") if path.startswith("/es/") else ("en", "es")
    address, english = settings.SITE_URL + path, path.removeprefix("/es")

    assert seen.one("link", rel="canonical")["href"] == preview["og:url"] == address
    others = seen.all("link", rel="alternate")
    named = {link["hreflang"]: link["href"].removeprefix(settings.SITE_URL) for link in others}
    assert named == {"en": english, "es": f"/es{english}", "x-default": english}
    assert f"{preview['og:title']} – {preview['og:site_name']}" == unescape(title_of(html))
    assert preview["og:site_name"] == settings.CLINIC.name
    assert preview["og:description"] == seen.one("meta", name="description")["content"]
    assert 40 <= len(preview["og:description"]) <= 160
    assert (preview["og:locale"], preview["og:locale:alternate"]) == (f"{language}_US", f"{other}_US")
    assert preview["og:type"] == "website"
    assert preview["og:image"] == f"{settings.SITE_URL}/static/img/share-{language}.png"
    assert (preview["og:image:width"], preview["og:image:height"]) == ("1200", "630")
    assert preview["og:image:alt"]
    assert seen.one("meta", name="twitter:card")["content"] == "summary_large_image"
    assert not seen.all("meta", name="robots")

    found = [json.loads(data) for data in DATA_BLOCK.findall(html)]
    wanted = TYPES.get(english)
    assert [data["@type"] for data in found] == ([wanted] if wanted else [])
    if wanted == "MedicalWebPage":
        assert (found[0]["url"], found[0]["inLanguage"]) == (address, language)


def test_titles_and_descriptions_differ():
    previews = [preview_of(read_page(path)) for path in PUBLIC]
    for part in ("og:title", "og:description", "og:url"):
        assert len({preview[part] for preview in previews}) == len(PUBLIC)


@pytest.mark.parametrize("state", UNSHARED)
def test_personal_pages_are_not_indexed(state):
    seen = read_page(*UNSHARED[state])
    assert seen.one("meta", name="robots")["content"] == "noindex"
    assert preview_of(seen) == {}
    assert not seen.all("link", rel="canonical")
    assert not seen.all("link", rel="alternate")
    assert not DATA_BLOCK.search(html_of(*UNSHARED[state]))


# --- The picture -----------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_preview_picture_has_its_size_and_type(language):
    content = (ROOT / "static" / "img" / f"share-{language}.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (1200, 630)
    assert len(content) < 50_000
