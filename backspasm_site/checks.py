"""`manage.py check --deploy` refuses what must not reach a patient."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


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
