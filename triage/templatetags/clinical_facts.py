"""What triage.clinical knows, for templates. A builtin library."""

import re
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from triage.clinical import medicines, self_care
from triage.clinical.assessment import RULES_VERSION, Told
from triage.clinical.care_levels import CareLevel
from triage.clinical.changes import CHANGES
from triage.clinical.decision_table import conditions, from_age, source_names
from triage.clinical.records import Rule
from triage.clinical.rules import ARTICLE_SIGNS, COMMON_SIGNS, WATCH_FOR, rules_at
from triage.clinical.translation import gettext_noop as _
from triage.guide.sign_off import sign_off_of
from triage.templatetags.rendering import cached_each

register = template.Library()
register.simple_tag(sign_off_of)
register.simple_tag(source_names)
register.filter(conditions)
register.filter(from_age)

BRANDS = re.compile("|".join(medicines.BRANDS))
PHONE = re.compile(r"1-800-\d{3}-\d{4}")


@register.filter
def keep_brands(text: str) -> str:
    """Text or HTML with each brand marked, so that browsers do not translate it; a phone number is a link, too."""
    marked = BRANDS.sub(r'<span translate="no">\g<0></span>', conditional_escape(text))
    return mark_safe(PHONE.sub(r'<a href="tel:+\g<0>">\g<0></a>', marked))  # noqa: S308 - escaped


@register.simple_tag
def fact(name: str) -> Any:
    """A number of `triage.clinical.self_care`, by its name."""
    return getattr(self_care, name)


@register.simple_tag
def level(name: str) -> CareLevel:
    """The care level called `name` (`EMERGENCY`, `URGENT`, `DOCTOR`, `SELF_CARE`)."""
    return CareLevel[name]


@register.simple_tag
def read_back(told: Iterable[Told]) -> str:
    """The answers that led to the advice, as list items: one for each question, one for each sign."""
    shape, words = "", []
    for question, group in groupby(told, attrgetter("question")):
        if question:
            shape += "<li>{} <strong>{}</strong></li>"
            words += [gettext(question), "; ".join(gettext(each.answer) for each in group)]
        else:
            for each in group:
                shape += "<li><strong>{}</strong> {}</li>"
                words += [gettext(each.answer), gettext(each.more)]
    return keep_brands(format_html(shape, *words))


class CardItems(NamedTuple):
    """The list of a care card. shown, folded: untranslated texts. more: how many the full list adds."""

    shown: list[str]
    more: int
    folded: tuple[str, ...] = ()


@register.simple_tag
def care_card_items(name: str, common: bool = False) -> CardItems:
    """The list of a care card: the words of each rule at that level, or the conditions of home care.

    common: only the common signs, for a page with little room. The card for home care then also counts all signs.
    """
    level = CareLevel[name]
    if level is CareLevel.SELF_CARE:
        lines = [line.text for line in self_care.HOME_CARE_WHEN]
        signs = sum(len(rules_at(above)) for above in CareLevel if above > level)
        return CardItems(lines, signs) if common else CardItems([*lines, self_care.NONE_ON_THIS_PAGE], 0)
    return _cut_to(COMMON_SIGNS[level] if common else rules_at(level), level)


@register.simple_tag
def signs_to_watch_for() -> CardItems:
    """The signs for 911 on every handout."""
    return _cut_to(WATCH_FOR, CareLevel.EMERGENCY)


def _cut_to(shown: tuple[Rule, ...], level: CareLevel) -> CardItems:
    return CardItems([rule.words for rule in shown], len(rules_at(level)) - len(shown))


# The signs in a few words, by the codes of their rules, those of the article first.
SHORT_SIGNS = {
    ("A1",): _("loss of bladder or bowel control"),
    ("A2", "A3"): _("weakness or numbness"),
    ("A4",): _("loss of balance or coordination"),
    ("E6",): _("chest pain"),
    ("E9",): _("fainting"),
    ("E4",): _("a serious accident"),
}


@register.simple_tag
def strip_signs() -> str:
    """The article's signs in a few words, and how many more there are, for a link to the full list."""
    codes = {rule.code for rule in ARTICLE_SIGNS}
    signs = ", ".join(gettext(words) for of, words in SHORT_SIGNS.items() if codes.issuperset(of))
    more = len(rules_at(CareLevel.EMERGENCY)) - len(codes)
    return gettext("%(signs)s, or one of %(more)s more signs") % {"signs": signs, "more": more}


@register.simple_tag
def short_signs() -> CardItems:
    """The emergency signs in a few words each, for a page that links to the full list."""
    told = sum(map(len, SHORT_SIGNS))
    return CardItems(list(SHORT_SIGNS.values()), len(rules_at(CareLevel.EMERGENCY)) - told)


@register.simple_tag
def folded_signs() -> CardItems:
    """All emergency signs in full, as on every result: those of `SHORT_SIGNS` in view, the rest folded."""
    first = {code for codes in SHORT_SIGNS for code in codes}
    rules = rules_at(CareLevel.EMERGENCY)
    shown = [rule.words for rule in rules if rule.code in first]
    return CardItems(shown, 0, tuple(rule.words for rule in rules if rule.code not in first))


@register.simple_tag
def decision_table() -> dict[str, Any]:
    """For "How we decide": `levels`, highest first, each with its rules; `medicine_rules`, `medicines`, …"""
    return {
        "levels": [(level, rules_at(level)) for level in sorted(CareLevel, reverse=True)],
        "medicine_rules": medicines.MEDICINE_RULES,
        "medicines": medicines.MEDICINES,
        "version": RULES_VERSION,
        "changes": CHANGES,
    }


@register.simple_tag
def medicine_names(these: tuple[medicines.Medicine, ...]) -> str:
    return ", ".join(gettext(medicine.name) for medicine in these)


@register.simple_tag
def medicine_labels(lines: Iterable[medicines.MedicineLine]) -> str:
    """The medicines of some lines, each with its brands, separated by commas."""
    return cached_each("checker/medicine_label.html", "medicine", [line.medicine for line in lines], ", ")
