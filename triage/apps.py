from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "triage"
    verbose_name = "Back spasm guide"

    def ready(self) -> None:
        from triage.operations import checks  # noqa: F401 - registers itself
