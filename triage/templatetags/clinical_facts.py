"""What triage.clinical knows, for templates. A builtin library."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django import template
from django.utils.html import format_html_join
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

register = template.Library()
register.simple_tag(sign_off_of)
register.simple_tag(source_names)


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
    """What a person told us, as items of a list: never more than they said. Answers to one question share an item."""
    lines = []
    for question, group in groupby(told, attrgetter("question")):
        if question:
            lines.append((gettext(question), "; ".join(gettext(each.answer) for each in group), ""))
        else:
            lines += [("", gettext(each.answer), gettext(each.more)) for each in group]
    return format_html_join("", "<li>{} <strong>{}</strong> {}</li>", lines)


class CardItems(NamedTuple):
    """The list of a care card. shown, folded: texts still to be translated. more: how many the full list adds."""

    shown: list[str]
    more: int
    folded: tuple[str, ...] = ()


@register.simple_tag
def care_card_items(name: str, common: bool = False) -> CardItems:
    """The list of a care card: the words of each rule at that level, or what makes home care right.

    common: only the signs that a page with little room shows. Then the card for home care points to the full list, too.
    """
    level = CareLevel[name]
    if level is CareLevel.SELF_CARE:
        lines = [line.text for line in self_care.HOME_CARE_WHEN]
        signs = sum(len(rules_at(above)) for above in CareLevel if above > level)
        return CardItems(lines, signs) if common else CardItems([*lines, self_care.NONE_ON_THIS_PAGE], 0)
    return _cut_to(COMMON_SIGNS[level] if common else rules_at(level), level)


@register.simple_tag
def signs_to_watch_for() -> CardItems:
    """The signs that need 911, as every handout repeats them."""
    return _cut_to(WATCH_FOR, CareLevel.EMERGENCY)


def _cut_to(shown: tuple[Rule, ...], level: CareLevel) -> CardItems:
    return CardItems([rule.words for rule in shown], len(rules_at(level)) - len(shown))


# The signs in a few words, by the codes of the rules they stand for, those of the article first.
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
    """The article's signs, in a few words, and how many more there are. What shows it leads to the full list."""
    codes = {rule.code for rule in ARTICLE_SIGNS}
    signs = ", ".join(gettext(words) for of, words in SHORT_SIGNS.items() if codes.issuperset(of))
    more = len(rules_at(CareLevel.EMERGENCY)) - len(codes)
    return gettext("%(signs)s, or one of %(more)s more signs") % {"signs": signs, "more": more}


@register.simple_tag
def short_signs() -> CardItems:
    """The emergency signs in one line each. What shows them leads to the full list."""
    told = sum(map(len, SHORT_SIGNS))
    return CardItems(list(SHORT_SIGNS.values()), len(rules_at(CareLevel.EMERGENCY)) - told)


@register.simple_tag
def folded_signs() -> CardItems:
    """All emergency signs in full, as every result repeats them: those of `SHORT_SIGNS` in view, the rest folded."""
    first = {code for codes in SHORT_SIGNS for code in codes}
    rules = rules_at(CareLevel.EMERGENCY)
    shown = [rule.words for rule in rules if rule.code in first]
    return CardItems(shown, 0, tuple(rule.words for rule in rules if rule.code not in first))


@register.simple_tag
def decision_table() -> dict[str, Any]:
    """All that decides: `levels`, highest first, each with its rules and what meets them; `medicine_rules` likewise."""
    return {
        "levels": [
            (level, [(rule, conditions(rule.combinations)) for rule in rules_at(level)])
            for level in sorted(CareLevel, reverse=True)
        ],
        "medicine_rules": [(rule, conditions(rule.when)) for rule in medicines.MEDICINE_RULES],
        "version": RULES_VERSION,
        "changes": CHANGES,
    }


class ForMedicine(NamedTuple):
    """A medicine by itself. from_age: years. never, ask_first: lines still to be translated, said after "if you"."""

    medicine: medicines.Medicine
    from_age: int
    never: tuple[str, ...]
    ask_first: tuple[str, ...]


class ForCondition(NamedTuple):
    """Lines said after "if you", and what then holds of each medicine: `never`, `ask_first` or `may_try`."""

    lines: tuple[str, ...]
    verdicts: list[tuple[medicines.Medicine, str]]


@register.simple_tag
def medicine_facts() -> dict[str, Any]:
    """What the medicine rules say to readers who told us nothing: `by_medicine`, and `by_condition`."""
    rules = [rule for rule in medicines.MEDICINE_RULES if rule.card]
    by_medicine, by_condition = [], [ForCondition(rule.card, _verdicts(rule.leaves, rule.ask_first)) for rule in rules]
    for medicine in medicines.MEDICINES:
        never = tuple(line for rule in rules if medicine in rule.avoid for line in rule.card)
        ask_first = tuple(line for rule in rules if medicine in rule.ask_first for line in rule.card)
        by_medicine.append(ForMedicine(medicine, from_age(medicine), never + medicine.never, ask_first))
        if medicine.never:
            others = tuple(each for each in medicines.MEDICINES if each is not medicine)
            by_condition.append(ForCondition(medicine.never, _verdicts(others, ())))
    return {"by_medicine": by_medicine, "by_condition": by_condition}


def _verdicts(
    may_try: tuple[medicines.Medicine, ...], ask_first: tuple[medicines.Medicine, ...]
) -> list[tuple[medicines.Medicine, str]]:
    return [
        (each, "may_try" if each in may_try else "ask_first" if each in ask_first else "never")
        for each in medicines.MEDICINES
    ]


@register.simple_tag
def medicine_names(these: tuple[medicines.Medicine, ...], last: str = "") -> str:
    """Their names in a row. last: the word before the last name, as in "ibuprofen, naproxen or aspirin"."""
    names = [gettext(medicine.name) for medicine in these]
    if last and len(names) > 1:
        names[-2:] = [f"{names[-2]} {last} {names[-1]}"]
    return ", ".join(names)
