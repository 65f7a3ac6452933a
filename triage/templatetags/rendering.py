"""Renders components, forms and drawings. A builtin library: no template needs to load it."""

from collections.abc import Hashable, Iterable
from functools import cache, lru_cache
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.utils import render_crispy_form
from django import template
from django.conf import settings
from django.forms import BoundField
from django.forms.widgets import ChoiceWidget
from django.template.loader import get_template
from django.utils import translation
from django.utils.html import format_html, format_html_join

register = template.Library()


@register.simple_tag
def cached_include(template_name: str, **inputs: Hashable) -> str:
    """A component with `inputs` and `clinic`, rendered once for each language and set of inputs, and kept in memory.

    Nothing that a person told us may be an input: only words in the template, records of triage.clinical, a day, the
    page and the care level. The component has nothing else of the page's context.
    """
    render = _render_cached.__wrapped__ if settings.DEBUG else _render_cached
    return render(translation.get_language(), template_name, tuple(inputs.items()))


@register.simple_tag
def cached_each(
    template_name: str, name: str, values: Iterable[Hashable], separator: str = "", **inputs: Hashable
) -> str:
    """`cached_include` for each of `values`, given as the input `name`, joined by `separator`."""
    pieces = ([cached_include(template_name, **{name: value}, **inputs)] for value in values)
    return format_html_join(separator, "{}", pieces)


@lru_cache(maxsize=2000)
def _render_cached(language: str, template_name: str, inputs: tuple[tuple[str, Hashable], ...]) -> str:
    context = dict(inputs) | {"clinic": settings.CLINIC, "site_url": settings.SITE_URL, "language_code": language}
    return get_template(template_name).render(context)


@register.simple_tag
def render_form(form: Any) -> str:
    """`form`, rendered by crispy. A blank one, made from its class alone, is rendered once for each language."""
    if form.is_bound or form.initial or settings.DEBUG:
        return _render_form(form)
    return _render_blank_form(translation.get_language(), form.__class__)


@cache
def _render_blank_form(language: str, form_class: type) -> str:
    return _render_form(form_class())


def _render_form(form: Any) -> str:
    helper = FormHelper()
    helper.layout = form.layout
    return render_crispy_form(form, helper)


@register.simple_tag
def hidden_fields(fields: Iterable[tuple[str, str]]) -> str:
    """Hidden values of a form: as checkboxes, whose names may repeat."""
    words = [word for field in fields for word in field]
    box = '<input type="checkbox" name="{}" value="{}" checked hidden>'
    return format_html(box * (len(words) // 2), *words) if words else ""


@register.filter
def option_groups(bound: BoundField) -> list[Any]:
    """Django's groups of options (heading or None, options, number), with ids numbered across groups from `id_x_0`."""
    widget = cast(ChoiceWidget, bound.field.widget)
    groups = widget.optgroups(bound.html_name, widget.format_value(bound.value()))
    for number, option in enumerate(option for _heading, options, _number in groups for option in options):
        option["id"] = f"{bound.auto_id}_{number}"
    return groups


@register.simple_tag
def icon(name: str) -> str:
    """The small drawing templates/components/icons/NAME.svg, inline, hidden from screen readers."""
    return cached_include(f"components/icons/{name}.svg")


@register.simple_tag
def picture(name: str) -> str:
    """The drawing templates/components/pictures/NAME.svg, inline, following the colour scheme."""
    return cached_include(f"components/pictures/{name}.svg")


@register.simple_block_tag
def capture(content: str) -> str:
    """What is between the tags, to be used twice: `{% capture as NAME %}`."""
    return content
