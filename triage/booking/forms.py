"""The request form: from what was typed to a BookingRequest."""

import time
import uuid
from contextlib import suppress
from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.conf import settings
from django.core import signing
from django.core.validators import RegexValidator
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import dates
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from triage.booking.fields import ConsentCheckbox, EmailField, PhoneField, PlainText
from triage.booking.models import ASKED_FIELDS, BookingRequest, ForWhom, Language, PartOfDay, ReachBy
from triage.clinic import WEEKDAYS
from triage.clinical.answers import SymptomAnswers
from triage.handover import unseal

NO_NAME = _("Enter your full name")
SEND_ONCE_MORE = _("Please send your request once more. This helps us keep out requests that no person wrote.")
OPENED_SIGNER = signing.Signer(salt="triage.booking.opened")
# The version of the words of `consent`, `reach_by` and `share`. When they change, docs/consent.md gets a new version.
CONSENT_VERSION = "2026-11"
MORE_ABOUT_THE_VISIT = ("good_time", "preferred_days", "part_of_day", "location", "language", "note")
HONEYPOT = "extra_line"  # a hidden field that only programs fill in. Browsers do not autofill a field of this name.


def key_signer(browser: str) -> signing.Signer:
    """Return the signer of the request keys of one browser. browser: a secret that only that browser sends."""
    return signing.Signer(salt=f"triage.booking.request_key.{browser}")


