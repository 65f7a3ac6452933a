"""What staff type is cleaned like what patients type."""

import re

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given

from tests.unit.test_text import TEXTS
from triage.desk.accounts import AccountForm, plain_username
from triage.desk.forms import DeskForm, GiveForm
from triage.desk.sign_in import AddPasskeyForm
from triage.text import UNREADABLE, clean

NOT_TEXT = (forms.UUIDField, forms.JSONField)
FIELDS = [
    pytest.param(field, id=f"{form.__name__}.{name}")
    for form in (AccountForm, AddPasskeyForm, DeskForm, GiveForm)
    for name, field in form.base_fields.items()
    if isinstance(field, forms.CharField) and not isinstance(field, NOT_TEXT)
]


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_stores_what_it_shows(field):
    @given(TEXTS)
    def check(typed):
        try:
            stored = field.clean(typed)
        except ValidationError:
            return
        assert stored == re.sub(UNREADABLE, "", clean(stored))

    check()


@given(TEXTS)
def test_one_spelling_of_a_username_is_stored(typed):
    name = plain_username(typed)
    assert plain_username(name) == name
