"""Form fields for patients. Each shows one error at a time, which says what to do."""

import re
import unicodedata
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, MaxLengthValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from triage.text import LONGEST_LETTER, UNREADABLE, clean, clean_email, without_direction_marks

TOLD_UNREADABLE = _("We took out characters we cannot read. Check this and send it again.")
PHONE_ERROR = _("Enter a phone number with 10 digits, like 212 555 0142, or with + and the country code")
NO_EMAIL = _("Enter an email address like name@example.com")
# Domains that mail from outside cannot reach (RFC 6761, 6762 with its appendix G, 9476, ICANN), slips of .com, .net and
# .org that are no top-level domains (IANA), a word behind .com, which is no country's code, and IP addresses.
NO_DOMAIN = (
    r"(\.(localhost|localdomain|local|internal|intranet|private|corp|home|lan|mail|test|invalid|alt|onion|arpa"
    r"|con|cmo|ocm|cim|cpm|vom|xom|coom|com[a-z]|ner|nett|ent|ogr|orgg)"
    r"|\.(com|net|org)\.[a-z]{3,}|\])$"
)
# The words before an extension that phonenumbers knows.
EXTENSION_WORDS = {"x", "ext", "extn", "extension", "extensión", "int", "anexo"}


class PlainText(forms.CharField):
    """A text field that cleans what was typed, and refuses UNREADABLE characters.

    longest: the most characters allowed. too_long: the error if there are more; optional at the desk.
    lines: whether line breaks are allowed.
    """

    clean_text = staticmethod(clean)

    def __init__(self, *, longest: int, too_long: Any = "", lines: bool = False, **kwargs: Any) -> None:
        self.longest = longest
        # Not `max_length`: the browser would then cut pasted text without telling the person.
        limit = MaxLengthValidator(longest, too_long or f"Use {longest} characters or less")
        self.refused = re.compile(UNREADABLE if lines else f"{UNREADABLE}|[\r\n]")
        readable = RegexValidator(self.refused, TOLD_UNREADABLE, inverse_match=True)
        super().__init__(validators=[readable, limit, *kwargs.pop("validators", [])], **kwargs)

    def to_python(self, value: Any) -> str:
        # Browsers send a line break as two characters.
        text: str = (super().to_python(value) or "").replace("\r\n", "\n")
        return text if len(text) > LONGEST_LETTER * self.longest else self.clean_text(text)

    def run_validators(self, value: Any) -> None:
        """Stop at the first error."""
        for check in self.validators if value not in self.empty_values else []:
            check(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return the typed text without refused characters, to be shown again."""
        return self.refused.sub("", data) if isinstance(data, str) else data


class PhoneField(PlainText):
    """A phone number in any common notation, with or without extension. Cleaned, it is RFC 3966 text, or ""."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(longest=100, too_long=PHONE_ERROR, **kwargs)

    def to_python(self, value: Any) -> str:
        return without_direction_marks(super().to_python(value))

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if text and not (text := as_rfc3966(text)):
            raise ValidationError(PHONE_ERROR)
        return text


class EmailField(PlainText):
    """An email address that mail from outside can reach."""

    @staticmethod
    def clean_text(text: str) -> str:
        """Remove what address books and mail programs put around it, and the spaces of predictive keyboards."""
        text = clean_email(text.replace("’", "'"))
        # Outlook and Gmail name a person without a name by the address: 'rosa@example.com' <mailto:rosa@example.com>
        text = re.sub(r"^'?(\S+?)'? ?(<(mailto:)?\1>)$", r"\2", text, flags=re.IGNORECASE)
        text = re.sub(r"^([^<>@]*<)?(mailto:)?|[>.,;]+$", "", text, flags=re.IGNORECASE)
        return clean_email(re.sub(" ?([@.]) ?", r"\1", text))

    def __init__(self, **kwargs: Any) -> None:
        domain = RegexValidator(NO_DOMAIN, NO_EMAIL, inverse_match=True, flags=re.IGNORECASE)
        checks = [EmailValidator(NO_EMAIL, allowlist=[]), domain]
        super().__init__(longest=254, too_long=NO_EMAIL, validators=checks, **kwargs)


def as_rfc3966(text: str) -> str:
    """Return a phone number as RFC 3966 text, like "tel:+1-212-555-0142;ext=7", or "" if `text` is not one.

    A number without a country code is read as a US number. Words around it are ignored. Words inside it give "", as
    phonenumbers would read them as digits.
    """
    # Dots between groups, and the keys around emoji digits.
    plain = re.sub("[\u00b7\u2022\u2219\u20e3]", " ", unicodedata.normalize("NFKC", text))
    found = re.search(r"(\+[\s(]*)?\d.*\d", plain)
    if not found or not EXTENSION_WORDS.issuperset(re.findall(r"[^\W\d_]+", found[0].casefold())):
        return ""
    try:
        number = phonenumbers.parse(re.sub(r"^00\s*(?=[1-9])", "+", found[0]), "US")
    except phonenumbers.NumberParseException:
        return ""
    digits = phonenumbers.national_significant_number(number)
    # Until 2019 Mexican mobile numbers were dialed with a prefix, which many address books still have.
    if number.country_code == 52 and (old := re.fullmatch(r"(?:1|01|044|045)(\d{10})", digits)):
        number.national_number, number.italian_leading_zero = int(old[1]), None
    # Not is_valid_number: it refuses area codes that are newer than its release. So: the right number of digits …
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""
    # … and in North America an area code and an exchange, neither of which begins with 0 or 1.
    if number.country_code == 1 and (digits[0] in "01" or digits[3] in "01"):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.RFC3966)


class ConsentCheckbox(forms.CheckboxInput):
    """A checkbox that is true only for "on", which browsers send. For Django's own, "no" is true as well."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        return set(data.getlist(name)) == {"on"}
