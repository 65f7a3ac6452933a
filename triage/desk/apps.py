from django.contrib.admin.apps import SimpleAdminConfig


class StaffAdminConfig(SimpleAdminConfig):
    """Replaces django.contrib.admin in INSTALLED_APPS, with our admin site as the default.

    It registers the pages of the desk only. Autodiscovery would add the pages of other apps, such as one with
    the secrets of second factors.
    """

    default_site = "triage.desk.site.StaffAdminSite"

    def ready(self) -> None:
        super().ready()
        from triage.desk import accounts, audit, closures, requests  # noqa: F401 - register their pages
