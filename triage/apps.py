from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "triage"
    verbose_name = "Back spasm guide"

    def ready(self) -> None:
        from triage import database  # noqa: F401 - these register themselves
        from triage.operations import checks  # noqa: F401
