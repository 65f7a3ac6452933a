"""What must be true of every page, for all pages of the registries."""

import re
from html import unescape

import pytest
from django.http import HttpResponse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from tests.browser.test_handout import FULLEST, LONG_ADVICE
from tests.conftest import new_key
from tests.journeys.test_handout import LEVELS
from tests.reading import PUBLIC, html_of, open_page, title_of
from tests.typed import PLAIN_REQUEST
from triage.clinical.care_levels import CareLevel
from triage.clinical.questions import QUESTIONS, SIGNS
from triage.clinical.red_flags import RED_FLAGS
from triage.clinical.rules import RULES

OTHERS = ("/book/sent/", "/es/book/sent/", "/no-such-page/", "/es/no-such-page/")
FILES = ("/robots.txt", "/sitemap.xml", "/healthz")
ARTICLES_FOUR = ("A1", "A2", "A3", "A4")


def check_headers(response: HttpResponse) -> None:
    policy = response["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Accept-Language" not in response.get("Vary", "")


@pytest.mark.parametrize("path", [*PUBLIC, *OTHERS, *FILES])
def test_every_answer_carries_the_headers_and_no_page_sets_a_cookie(path):
    response = open_page(path)
    check_headers(response)
    assert "Cookie" not in response.get("Vary", "") or response["Cache-Control"] == "no-store"
    assert set(response.cookies) == ({"csrftoken"} if path.endswith("/book/") else set())


def test_the_sign_in_carries_the_headers(client, db):
    response = client.get("/admin/sign-in/")
    check_headers(response)
    assert set(response.cookies) == {"csrftoken"}


@pytest.mark.parametrize("path", [*PUBLIC, *OTHERS])
def test_nothing_is_loaded_from_other_hosts_or_inline(path):
    html = html_of(path)
    for address in re.findall(r'(?:src|action|href)="(https?://[^"]+)"', html):
        assert address.startswith(("http://127.0.0.1:8000/", "https://placeholder.example/")), address
    assert not re.search(r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*src=| type="application/ld\+json")', html)


@pytest.mark.parametrize(("language", "root"), [("en", "/"), ("es", "/es/")])
@pytest.mark.parametrize("code", ARTICLES_FOUR)
def test_the_articles_signs_are_asked_shown_and_an_emergency(code, language, root):
    (rule,) = [rule for rule in RED_FLAGS if rule.code == code]
    assert rule.level is CareLevel.EMERGENCY
    with translation.override(language):
        sign, asked = gettext(rule.words), [gettext(row.text) for row in rule.asks]
    assert {row.code for row in rule.asks} <= SIGNS.codes
    for words in asked:
        assert escape(words) in html_of(f"{root}check/")
    for path in (root, f"{root}when-to-get-help/"):
        html = html_of(path)
        card = html[html.index('class="care-card emergency"') :]
        assert escape(sign) in card[: card.index("</section>")]


@pytest.mark.parametrize("path", ["/check/advice/", "/es/check/advice/", "/check/handout/", "/es/check/handout/"])
def test_the_length_of_a_result_does_not_tell_its_level(client, path, monkeypatch):
    answers = [*LEVELS.values(), LONG_ADVICE, FULLEST, {"signs": sorted(SIGNS.codes)}]
    pages = [client.post(path, data | {"step": "2"}) for data in answers]
    monkeypatch.setattr("triage.checker.views.assess", lambda answers: 1 / 0)
    pages.append(client.post(path, LONG_ADVICE))  # the rules fail
    assert {len(page.content) for page in pages} == {24 * 1024}


KEPT_AS_IT_IS = r"\(\d{3}\) \d{3}-\d{4}|1-800-222-1222|Advil|Motrin|Aleve|Bayer|Tylenol|\S+@\S+"
KEPT_AS_IT_IS += (
    "|Aspercreme|NyQuil|Excedrin|Alka-Seltzer|Dolo-Neuro|Coumadin|Eliquis|Xarelto|Plavix|Panadol|Flanax|Febrax|Cataflam"
)


def would_be_translated(html: str) -> list[str]:
    """The numbers, brands and addresses that a browser would change when it translates the page."""
    body = re.sub(r'<(\w+)[^>]* translate="no"[^>]*>.*?</\1>', "", html[html.index("<body") :], flags=re.S)
    body = " ".join(re.sub(r"<[^>]+>", " ", unescape(body)).split())
    return re.findall(KEPT_AS_IT_IS, body)


@pytest.mark.parametrize("language", ["", "/es"])
def test_a_browser_that_translates_leaves_numbers_and_brands_as_they_are(client, db, language, monkeypatch):
    pages = [html_of(path) for path in (*PUBLIC, *OTHERS) if path.startswith("/es/") == bool(language)]
    data = [*LEVELS.values(), FULLEST, LEVELS["home"] | {"medicine": "none", "age": "45"}]
    for path in ("/check/advice/", "/check/handout/"):
        pages += [client.post(language + path, posted | {"step": "2"}).content.decode() for posted in data]
    typed = PLAIN_REQUEST | {"email": "rosa@example.com"}
    for reach_by in ("call", "text", "email"):
        client.post("/book/", typed | {"reach_by": reach_by, "request_key": new_key()})
        sent = client.get(f"{language}/book/sent/").content.decode()
        assert re.search(r'translate="no">[A-Z2-9]{3} [A-Z2-9]{3}<', sent)
        pages.append(sent)
    monkeypatch.setattr("triage.booking.limits.PER_CONTACT", 0)
    pages.append(client.post(f"{language}/book/", typed | {"request_key": new_key()}).content.decode())
    monkeypatch.setattr("triage.checker.views.assess", lambda answers: 1 / 0)
    pages.append(client.post(f"{language}/check/advice/", LONG_ADVICE).content.decode())
    for page in pages:
        assert would_be_translated(page) == [], title_of(page)
        assert re.search(KEPT_AS_IT_IS, page)


def test_codes_are_unique():
    assert len({rule.code for rule in RULES}) == len(RULES)
    for question in QUESTIONS:
        assert len(question.codes) == len(question.choices)
