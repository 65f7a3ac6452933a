"""HTML and stylesheet of the first view within 14 KB, compressed. Pictures are inside the HTML."""

import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings

from tests.reading import IN_ENGLISH, PUBLIC, html_of, open_page
from tests.unit.clinical.scenarios import PLAIN_SPASM

FIRST_VIEW = 14 * 1024
REFERENCE_WORK = 20 * 1024  # every rule in full: no reader needs it at once
STYLESHEET = int(5.5 * 1024)
SCRIPT = 3 * 1024
HAVE_WORK_FOR_THE_SCRIPT = {"/ease-the-pain/", "/handout/"}
# The longest pages that only a POST returns: step 2, a result with medicines, and an error on each question.
FULLEST = PLAIN_SPASM | {"step": "2", "duration": "months_3_up", "medicine": ["under_care"]}
FULLEST |= {"spread": ["leg_or_tingling", "elsewhere"]}
POSTS = [{"signs": "none"}, {"signs": "none", "step": "2"}, FULLEST, {"signs": ["balance", "saddle", "chest_or_jaw"]}]


def packed(content: bytes) -> int:
    return len(brotli.compress(content, quality=11))


@pytest.fixture(scope="module")
def stylesheet() -> int:
    return packed(Path(settings.BASE_DIR, "static", "css", "site.css").read_bytes())


def test_the_stylesheet_and_the_scripts(stylesheet):
    assert stylesheet <= STYLESHEET
    scripts = {path.name: path.read_bytes() for path in Path(settings.BASE_DIR, "static").rglob("*.js")}
    assert scripts.keys() == {"site.js", "staff.js"}
    assert max(map(packed, scripts.values())) <= SCRIPT


@pytest.mark.parametrize("path", IN_ENGLISH)
def test_a_page_loads_the_script_only_for_a_reason(path):
    scripts = re.findall(r"<script(?! type=.application/ld)[^>]*>", html_of(path))
    wanted = ['<script type="module" src="/static/js/site.js">'] if path in HAVE_WORK_FOR_THE_SCRIPT else []
    assert scripts == wanted


@pytest.mark.parametrize("path", ["/check/advice/", "/book/"])
def test_a_form_loads_it_for_its_errors(path):
    assert html_of(path, {}).count("<script ") == 1


@pytest.mark.parametrize("path", PUBLIC)
def test_the_first_view_of_a_page(stylesheet, path):
    most = REFERENCE_WORK if path.endswith("/how-we-decide/") else FIRST_VIEW
    assert packed(open_page(path).content) + stylesheet <= most


@pytest.mark.parametrize("path", ["/check/advice/", "/es/check/advice/", "/check/handout/", "/es/check/handout/"])
def test_the_first_view_of_what_a_post_reaches(stylesheet, path):
    for data in POSTS:
        assert packed(open_page(path, data).content) + stylesheet <= FIRST_VIEW
