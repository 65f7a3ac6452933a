"""What must not reach a patient. `manage.py check` refuses it; placeholders only `check --deploy`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from backspasm_site import words


@register(Tags.security, deploy=True)
def no_placeholder_is_left(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"clinic.toml: {name} is still a placeholder.",
            hint="Write the clinic's real fact into backspasm_site/clinic.toml.",
            id="backspasm.E001",
        )
        for name in settings.CLINIC.placeholders()
    ]


@register(Tags.translation)
def words_are_compiled(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{path.relative_to(words.BASE_DIR)} is missing or out of date: pages would be in English.",
            hint="Run: python -m backspasm_site.words",
            id="backspasm.E002",
        )
        for path in words.out_of_date()
    ]
