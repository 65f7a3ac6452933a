"""Form fields for patients. Each shows one error at a time, which says what to do."""

import unicodedata
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

# The marks that reorder displayed text, so that staff would read something other than what is stored; the replacement
# character of a failed decoding; Unicode's own line and paragraph separators.
HIDDEN = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffd\u2028\u2029"

UNREADABLE = _("We took out characters we cannot read. Check this and send it again.")
PHONE_ERROR = _("Enter a phone number with 10 digits, like 212 555 0142")


class PlainText(forms.CharField):
    """A text field that refuses hidden characters. Only the first error is shown.

    longest: the most characters allowed. too_long: the error if there are more.
    lines: whether line breaks and tabs are allowed.
    """

    def __init__(self, *, longest: int, too_long: Any, lines: bool = False, **kwargs: Any) -> None:
        # Not `max_length`: the browser would then cut pasted text without telling the person.
        limit = MaxLengthValidator(longest, too_long)
        super().__init__(validators=[self.check_readable, limit, *kwargs.pop("validators", [])], **kwargs)
        self.allowed = "\r\n\t" if lines else ""

    def is_hidden(self, character: str) -> bool:
        if character in self.allowed:
            return False
        return character in HIDDEN or unicodedata.category(character) in ("Cc", "Cs")

    def check_readable(self, text: str) -> None:
        if any(map(self.is_hidden, text)):
            raise ValidationError(UNREADABLE)

    def run_validators(self, value: Any) -> None:
        """Stops at the first error."""
        for check in self.validators if value not in self.empty_values else []:
            check(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Returns the typed text for the form to show again, without hidden characters."""
        return "".join(c for c in data if not self.is_hidden(c)) if isinstance(data, str) else data


class PhoneField(PlainText):
    """A phone number in any common notation, with or without extension. Cleans to RFC 3966 text, or ""."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=100, too_long=PHONE_ERROR, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and not (text := as_rfc3966(text)):
            raise ValidationError(PHONE_ERROR)
        return text


def as_rfc3966(text: str) -> str:
    """Returns a phone number as RFC 3966 text, like "tel:+1-212-555-0142;ext=7", or "" if `text` is none.

    A number without a country code is taken as a US number.
    """
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return ""
    # Not is_valid_number: it knows which area codes are in use, and so refuses the ones that came after its release.
    # A person with such a number could not be called. So: the right number of digits …
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""
    # … and in North America an area code and an exchange, neither of which begins with 0 or 1.
    digits = phonenumbers.national_significant_number(number)
    if number.country_code == 1 and (digits[0] in "01" or digits[3] in "01"):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.RFC3966)


class ConsentCheckbox(forms.CheckboxInput):
    """A checkbox that is true only for the value that browsers send, "on". Django's own also takes "no" as true."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        return set(data.getlist(name)) == {"on"}