def radio_field(label: Any, choices: Any, missing: Any, **kwargs: Any) -> forms.ChoiceField:
    """Return a field of radio buttons. missing: the error for no choice or an unknown one."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
        **kwargs,
    )


def _locations() -> list[tuple[str, Any]]:
    return [*((place.code, place.name_shown) for place in settings.CLINIC.locations), ("any", _("Any of these"))]


class RequestForm(forms.Form):
    """Who asks, how to reach them, and which times suit them. If it is valid, `instance` is the unsaved request.

    Hidden values: `request_key`, so that a form that is sent twice makes one request, signed for one browser; `opened`,
    when the form was opened, signed; and `sealed_answers`, the answers to the symptom check. By the blank placeholders
    the stylesheet knows whether something was typed: see components/language.html.
    """

    use_required_attribute = False

    for_whom = radio_field(_("I am asking for"), ForWhom, _("Choose who the visit is for"))
    name = PlainText(
        label=_("Full name"),
        help_text=_("Your own name, so that we know who to ask for."),
        longest=100,
        too_long=_("Enter a name with 100 characters or less"),
        validators=[RegexValidator(r"[^\W_]", NO_NAME)],  # at least one letter or digit
        widget=forms.TextInput({"autocomplete": "name", "placeholder": " "}),
        error_messages={"required": NO_NAME},
    )
    phone = PhoneField(
        label=_("Phone number"),
        help_text=_(
            "Give a phone number, an email address, or both. A number from another country begins with + and its code."
        ),
        required=False,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel", "placeholder": " "}),
    )
    email = EmailField(
        label=_("Email address"),
        required=False,
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false", "placeholder": " "}),
    )
    reach_by = radio_field(
        _("How should we reach you?"),
        ReachBy,
        _("Choose how we should reach you"),
        help_text=_("If you choose “Text me”, you agree that we may text you about this request."),
    )
    good_time = radio_field(
        _("When is a good time to reach you?"), PartOfDay, _("Choose a good time to reach you"), initial=PartOfDay.ANY
    )
    preferred_days = forms.MultipleChoiceField(
        choices=lambda: [(WEEKDAYS[day], capfirst(dates.WEEKDAYS[day])) for day in sorted(settings.CLINIC.hours)],
        label=_("Which days work for a visit?"),
        help_text=_("Check all that work. Check none if any day is fine."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose from the days in the list")},
    )
    part_of_day = radio_field(
        _("What time of day works for a visit?"), PartOfDay, _("Choose a time of day"), initial=PartOfDay.ANY
    )
    location = radio_field(_("Where would you like to come?"), _locations, _("Choose a location"), initial="any")
    language = radio_field(
        _("Which language should we use with you?"), Language, _("Choose a language"), initial=get_language
    )
    note = PlainText(
        label=_("Anything we should know for your visit"),
        help_text=_("Such as an interpreter or step-free access."),
        longest=1000,
        too_long=_("Use 1,000 characters or less here: you used %(show_value)s"),
        lines=True,
        required=False,
        widget=forms.Textarea({"rows": 3, "placeholder": " "}),
    )
    consent = forms.BooleanField(
        label=_("You may contact me about this request"),
        widget=ConsentCheckbox,
        error_messages={"required": _("Check the box so that we may contact you")},
    )
    share = forms.BooleanField(
        label=_("Yes, send my symptom answers to the clinic"), widget=ConsentCheckbox, required=False
    )

    # Read by the form templates. One of the two is needed, so neither is called optional.
    phone.show_optional = email.show_optional = False  # type: ignore[attr-defined]

    def __init__(self, data: QueryDict | None = None, *, browser: str = "", sealed_answers: str = "") -> None:
        """data: what was posted.
        browser: see key_signer. A key that is not signed for it is replaced by a new one.
        sealed_answers: for a blank form, the sealed answers to the symptom check.
        """
        super().__init__(data)
        posted = data or QueryDict()
        signer = key_signer(browser)
        self.posted_key: uuid.UUID | None = None
        with suppress(signing.BadSignature, ValueError):
            self.posted_key = uuid.UUID(signer.unsign(posted.get("request_key", "")))
        self.instance = BookingRequest(request_key=self.posted_key or uuid.uuid4(), consent_version=CONSENT_VERSION)
        self.request_key = signer.sign(str(self.instance.request_key))
        self.sealed_answers = posted.get("sealed_answers", sealed_answers)
        self.opened, self.seconds_open = posted.get("opened", ""), -1.0
        with suppress(signing.BadSignature):
            self.seconds_open = time.time() - int(OPENED_SIGNER.unsign(self.opened))
        if self.seconds_open < 0:  # a forged time, or one in the future
            self.opened, self.seconds_open = OPENED_SIGNER.sign(str(int(time.time()))), 0.0
        if self.answers is None:
            del self.fields["share"]
        if len(settings.CLINIC.locations) == 1:
            del self.fields["location"]
            self.instance.location = settings.CLINIC.locations[0].code

    @cached_property
    def answers(self) -> SymptomAnswers | None:
        """The symptom answers that came with the form. None if there were none, or they are forged or too old."""
        return unseal(self.sealed_answers) if self.sealed_answers else None

    @property
    def layout(self) -> Layout:
        """All fields but `share`, which the template shows after the answers. Fields with a default are folded."""
        more = [name for name in MORE_ABOUT_THE_VISIT if name in self.fields]
        is_open = self.is_bound and not {*self.errors, *self.changed_data}.isdisjoint(more)
        folded = Fieldset(_("More about your visit (optional)"), *more, template="%s/layout/more.html", open=is_open)
        return Layout("for_whom", "name", "phone", "email", "reach_by", "consent", folded)

    def clean_location(self) -> str:
        location: str = self.cleaned_data["location"]
        return "" if location == "any" else location

    def clean(self) -> dict[str, Any]:
        for name, field in self.fields.items():
            # Django would take the last of several answers.
            is_several = len(set(self.data.getlist(name))) > 1  # type: ignore[attr-defined]  # always a QueryDict
            if is_several and not isinstance(field, forms.MultipleChoiceField):
                self.errors.pop(name, None)
                self.add_error(name, _("Give one answer here"))
        self._check_reachable()
        if self.cleaned_data.get("reach_by") == ReachBy.TEXT:
            self.instance.text_consent_version = CONSENT_VERSION
        if self.posted_key is None:
            self.add_error(None, _("This page was open too long. Check your answers and send them again."))
        if self.answers is None and self.data.get("share"):
            self.add_error(None, _("Your symptom answers are no longer here. You can send your request without them."))
        is_quick = self.seconds_open < settings.MINIMUM_FILL_SECONDS
        if not self.errors and (is_quick or self.data.get(HONEYPOT)):
            # Not dropped in silence: a person can send the same form again. By then it has been open long enough, and
            # the honeypot is empty again.
            self.add_error(None, SEND_ONCE_MORE)
        for name in self.cleaned_data.keys() & ASKED_FIELDS:
            setattr(self.instance, name, self.cleaned_data[name])
        return self.cleaned_data

    def _check_reachable(self) -> None:
        if "phone" in self.errors or "email" in self.errors:
            return
        reach_by, phone, email = (self.cleaned_data.get(name) for name in ("reach_by", "phone", "email"))
        if not phone and not email:
            self.add_error("phone", _("Enter a phone number or an email address"))
        elif reach_by == ReachBy.CALL and not phone:
            self.add_error("phone", _("Enter a phone number, so that we can call you"))
        elif reach_by == ReachBy.TEXT and not phone:
            self.add_error("phone", _("Enter a phone number, so that we can text you"))
        elif reach_by == ReachBy.TEXT and ";" in str(phone):
            self.add_error("phone", _("Enter a cell phone number: we cannot text an extension"))
        elif reach_by == ReachBy.EMAIL and not email:
            self.add_error("email", _("Enter an email address, so that we can email you"))

    def skip_validation(self) -> None:
        """Make the form show what was typed without any error."""
        self._errors = ErrorDict()

    def shared(self) -> SymptomAnswers | None:
        """Return the answers that the person agreed to send, or None. Call after is_valid()."""
        return self.answers if self.cleaned_data.get("share") else None
