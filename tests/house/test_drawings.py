"""The drawings: small, in the site's colours, and always with text that says what they show."""

import re

import pytest

from tests.house.test_budgets import packed
from tests.once import ROOT
from tests.reading import PUBLIC, html_of
from tests.unit.clinical.scenarios import PLAIN_SPASM

DRAWINGS = sorted((ROOT / "templates/components/pictures").glob("*.svg"))
MOST_BYTES = 800
RESULT = PLAIN_SPASM | {"step": "2"}
PAGES = [(path, None) for path in PUBLIC]
PAGES += [(path, RESULT) for path in ("/check/advice/", "/es/check/advice/", "/check/handout/", "/es/check/handout/")]


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_is_light_has_its_size_and_only_colours_of_the_stylesheet(path):
    drawing = path.read_text()
    assert packed(drawing.encode()) <= MOST_BYTES

    width, height = re.search(r'viewBox="0 0 (\d+) (\d+)"', drawing).groups()
    assert drawing.startswith(f'<svg class="picture" width="{width}" height="{height}" ')
    assert drawing.count('aria-hidden="true"') == 1  # its words stand beside it

    assert not re.search(r"style=|<text|<style|#|rgb", drawing)
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', drawing)) <= {"currentColor", "none"}
    stylesheet = (ROOT / "static/css/site.css").read_text()
    for names in re.findall(r'class="([^"]*)"', drawing):
        assert all(f".{name} " in stylesheet or f".{name}," in stylesheet for name in names.split()), names


def test_each_drawing_is_shown_and_none_is_missing():
    shown = "".join(html_of(path, data) for path, data in PAGES)
    # The other rest position, for those who should not lie flat.
    shown += html_of("/check/advice/", RESULT | {"pregnancy": "weeks_20_up"})
    for path in DRAWINGS:
        assert path.read_text().strip() in shown, path.stem


@pytest.mark.parametrize(("path", "data"), PAGES)
def test_every_drawing_has_words_beside_it(path, data):
    page = html_of(path, data)
    for drawing in re.finditer(r'<svg class="picture"', page):
        before = page[: drawing.start()]
        start, frame = max((before.rfind(tag), tag) for tag in ("<li", '<div role="img"'))
        assert f"</{frame[1:4].strip()}>" not in page[start : drawing.start()], "no tile, step or named image is open"
        if frame == "<li":
            words = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page[start : page.index("</li>", drawing.end())], flags=re.S)
        else:
            words = re.search(r'aria-label="([^"]*)"', page[start : drawing.start()])[1]
        assert re.search(r"\w{3}", words)
