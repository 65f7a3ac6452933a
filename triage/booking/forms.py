"""The request form: from what was typed to a BookingRequest."""

import time
import uuid
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from triage.booking.fields import Agreement, EmailField, NameField, PhoneField, PlainText
from triage.booking.models import ASKED_FIELDS, BookingRequest, ForWhom, Language, PartOfDay, ReachBy, Weekday
from triage.clinic import WEEKDAYS
from triage.clinical.answers import SymptomAnswers
from triage.handover import unseal

OPEN_TOO_LONG = _("This page was open too long. Check your answers and send them again.")
ANSWERS_GONE = _("Your symptom answers are no longer here. You can send your request without them.")
SEND_ONCE_MORE = _("Please send your request once more. This helps us keep out requests that no person wrote.")
OPENED = signing.Signer(salt="triage.booking.opened")
# Shown to no one. Its name means nothing to a browser that fills in names and addresses by itself.
TRAP = "extra_line"


def one_of(label: Any, choices: Any, missing: Any, **kwargs: Any) -> forms.ChoiceField:
    """Radio buttons. `missing` is the error whether nothing or nonsense was chosen."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
        **kwargs,
    )


def _days_we_are_open() -> list[tuple[str, Any]]:
    return [
        (day, capfirst(Weekday(day).label)) for number, day in enumerate(WEEKDAYS) if number in settings.CLINIC.hours
    ]


def _locations() -> list[tuple[str, Any]]:
    return [*((place.code, place.name) for place in settings.CLINIC.locations), ("any", _("Any of these"))]


class RequestForm(forms.ModelForm):
    """Who asks, how to reach them, and what suits them. Valid, its `instance` is what they ask for, not saved.

    What travels along unseen: `request_key`, which makes sending twice one request, `opened`, which says since when
    the form is open, and `sealed_answers`.
    """

    use_required_attribute = False

    for_whom = one_of(_("I am asking for"), ForWhom, _("Choose who the visit is for"))
    name = NameField(
        label=_("Full name"),
        help_text=_("Your own name, so that we know who to ask for."),
        widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={"required": _("Enter your full name")},
    )
    phone = PhoneField(
        label=_("Phone number"),
        help_text=_("Give a phone number, an email address, or both."),
        required=False,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    email = EmailField(
        label=_("Email address"),
        required=False,
        widget=forms.EmailInput({"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )
    reach_by = one_of(_("How should we reach you?"), ReachBy, _("Choose how we should reach you"))
    good_time = one_of(
        _("When is a good time to reach you?"), PartOfDay, _("Choose a good time to reach you"), initial=PartOfDay.ANY
    )
    preferred_days = forms.MultipleChoiceField(
        choices=_days_we_are_open,
        label=_("Which days work for a visit?"),
        help_text=_("Check all that work. Check none if any day is fine."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose from the days in the list")},
    )
    part_of_day = one_of(
        _("What time of day works for a visit?"), PartOfDay, _("Choose a time of day"), initial=PartOfDay.ANY
    )
    location = one_of(_("Where would you like to come?"), _locations, _("Choose a location"), initial="any")
    language = one_of(_("Which language should we use with you?"), Language, _("Choose a language"))
    note = PlainText(
        label=_("Anything we should know for your visit"),
        help_text=_("Such as an interpreter or step-free access."),
        longest=1000,
        too_long=_("Use 1,000 characters or less here"),
        lines=True,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    consent = forms.BooleanField(
        label=_("You may contact me about this request"),
        widget=Agreement,
        error_messages={"required": _("Check the box so that we may contact you")},
    )
    share = forms.BooleanField(label=_("Yes, send my symptom answers to the clinic"), widget=Agreement, required=False)

    class Meta:
        model = BookingRequest
        fields = ASKED_FIELDS

    # Read by the form templates. One of phone and email is needed, so neither is called optional.
    phone.show_optional = email.show_optional = False  # type: ignore[attr-defined]
    preferred_days.show_optional = True  # type: ignore[attr-defined]

    def __init__(self, data: QueryDict | None = None, *, sealed_answers: str = "") -> None:
        """data: what was posted. sealed_answers: for a blank form, the answers that came along, sealed."""
        super().__init__(data, initial={"language": get_language()})
        self.posted_key = None if data is None else _uuid_or_none(data.get("request_key", ""))
        self.request_key = self.instance.request_key = self.posted_key or uuid.uuid4()
        self.sealed_answers = sealed_answers if data is None else data.get("sealed_answers", "")
        was_opened = "" if data is None else data.get("opened", "")
        self.age = _age(was_opened)
        self.opened = OPENED.sign(str(int(time.time()))) if self.age is None else was_opened
        if self.answers is None:
            del self.fields["share"]
        if len(settings.CLINIC.locations) == 1:
            del self.fields["location"]
            self.instance.location = settings.CLINIC.locations[0].code

    @cached_property
    def answers(self) -> SymptomAnswers | None:
        """The symptom answers that came along, or None: there were none, or they are forged or too old."""
        return unseal(self.sealed_answers) if self.sealed_answers else None

    @property
    def is_blank(self) -> bool:
        return not self.is_bound

    @property
    def helper(self) -> FormHelper:
        """All but `share`, which stands after the answers that it is about."""
        helper = FormHelper()
        helper.form_tag = False  # the template holds the form, its hidden values and its button
        helper.disable_csrf = True
        visit = ["preferred_days", "part_of_day", "location", "language", "note"]
        helper.layout = Layout(
            "for_whom",
            "name",
            Fieldset(_("How to reach you"), "phone", "email", "reach_by", "good_time"),
            Fieldset(_("Your visit"), *(name for name in visit if name in self.fields)),
            "consent",
        )
        return helper

    def clean_location(self) -> str:
        location: str = self.cleaned_data["location"]
        return "" if location == "any" else location

    def clean(self) -> dict[str, Any]:
        for name, field in self.fields.items():
            # Which of two answers did they mean? Taking the last would be a guess.
            is_several = len(set(self.data.getlist(name))) > 1  # type: ignore[attr-defined]  # always a QueryDict
            if is_several and not isinstance(field, forms.MultipleChoiceField):
                self.errors.pop(name, None)
                self.add_error(name, _("Give one answer here"))
        self._check_reachable(self.cleaned_data)
        if self.posted_key is None:
            self.say_open_too_long()
        if self.answers is None and self.data.get("share"):
            # Not sent in silence: the person believes that we will have them.
            self.add_error(None, ANSWERS_GONE)
        if not self.errors and self._looks_like_a_program():
            # Nothing is dropped in silence: a person whose browser is quick, or fills in what it should not, sends
            # the same form once more. By then it has been open long enough, and the trap is empty again.
            self.add_error(None, SEND_ONCE_MORE)
        return self.cleaned_data

    def _looks_like_a_program(self) -> bool:
        return bool(self.data.get(TRAP)) or (self.age or 0) < settings.MINIMUM_FILL_SECONDS

    def say_open_too_long(self) -> None:
        """An error of the page, not of the person. Said once."""
        if not self.has_error(NON_FIELD_ERRORS, "open_too_long"):
            self.add_error(None, ValidationError(OPEN_TOO_LONG, "open_too_long"))

    def _check_reachable(self, cleaned: dict[str, Any]) -> None:
        if "phone" in self.errors or "email" in self.errors:
            return
        reach_by, phone, email = cleaned.get("reach_by"), cleaned.get("phone"), cleaned.get("email")
        if not phone and not email:
            self.add_error("phone", _("Enter a phone number or an email address"))
        elif reach_by == ReachBy.CALL and not phone:
            self.add_error("phone", _("Enter a phone number, so that we can call you"))
        elif reach_by == ReachBy.TEXT and not phone:
            self.add_error("phone", _("Enter a phone number, so that we can text you"))
        elif reach_by == ReachBy.EMAIL and not email:
            self.add_error("email", _("Enter an email address, so that we can email you"))

    def leave_unchecked(self) -> None:
        """Shows what was typed without a word on what is missing or wrong."""
        self._errors = ErrorDict()

    def shared(self) -> SymptomAnswers | None:
        """The answers the person agreed to send. Call after is_valid()."""
        return self.answers if self.cleaned_data.get("share") else None


def _age(opened: str) -> float | None:
    """For how many seconds a form has been open. None if that is not ours to believe."""
    try:
        return time.time() - int(OPENED.unsign(opened))
    except signing.BadSignature:
        return None


def _uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
