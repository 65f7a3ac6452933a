"""Components that need more than a template, and clinical facts, for every template (a builtin library)."""

from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.translation import gettext

from triage.clinical import self_care
from triage.clinical.care_levels import CareLevel
from triage.clinical.rules import COMMON_SIGNS, rules_at

register = template.Library()


@register.simple_tag
def fact(name: str) -> Any:
    """A number of `triage.clinical.self_care`, by its name."""
    return getattr(self_care, name)


@register.simple_tag
def fact_weeks() -> int:
    """The two-week rule, in weeks."""
    return self_care.SEE_A_DOCTOR_AFTER_DAYS // 7


@register.simple_tag
def level(name: str) -> CareLevel:
    """The care level called `name` (`EMERGENCY`, `URGENT`, `DOCTOR`, `SELF_CARE`)."""
    return CareLevel[name]


@register.simple_tag
def icon(name: str) -> str:
    """The small drawing templates/components/icons/NAME.svg, inline, hidden from screen readers."""
    return get_template(f"components/icons/{name}.svg").render()


@register.simple_tag
def picture(name: str) -> str:
    """The drawing templates/components/pictures/NAME.svg, inline, following the colour scheme."""
    return get_template(f"components/pictures/{name}.svg").render()


@register.simple_tag
def care_card_items(name: str, common: bool = False) -> list[str]:
    """The list of a care card: the words of each rule at that level, or what makes home care right.

    common: only the signs that a page with little room shows.
    """
    level = CareLevel[name]
    if level is CareLevel.SELF_CARE:
        return list(self_care.HOME_CARE_WHEN)
    return [rule.words for rule in (COMMON_SIGNS[level] if common else rules_at(level))]


@register.simple_tag
def strip_signs() -> str:
    """The article's signs, in a few words, for the emergency strip on wide screens."""
    return gettext("loss of bladder or bowel control, weakness, numbness, loss of balance")


@register.simple_tag
def footer_pages() -> tuple[Any, ...]:
    """Every page of the guide, for the foot of each page."""
    from triage.guide.pages import PAGES

    return PAGES
