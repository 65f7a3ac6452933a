"""schema.org data of a page for search engines, as JSON-LD without placeholders of clinic.toml."""

import datetime as dt
import json
import re
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from triage.clinic import WEEKDAYS, Clinic, Location, SignOff
from triage.clinical.translation import gettext_noop
from triage.guide.pages import Page

ABOUT = gettext_noop("Back spasm")
# As in django.utils.html.json_script: no text can end the script element.
ESCAPES = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&"}
CITY = r"(?P<addressLocality>.+), (?P<addressRegion>[A-Z]{2}) (?P<postalCode>\d{5}(-\d{4})?)"
ADDRESS = re.compile(rf"(?P<streetAddress>.+), {CITY}")


def structured_data(page: Page, sign_off: SignOff | None, address: str) -> SafeString:
    """The JSON-LD for `page` at the path `address`, safe in a script element. Empty for pages that have none."""
    if page.is_health:
        data = _health_page(page, sign_off, settings.SITE_URL + address)
    elif page.name == "locations" and not settings.CLINIC.placeholders():
        data = _clinic(settings.CLINIC)
    else:
        return SafeString()
    text = json.dumps({"@context": "https://schema.org"} | data, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(text.translate(ESCAPES))  # noqa: S308 - escaped in this line


def _health_page(page: Page, sign_off: SignOff | None, url: str) -> dict[str, Any]:
    data = {
        "@type": "MedicalWebPage",
        "name": gettext(page.title),
        "description": gettext(page.description),
        "url": url,
        "inLanguage": translation.get_language(),
        "about": {"@type": "MedicalCondition", "name": gettext(ABOUT)},
        "publisher": _publisher(settings.CLINIC),
    }
    if sign_off:
        # Only the role is recorded, never a name.
        data["lastReviewed"] = sign_off.date.isoformat()
        data["reviewedBy"] = {"@type": "Person", "jobTitle": str(sign_off.role)}
    return data


def _publisher(clinic: Clinic) -> dict[str, Any]:
    """The clinic by its name, with an id that is the same on every page in every language."""
    with translation.override(settings.LANGUAGE_CODE):
        data = {"@type": "MedicalClinic", "@id": f"{settings.SITE_URL}{reverse('guide:locations')}#clinic"}
    return data if "name" in clinic.placeholders() else data | {"name": clinic.name}


def _clinic(clinic: Clinic) -> dict[str, Any]:
    return _publisher(clinic) | {
        "url": f"{settings.SITE_URL}/",
        "telephone": clinic.phone,
        "address": [_address(place) for place in clinic.locations],
        "openingHoursSpecification": [
            _open(*hours, dayOfWeek=WEEKDAYS[day].capitalize()) for day, hours in sorted(clinic.hours.items())
        ],
        "specialOpeningHoursSpecification": [
            # A closed day is one that opens and closes at midnight.
            _open(closes and clinic.hours[day.weekday()][0], closes, validFrom=f"{day}", validThrough=f"{day}")
            for day, _holiday, closes in clinic.holidays_ahead
        ],
    }


def _open(opens: dt.time | None, closes: dt.time | None, **when: str) -> dict[str, str]:
    times = {"opens": f"{opens or dt.time():%H:%M}", "closes": f"{closes or dt.time():%H:%M}"}
    return {"@type": "OpeningHoursSpecification"} | when | times


def _address(place: Location) -> dict[str, str]:
    """In parts if it ends like "New York, NY 10001", else as one line."""
    whole = ", ".join(place.address)
    found = ADDRESS.fullmatch(whole)
    parts = {"@type": "PostalAddress", "name": place.name, "addressCountry": "US", "telephone": place.phone}
    return parts | (found.groupdict() if found else {"streetAddress": whole})
