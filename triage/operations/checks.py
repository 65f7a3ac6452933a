"""What must not reach a patient. `manage.py check` refuses it; placeholders only `check --deploy`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils import timezone

from triage.guide.sign_off import left_to_sign


@register(Tags.security, deploy=True)
def no_placeholder_is_left(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"clinic.toml: {name} is still a placeholder.",
            hint="Write the clinic's real fact into triage/clinic.toml.",
            id="backspasm.E001",
        )
        for name in settings.CLINIC.placeholders()
    ]


@register(Tags.security, deploy=True)
def mail_can_be_sent(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    is_missing = {
        "EMAIL_URL=smtp+tls://user:password@host:587": settings.EMAIL_BACKEND.endswith("console.EmailBackend"),
        "DEFAULT_FROM_EMAIL=no-reply@example.org": settings.DEFAULT_FROM_EMAIL.endswith("@localhost"),
        "DESK_EMAIL=desk@example.org": not settings.DESK_EMAIL,
    }
    return [
        Error(
            f"{example.partition('=')[0]} is not set, so no notice of a request can be sent.",
            hint=f"Put the clinic's own into the environment, like {example}.",
            id="backspasm.E003",
        )
        for example in is_missing
        if is_missing[example]
    ]


@register(Tags.security, deploy=True)
def clinicians_have_signed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"clinic.toml: sign_off.{name} {why}.",
            hint="`manage.py review_sheet` makes the document to sign, and says what to write into clinic.toml.",
            id="backspasm.E004",
        )
        for name, why in left_to_sign(timezone.localdate()).items()
    ]


@register(Tags.translation)
def words_are_compiled(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each catalogue has a compiled one beside it that is not older."""
    catalogues = sorted(path for folder in settings.LOCALE_PATHS for path in folder.rglob("*.po"))
    return [
        Error(
            f"{compiled} is missing or out of date: pages would be in English.",
            hint="Run: python -m babel.messages.frontend compile -d triage/locale -D django",
            id="backspasm.E002",
        )
        for compiled, source in ((path.with_suffix(".mo"), path) for path in catalogues)
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime
    ]
