from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Stands in INSTALLED_APPS for django.contrib.admin, and makes our admin site the one."""

    default_site = "backspasm_site.admin_site.StaffAdminSite"
