"""Form fields that tell a person what to do about what they typed, once, in one sentence."""

import unicodedata
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator
from django.utils.translation import gettext_lazy as _

# They reorder what is shown, so that staff would read something other than what is stored.
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# A character that came in broken, and the two line breaks only Unicode knows.
BROKEN = frozenset("\ufffd\u2028\u2029")

UNREADABLE = _("We took out characters we cannot read. Check this and send it again.")
PHONE_ERROR = _("Enter a phone number with 10 digits, like 212 555 0142")
EMAIL_ERROR = _("Enter an email address like name@example.com")


class PlainText(forms.CharField):
    """Text without hidden characters. The first thing wrong with it is the one error shown.

    lines: whether line breaks and tabs are fine.
    """

    def __init__(self, *, longest: int, too_long: Any, lines: bool = False, **kwargs: Any) -> None:
        # Not `max_length`: that would also cut what is pasted into the field, without a word.
        limit = MaxLengthValidator(longest, too_long)
        super().__init__(validators=[self.check_readable, limit, *kwargs.pop("validators", [])], **kwargs)
        self.fine = frozenset("\r\n\t" if lines else "")

    def is_hidden(self, character: str) -> bool:
        if character in self.fine:
            return False
        return character in BIDI_CONTROLS or character in BROKEN or unicodedata.category(character) in ("Cc", "Cs")

    def check_readable(self, text: str) -> None:
        if any(map(self.is_hidden, text)):
            raise ValidationError(UNREADABLE)

    def run_validators(self, value: Any) -> None:
        """Stops at the first error: two sentences about one field are one too many."""
        for check in self.validators if value not in self.empty_values else []:
            check(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What the form shows again: what was typed, less what must not stand in a page."""
        return "".join(c for c in data if not self.is_hidden(c)) if isinstance(data, str) else data


def _has_a_letter(name: str) -> None:
    if not any(map(str.isalnum, name)):
        raise ValidationError(_("Enter your full name"))


class NameField(PlainText):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            longest=100, too_long=_("Enter a name with 100 characters or less"), validators=[_has_a_letter], **kwargs
        )


class EmailField(PlainText):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=254, too_long=EMAIL_ERROR, validators=[EmailValidator(EMAIL_ERROR)], **kwargs)


class PhoneField(PlainText):
    """A phone number in any form people write, with or without extension. Cleans to RFC 3966 text, or ""."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=100, too_long=PHONE_ERROR, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and not (text := as_rfc3966(text)):
            raise ValidationError(PHONE_ERROR)
        return text


def as_rfc3966(text: str) -> str:
    """`text` as a phone number like "tel:+1-212-555-0142;ext=7", or "" if it is none. Without a country: the US."""
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


class Agreement(forms.CheckboxInput):
    """A checkbox that means yes only if it was really checked. Django's own takes any value, even "no", for yes."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        return set(data.getlist(name)) == {"on"}
