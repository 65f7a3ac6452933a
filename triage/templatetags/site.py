"""Components that need more than a template, and clinical facts, for every template (a builtin library)."""

from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from crispy_forms.utils import render_crispy_form
from django import template
from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from triage.clinical import medicines, self_care
from triage.clinical.assessment import RULES_VERSION
from triage.clinical.care_levels import CareLevel
from triage.clinical.changes import CHANGES
from triage.clinical.decision_table import conditions, from_age
from triage.clinical.records import Rule
from triage.clinical.rules import ARTICLE_SIGNS, COMMON_SIGNS, WATCH_FOR, rules_at
from triage.clinical.sources import Source

register = template.Library()


@register.simple_tag
def kept(template_name: str, **inputs: str | bool | CareLevel) -> str:
    """A component with `inputs` and `clinic`, rendered once for each language and set of inputs, and kept in memory.

    For what is the same for everybody who sees that page. Nothing that a person told us may be an input: only words
    that stand in the template, or which page and which care level is shown. It sees nothing else of the page's context.
    """
    render = _kept.__wrapped__ if settings.DEBUG else _kept
    return render(translation.get_language(), template_name, tuple(inputs.items()))


@lru_cache(maxsize=2000)
def _kept(language: str, template_name: str, inputs: tuple[tuple[str, str | bool | CareLevel], ...]) -> str:
    context = dict(inputs) | {"clinic": settings.CLINIC, "site_url": settings.SITE_URL, "language_code": language}
    return get_template(template_name).render(context)


@register.simple_tag
def drawn(form: Any) -> str:
    """`form`, laid out by crispy. A blank one is the same for everybody: it is drawn once for each language, and kept.

    What is kept is made from the form's class alone, so it cannot hold what someone typed.
    """
    if form.is_blank and not settings.DEBUG:
        return _blank(translation.get_language(), form.__class__)
    return render_crispy_form(form)


@cache
def _blank(language: str, form_class: type) -> str:
    return render_crispy_form(form_class())


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
    return kept(f"components/icons/{name}.svg")


@register.simple_tag
@cache
def favicon() -> str:
    """The site's icon as a data address. As a file it would be one more request on every page."""
    drawing = Path(settings.BASE_DIR, "static", "img", "favicon.svg").read_text().strip().replace('"', "'")
    return mark_safe("data:image/svg+xml," + quote(drawing, safe="'=,()-."))  # noqa: S308 - our own file, quoted


@register.simple_tag
def picture(name: str) -> str:
    """The drawing templates/components/pictures/NAME.svg, inline, following the colour scheme."""
    return kept(f"components/pictures/{name}.svg")


class CardItems(NamedTuple):
    """The list of a care card. shown: texts still to be translated. more: how many signs the full list has besides."""

    shown: list[str]
    more: int


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
    """The signs that need 911, as every result and the handout repeat them."""
    return _cut_to(WATCH_FOR, CareLevel.EMERGENCY)


def _cut_to(shown: tuple[Rule, ...], level: CareLevel) -> CardItems:
    return CardItems([rule.words for rule in shown], len(rules_at(level)) - len(shown))


@register.simple_tag
def strip_signs() -> str:
    """The article's signs, in a few words, and how many more there are. What shows it leads to the full list."""
    more = len(rules_at(CareLevel.EMERGENCY)) - len(ARTICLE_SIGNS)
    return gettext(
        "loss of bladder or bowel control, weakness, numbness, loss of balance, or one of %(more)s more signs"
    ) % {"more": more}


@register.simple_tag
def footer_pages() -> tuple[Any, ...]:
    """Every page of the guide, for the foot of each page."""
    from triage.guide.pages import PAGES

    return PAGES


@register.simple_block_tag
def captured(content: str) -> str:
    """What stands between the tags. `{% captured as NAME %}` keeps a block, which stands once, to show it twice."""
    return content


class PageAddress(NamedTuple):
    """A page in one language. `name`: the language's own name for itself."""

    code: str
    name: str
    path: str


@register.simple_tag(takes_context=True)
def page_in_each_language(context: template.Context, view_name: str = "") -> list[PageAddress]:
    """The page that is shown, or else the one called `view_name`, in every language of the site."""
    return _in_each_language(view_name or context["request"].resolver_match.view_name)


@cache
def _in_each_language(view_name: str) -> list[PageAddress]:
    found = []
    for code, name in settings.LANGUAGES:
        with translation.override(code):
            found.append(PageAddress(code, name, reverse(view_name)))
    return found


@register.simple_tag(takes_context=True)
def other_languages(context: template.Context, view_name: str = "") -> list[PageAddress]:
    """The same page in each language that is not shown now."""
    shown = translation.get_language()
    return [page for page in page_in_each_language(context, view_name) if page.code != shown]


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


@register.simple_tag
def medicine_facts() -> dict[str, Any]:
    """The `medicines`, each with its youngest age, and the `cards` of who must not use them or asks first."""
    return {
        "medicines": [(medicine, from_age(medicine)) for medicine in medicines.MEDICINES],
        "cards": medicines.medicine_cards(),
    }


@register.simple_tag
def medicine_names(these: tuple[medicines.Medicine, ...], last: str = "") -> str:
    """Their names in a row. last: the word before the last name, as in "ibuprofen, naproxen or aspirin"."""
    names = [gettext(medicine.name) for medicine in these]
    if last and len(names) > 1:
        names[-2:] = [f"{names[-2]} {last} {names[-1]}"]
    return ", ".join(names)


@register.simple_tag
def source_names(sources: tuple[Source, ...]) -> str:
    """Their short names in a row."""
    return "; ".join(source.short for source in sources)


@register.simple_tag
def rules_sign_off() -> Any:
    """The clinician's sign-off of the rules that run, or None."""
    from triage.guide.sign_off import rules_sign_off

    return rules_sign_off()
