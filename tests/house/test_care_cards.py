"""The cards of care never say less than the rules, and a shortened list says that it is one."""

import html
import re
from collections.abc import Iterable

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext

from tests.journeys.test_check_symptoms import ADVICE, LEVELS, PLAIN_SPASM
from tests.journeys.test_request_a_visit import send
from tests.reading import PUBLIC, html_of
from triage.clinical.answers import AGE_BANDS
from triage.clinical.care_levels import CareLevel
from triage.clinical.questions import QUESTIONS
from triage.clinical.records import Combination, Rule
from triage.clinical.rules import RULES, rules_at
from triage.clinical.self_care import HOME_CARE_WHEN, NONE_ON_THIS_PAGE, HomeCareLine
from triage.guide.pages import PAGES
from triage.templatetags.clinical_facts import SHORT_SIGNS

HELP = "guide:when-to-get-help"
ABOVE_HOME_CARE = tuple(rule for rule in RULES if rule.level > CareLevel.SELF_CARE)
# The full list asks for signs that a person notices. The card itself must ask for everything else.
SIGNS = ("signs.", "notice.", "medicine.metamizole_sore")
LEVEL_OF = {level.shown.css: level for level in CareLevel}
in_each_language = pytest.mark.parametrize("language", ["en", "es"])


class Card:
    """A care card as the page shows it. items: its list, in words. links: where they lead."""

    def __init__(self, css: str, body: str) -> None:
        self.level = LEVEL_OF[css]
        rows = re.findall(r"<li>(.*?)</li>", body, re.DOTALL)
        self.items = [" ".join(html.unescape(re.sub(r"<[^>]+>", "", row)).split()) for row in rows]
        self.links = [re.findall(r'href="([^"]+)"', row) for row in rows]

    @property
    def rules(self) -> set[str]:
        """The codes of the rules that it shows, in the active language."""
        return {rule.code for rule in rules_at(self.level) if gettext(rule.words) in self.items}


def cards_of(html: str) -> list[Card]:
    found = re.findall(r'<section class="care-card ([\w-]+)">(.*?)</section>', html, re.DOTALL)
    return [Card(css, body) for css, body in found]


def full_list() -> set[str]:
    return set().union(*(card.rules for card in cards_of(html_of(reverse(HELP)))))


def home_card(name: str) -> Card:
    (card,) = [card for card in cards_of(html_of(reverse(name))) if card.level is CareLevel.SELF_CARE]
    return card


# --- Care at home ----------------------------------------------------------------------------
def is_excluded(rule: Rule, combination: Combination, lines: Iterable[HomeCareLine], listed: set[str]) -> bool:
    """Whether nobody for whom all `lines` are true, and who has no `listed` sign, meets the combination."""
    excluded = frozenset().union(*(line.excludes for line in lines))
    by_the_list = rule.code in listed and any(
        all(answer.startswith(SIGNS) for answer in group) for group in combination
    )
    return by_the_list or any(group <= excluded for group in combination)


def let_through(lines: Iterable[HomeCareLine], listed: set[str]) -> set[str]:
    return {
        rule.code
        for rule in ABOVE_HOME_CARE
        if not all(is_excluded(rule, combination, lines, listed) for combination in rule.combinations)
    }


@in_each_language
def test_the_full_list_shows_every_rule_above_home_care(language):
    with translation.override(language):
        assert full_list() == {rule.code for rule in ABOVE_HOME_CARE}


@in_each_language
def test_the_card_shows_each_line_and_asks_for_the_full_list(language):
    with translation.override(language):
        lines = [gettext(line.text) for line in HOME_CARE_WHEN]
        none_of = gettext("you have none of the %(more)s signs on the full list:") % {"more": len(ABOVE_HOME_CARE)}
        at_home, at_the_list = home_card("guide:home"), home_card(HELP)
        assert at_home.items == [*lines, f"{none_of} {gettext('When to get help')}"]
        assert at_home.links[-1] == [reverse(HELP)]
        assert at_the_list.items == [*lines, gettext(NONE_ON_THIS_PAGE)]


@in_each_language
def test_the_card_excludes_everybody_whom_a_rule_sends_to_a_doctor(language):
    with translation.override(language):
        assert let_through(HOME_CARE_WHEN, full_list()) == set()


def test_each_line_of_the_card_is_needed():
    for dropped in HOME_CARE_WHEN:
        assert let_through([line for line in HOME_CARE_WHEN if line is not dropped], full_list()), dropped.text


def test_the_lines_exclude_answers_that_exist():
    known = {f"{question.code}.{choice.code}" for question in QUESTIONS for choice in question.choices} | set(AGE_BANDS)
    for line in HOME_CARE_WHEN:
        assert line.excludes <= known
        assert line.excludes


@in_each_language
@pytest.mark.parametrize("name", ["guide:home", HELP])
def test_the_card_leads_to_the_check(name, language):
    with translation.override(language):
        card = re.search(r'<section class="care-card home">(.*?)</section>', html_of(reverse(name)), re.DOTALL)[1]
        assert f'<a href="{reverse("checker:check")}">' in card


