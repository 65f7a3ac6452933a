from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "triage"
    verbose_name = "Back spasm guide"

    def ready(self) -> None:
        from backspasm_site import checks  # noqa: F401 - registers itself
