from django.contrib.admin.apps import SimpleAdminConfig


class StaffAdminConfig(SimpleAdminConfig):
    """Stands in INSTALLED_APPS for django.contrib.admin, and makes our admin site the one.

    It shows only what triage.admin names. Found by themselves, other apps would add pages with, for one,
    the keys of second factors.
    """

    default_site = "triage.desk.site.StaffAdminSite"

    def ready(self) -> None:
        super().ready()
        from triage import admin  # noqa: F401 - registers its pages