# --- Shortened lists -------------------------------------------------------------------------
@pytest.fixture(params=["", "/es"])
def prefix(request):
    with translation.override(request.param.strip("/") or "en"):
        yield request.param


MADE: dict[str, list[str]] = {}  # once for each language


@pytest.fixture
def every_page(client, db, prefix) -> list[str]:
    """Each public page, result and handout, the confirmation of a request, and a 404."""
    if prefix in MADE:
        return MADE[prefix]
    pages = [html_of(path) for path in PUBLIC if path.startswith("/es/") == bool(prefix)]
    pages += [html_of(f"{prefix}{path}", data) for path in (ADVICE, "/check/handout/") for data in LEVELS.values()]
    answers = [send(client, client.get(f"{prefix}/book/"), to=f"{prefix}/book/"), client.get(f"{prefix}/none/")]
    MADE[prefix] = pages + [answer.content.decode() for answer in answers]
    return MADE[prefix]


def test_a_card_that_is_cut_short_says_how_many_more_signs_there_are_and_where(every_page):
    cut_short = 0
    for card in (card for page in every_page for card in cards_of(page)):
        if card.level is CareLevel.SELF_CARE:
            continue
        more = len(rules_at(card.level)) - len(card.rules)
        if not more:
            assert len(card.items) == len(card.rules)
            continue
        cut_short += 1
        one = "the %(more)s other sign on the full list:"
        many = "one of the %(more)s other signs on the full list:"
        assert card.items[-1].startswith(ngettext(one, many, more) % {"more": more})
        assert card.links[-1] == [reverse(HELP)] or card.items[-1].endswith(settings.SITE_URL + reverse(HELP))
    assert cut_short == 3 + 3 + 1 + 3 + 1, "home, ease the pain, handouts, sent"


def test_the_short_signs_say_how_many_more_there_are(every_page):
    few = ", ".join(gettext(SHORT_SIGNS[codes]) for codes in (("A1",), ("A2", "A3"), ("A4",)))
    more = len(rules_at(CareLevel.EMERGENCY)) - 4
    signs = gettext("%(signs)s, or one of %(more)s more signs") % {"signs": few, "more": more}
    start = ", ".join(few.split(", ")[:2])
    assert sum(signs in text for text in every_page) > len(PAGES)
    for text in every_page:
        assert text.count(start) == text.count(signs)
        for place in re.finditer(re.escape(signs), text):
            around = text[max(text.rfind("<aside", 0, place.start()), text.rfind("<div", 0, place.start())) :]
            assert f'href="{reverse(HELP)}"' in re.split("</aside>|</div>", around)[0]


def test_the_lines_beside_the_text_of_a_page_say_the_same(every_page):
    told = sum(map(len, SHORT_SIGNS))
    more = gettext("one of the %(more)s other signs on") % {"more": len(rules_at(CareLevel.EMERGENCY)) - told}
    lists = re.findall(r'<section class="rail-signs">.*?</section>', "".join(every_page), re.S)
    assert len(lists) == len(PAGES) + 2, "each page of the guide, the request, and a page that is not there"
    for found in lists:
        assert [line for line in SHORT_SIGNS.values() if f"<li>{gettext(line)}</li>" not in found] == []
        last = found.split("<li>")[-1]
        assert last.startswith(more)
        assert f'href="{reverse(HELP)}"' in last
    assert {code for codes in SHORT_SIGNS for code in codes} <= {rule.code for rule in rules_at(CareLevel.EMERGENCY)}


def test_each_list_of_signs_has_a_link_to_the_full_list(every_page):
    """An element with two signs or more is such a list: a card, a line, a list. A person's own reasons are not."""
    signs = {gettext(rule.words) for rule in ABOVE_HOME_CARE} | {gettext(words) for words in SHORT_SIGNS.values()}
    whole = [{gettext(rule.words) for rule in rules_at(level)} for level in CareLevel]
    cut_short = 0
    for text in every_page:
        listed = r"<section class=.care-card.*?</section>|<ul(?! class=.told)[^>]*>.*?</ul>"
        for found in re.findall(listed, text, re.S):
            shown = {sign for sign in signs if sign in html.unescape(found)}
            if len(shown) > 1 and not any(all_of_level <= shown for all_of_level in whole):
                cut_short += 1
                assert reverse(HELP) in found
    assert cut_short > len(PAGES)


def test_when_the_rules_fail_the_list_is_whole(client, monkeypatch):
    monkeypatch.setattr("triage.checker.views.assess", lambda answers: 1 / 0)
    (card,) = cards_of(client.post(ADVICE, PLAIN_SPASM).content.decode())
    assert card.rules == {rule.code for rule in rules_at(CareLevel.EMERGENCY)}


def test_an_accident_chest_pain_and_fainting_stand_where_there_is_little_room():
    (on_the_first_page,) = [card for card in cards_of(html_of("/")) if card.level is CareLevel.EMERGENCY]
    assert {"E4", "E6", "E9"} <= on_the_first_page.rules
    for level in ("home", "doctor", "urgent"):
        (on_the_result,) = cards_of(html_of(ADVICE, LEVELS[level]))
        assert {"E6", "E9"} <= on_the_result.rules
