"""Variables for every template."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "clinic": settings.CLINIC,
        "site_url": settings.SITE_URL,
        "days_kept": settings.RETENTION_DAYS,
        "spam_days_kept": settings.SPAM_RETENTION_DAYS,
        "forgotten_days": settings.FORGOTTEN_DAYS,
        "sign_in_wait_minutes": settings.SIGN_IN_WAIT_MINUTES,
    }
