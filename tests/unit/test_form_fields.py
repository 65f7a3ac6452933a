"""Each form has fields of its own: what a view changes in one must not show in another person's page."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from triage.booking.forms import RequestForm
from triage.checker.forms import DetailsForm, SignsForm

CHANGED = "changed for one person"


@pytest.mark.parametrize("form_class", [RequestForm, SignsForm, DetailsForm])
def test_a_changed_field_does_not_show_in_the_next_form(form_class):
    changed = form_class()
    for field in changed.fields.values():
        field.help_text = CHANGED
        field.widget.attrs["title"] = CHANGED
        field.error_messages["required"] = CHANGED
        if hasattr(field, "choices"):
            field.choices = []
    with ThreadPoolExecutor(1) as other_thread:
        for form in (form_class(), other_thread.submit(form_class).result()):
            assert form.fields.keys() == changed.fields.keys()
            for field in form.fields.values():
                assert field.help_text != CHANGED
                assert "title" not in field.widget.attrs
                assert field.error_messages.get("required") != CHANGED
                assert getattr(field, "choices", True)
