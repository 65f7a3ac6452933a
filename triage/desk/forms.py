"""The forms of a request's page and of the list of requests."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.helpers import ActionForm
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from triage.booking import actions
from triage.booking.deadlines import CALL_AGAIN, call_again
from triage.booking.fields import EmailField, PhoneField, PlainText
from triage.booking.models import Contact, Notice

FARTHEST = dt.timedelta(days=366)  # a later time has a wrong year
MOMENT = forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")


class DeskForm(forms.Form):
    """What staff enter on a request's page."""

    # The version that the page showed: see triage.booking.actions.
    seen = forms.IntegerField(error_messages=dict.fromkeys(("required", "invalid"), "Open the request again."))
    # The last note that the page showed, and the key of its form: see actions.add_note.
    last_note = forms.IntegerField(required=False)
    key = forms.UUIDField(required=False)
    contact = forms.ChoiceField(choices=Contact.choices, required=False)  # on the page each outcome is a button
    text = PlainText(
        label="Note",
        help_text="For the staff only. A note cannot be changed later.",
        longest=2000,
        too_long="Use 2,000 characters or less in one note",
        lines=True,
        required=False,
        # After Back, the browser would fill in a note that is stored.
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )
    reply = forms.ChoiceField(label="Answer with", choices=Notice.REPLIES, required=False)
    call_again = forms.ChoiceField(choices=[("", "No time set"), *CALL_AGAIN.items()], required=False)
    call_at = forms.DateTimeField(label="or at", required=False, widget=MOMENT)
    # With its hidden initial value: a time that was not changed may be past.
    visit_at = forms.DateTimeField(label="Visit", required=False, widget=MOMENT, show_hidden_initial=True)
    visit_location = forms.ChoiceField(
        label="Where",
        choices=[("", "Not set"), *((place.code, place.name) for place in settings.CLINIC.locations)],
        required=False,
        show_hidden_initial=True,
    )
    phone = PhoneField(label="Right phone", required=False, widget=forms.TextInput({"inputmode": "tel"}))
    email = EmailField(label="Right email", required=False, widget=forms.TextInput({"inputmode": "email"}))
    heard_of_us = PlainText(label="Heard of us from, or referring doctor", longest=200, required=False)
    insurance = PlainText(longest=200, required=False)
    born = forms.DateField(
        label="Date of birth",
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        validators=[
            MinValueValidator(dt.date(1900, 1, 1), "Check the date of birth."),
            MaxValueValidator(timezone.localdate, "Check the date of birth."),
        ],
    )
    assigned_to = forms.ModelChoiceField(actions.COLLEAGUES, empty_label="Nobody", required=False)

    def clean(self) -> dict[str, Any]:
        """Reject a time in the past or too far ahead, and a visit that was typed but not saved by its own button."""
        data, now = super().clean() or {}, timezone.now()
        is_for_visit = "_move_scheduled" in self.data
        # Each button posts all fields. An error in the field of another button does not matter.
        for name, button in (("assigned_to", "_assign"), ("visit_location", "_move_scheduled")):
            if button not in self.data:
                self.errors.pop(name, None)
        for name in ("call_at", "visit_at") if is_for_visit else ("call_at",):
            if data.get(name) and data[name] <= now:
                self.add_error(name, "This time is in the past. Check the day, and AM or PM.")
            elif data.get(name) and data[name] > now + FARTHEST:
                self.add_error(name, "This time is more than a year away. Check the year.")
        typed = [name for name in ("visit_at", "visit_location") if data.get(name) and name in self.changed_data]
        if typed and not is_for_visit:
            self.add_error(typed[0], "To save the visit, press “Mark scheduled” or “Change the visit”.")
        if data.get("call_again") and not data.get("call_at"):
            data["call_at"] = call_again(data["call_again"], now)
        return data


class GiveForm(ActionForm):
    to = forms.ModelChoiceField(label="Give to", queryset=actions.COLLEAGUES, required=False)
