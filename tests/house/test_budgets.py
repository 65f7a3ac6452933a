"""The first view in 14 KB: HTML and stylesheet, packed as they travel. Pictures are inside the HTML."""

from pathlib import Path

import brotli
import pytest
from django.conf import settings

from tests.unit.clinical.scenarios import PLAIN_SPASM
from triage.guide.pages import PAGES

FIRST_VIEW = 14 * 1024
STYLESHEET = int(4.5 * 1024)
PATHS = [f"{prefix}/{path}" for prefix in ("", "/es") for path in (*(page.path for page in PAGES), "check/", "book/")]
# The longest of what only a post reaches: step 2, a result with medicines, and an error on each question.
FULLEST = PLAIN_SPASM | {"step": "2", "duration": "months_3_up", "spread": ["leg", "arm"], "medicine": ["under_care"]}
POSTS = [{"signs": "none"}, {"signs": "none", "step": "2"}, FULLEST, {"signs": ["balance", "saddle", "chest"]}]


def packed(content: bytes) -> int:
    return len(brotli.compress(content, quality=11))


@pytest.fixture(scope="module")
def stylesheet() -> int:
    return packed(Path(settings.BASE_DIR, "static", "css", "site.css").read_bytes())


def test_the_stylesheet(stylesheet):
    assert stylesheet <= STYLESHEET


@pytest.mark.parametrize("path", PATHS)
def test_the_first_view_of_a_page(client, db, stylesheet, path):
    page = client.get(path)
    assert page.status_code == 200
    assert packed(page.content) + stylesheet <= FIRST_VIEW


@pytest.mark.parametrize("prefix", ["", "/es"])
@pytest.mark.parametrize("data", POSTS, ids=["step 2", "errors", "result", "emergency"])
def test_the_first_view_of_what_a_post_reaches(client, stylesheet, prefix, data):
    assert packed(client.post(f"{prefix}/check/advice/", data).content) + stylesheet <= FIRST_VIEW
