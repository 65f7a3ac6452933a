"""What the form templates need to know of a field. Used by templates/clinic_forms and the error summary."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from django import template
from django.forms import BoundField, ChoiceField
from django.template.loader import get_template

register = template.Library()


@dataclass(frozen=True, slots=True)
class Option:
    """One radio button or checkbox. `label` may be any object; its `hint`, if it has one, is the small print."""

    value: str
    label: Any
    id: str
    checked: bool

    @property
    def hint(self) -> str:
        return getattr(self.label, "hint", "")


@dataclass(slots=True)
class OptionGroup:
    """Options that stand together: under `heading`, or bare, or after the word "or"."""

    id: str
    heading: Any = ""
    comes_after_or: bool = False
    options: list[Option] = field(default_factory=list)


@register.filter
def option_groups(bound: BoundField) -> list[OptionGroup]:
    """The choices of `bound` in the order they are shown, under their headings.

    The ids count through: `id_x_0` is the first option on the page, grouped or not. The choice named by
    the form field's `or_value` comes last, by itself.
    """
    chosen = set(bound.field.widget.format_value(bound.value()))
    or_value = getattr(bound.field, "or_value", "") or None
    groups: list[OptionGroup] = []
    last: list[tuple[Any, Any]] = []
    count = 0

    def add(heading: Any, choices: list[tuple[Any, Any]], comes_after_or: bool = False) -> None:
        nonlocal count
        group = OptionGroup(f"{bound.auto_id}_group_{len(groups)}", heading, comes_after_or)
        for value, label in choices:
            group.options.append(Option(str(value), label, f"{bound.auto_id}_{count}", str(value) in chosen))
            count += 1
        groups.append(group)

    for heading, choices in _by_heading(cast(ChoiceField, bound.field).choices):
        last += [choice for choice in choices if choice[0] == or_value]
        if kept := [choice for choice in choices if choice[0] != or_value]:
            add(heading, kept)
    if last:
        add("", last, comes_after_or=True)
    return groups


@register.filter
def first_control_id(bound: BoundField) -> str:
    """Where an error summary's link leads: the first option of a group, else the field itself."""
    return f"{bound.auto_id}_0" if bound.use_fieldset else bound.id_for_label


@register.simple_tag
def rendered(template_name: str) -> str:
    """A template without inputs, rendered once to be shown many times."""
    return get_template(template_name).render()


def _by_heading(choices: Any) -> Iterator[tuple[Any, list[tuple[Any, Any]]]]:
    """Django's choices as (heading, choices). Neighbors without a heading stand together, under ""."""
    bare: list[tuple[Any, Any]] = []
    for value, label in choices:
        if isinstance(label, list | tuple):
            if bare:
                yield "", bare
                bare = []
            yield value, list(label)
        else:
            bare.append((value, label))
    if bare:
        yield "", bare
