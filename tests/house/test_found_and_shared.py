"""How a page is found and shared: its address, its languages, its data block and the preview of a link to it."""

import json
import re
import struct
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from tests.reading import ReadPage, title_of
from tests.unit.clinical.scenarios import PLAIN_SPASM
from triage.clinical.care_levels import LEVELS
from triage.guide.pages import PAGES

OTHERS = ("check/", "handout/", "book/")
IN_ENGLISH = [f"/{path}" for path in (*(page.path for page in PAGES), *OTHERS)]
PUBLIC = [*IN_ENGLISH, *(f"/es{path}" for path in IN_ENGLISH)]
TYPES = {f"/{page.path}": "MedicalWebPage" for page in PAGES if page.is_health} | {"/locations/": "MedicalClinic"}
DETAILS = PLAIN_SPASM | {"step": "2"}
# What nobody shares: answers to a post, and pages that tell of one person or of a mistake.
UNSHARED = {
    "step 1 with an error": ("/check/advice/", {}),
    "step 2": ("/check/advice/", {"signs": "none"}),
    "care at home": ("/check/advice/", DETAILS),
    "emergency": ("/es/check/advice/", {"signs": ["balance"]}),
    "filled-in handout": ("/handout/", DETAILS),
    "request with an error": ("/es/book/", {}),
    "request from a result": ("/book/from-advice/", DETAILS | {"duration": "weeks_2_up"}),
    "request sent": ("/book/sent/", None),
    "wrong address": ("/es/no-such-page/", None),
}
DATA_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
ROOT = Path(settings.BASE_DIR)
SOURCE = (ROOT / "docs" / "pictures" / "share.html").read_text(encoding="utf-8")


def preview_of(seen: ReadPage) -> dict[str, str]:
    return {tag["property"]: tag["content"] for tag in seen.all("meta") if "property" in tag}


@pytest.mark.parametrize("path", PUBLIC)
def test_each_page_has_its_address_and_a_preview(client, db, path):
    html = client.get(path).content.decode()
    seen, preview = ReadPage(html), preview_of(ReadPage(html))
    language, other = ("es", "en") if path.startswith("/es/") else ("en", "es")
    address = settings.SITE_URL + path

    assert seen.one("link", rel="canonical")["href"] == preview["og:url"] == address
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


def test_no_two_pages_say_the_same_of_themselves(client, db):
    previews = [preview_of(ReadPage(client.get(path).content.decode())) for path in PUBLIC]
    for part in ("og:title", "og:description", "og:url"):
        assert len({preview[part] for preview in previews}) == len(PUBLIC)


@pytest.mark.parametrize("path", PUBLIC)
def test_each_page_says_what_it_is(client, db, path):
    found = [json.loads(data) for data in DATA_BLOCK.findall(client.get(path).content.decode())]
    wanted = TYPES.get(path.removeprefix("/es") if path.startswith("/es/") else path)
    assert [data["@type"] for data in found] == ([wanted] if wanted else [])
    if wanted == "MedicalWebPage":
        assert found[0]["url"] == settings.SITE_URL + path
        assert found[0]["inLanguage"] == ("es" if path.startswith("/es/") else "en")


@pytest.mark.parametrize("state", UNSHARED)
def test_what_tells_of_one_person_is_neither_found_nor_shared(client, db, state):
    path, data = UNSHARED[state]
    html = (client.get(path) if data is None else client.post(path, data)).content.decode()
    seen = ReadPage(html)
    assert seen.one("meta", name="robots")["content"] == "noindex"
    assert preview_of(seen) == {}
    assert not seen.all("link", rel="canonical")
    assert not seen.all("link", rel="alternate")
    assert not DATA_BLOCK.search(html)


# --- The picture -----------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_picture_is_as_it_is_called_and_light(language):
    content = (ROOT / "static" / "img" / f"share-{language}.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (1200, 630)
    assert len(content) < 50_000


@pytest.mark.parametrize(("language", "path"), [("en", "/"), ("es", "/es/")])
def test_the_picture_says_what_the_site_says(client, language, path):
    """If this fails: change docs/pictures/share.html, and make both pictures again as it says."""
    _, words, levels = SOURCE.split(f'lang="{language}"')[-3:]
    lead = " ".join(re.findall(r"<(?:h1|p)>([^<]+)<", words.split("</div>")[0]))
    assert lead in ReadPage(client.get(path).content.decode()).text
    with translation.override(language):
        shown = [(level.css, gettext(level.label)) for level in LEVELS.values()]
    assert re.findall(r'<span class="(\w+)">.*</svg>(.+)</span>', levels.split("</div>")[0]) == shown


def test_the_picture_holds_the_drawings_of_the_site():
    drawings = ["pictures/where_it_hurts", *(f"icons/{level.icon}" for level in LEVELS.values())]
    for name in drawings:
        assert (ROOT / "templates" / "components" / f"{name}.svg").read_text(encoding="utf-8").strip() in SOURCE
