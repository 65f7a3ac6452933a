"""The two roles of the staff, and the table in which wrong sign-ins are counted."""

import django.contrib.auth.models
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.core.management import call_command
from django.db import migrations

WORK = ["view_bookingrequest", "change_bookingrequest"]
ROLES = {
    "Front desk": WORK,
    "Manager": [
        *WORK,
        "export_bookingrequest",
        "erase_bookingrequest",
        "view_auditevent",
        "view_notice",
        "change_notice",
        "view_staffaccount",
        "add_staffaccount",
        "change_staffaccount",
    ],
}


def make_roles(apps, schema_editor):
    alias = schema_editor.connection.alias
    # Django makes permissions after the last migration. On an empty database that would be too late.
    config = apps.get_app_config("triage")
    config.models_module = True
    create_permissions(config, verbosity=0, using=alias, apps=apps)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for name, codenames in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=name)
        group.permissions.set(permissions.filter(content_type__app_label="triage", codename__in=codenames))


def drop_roles(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.filter(name__in=ROLES).delete()


def make_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def drop_table(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE {schema_editor.quote_name(settings.CACHES['default']['LOCATION'])}")


class Migration(migrations.Migration):

    dependencies = [
        ("triage", "0003_desk_indexes"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffAccount",
            fields=[],
            options={
                "verbose_name": "staff account",
                "verbose_name_plural": "staff accounts",
                "ordering": ["username"],
                "proxy": True,
                "default_permissions": ("add", "change", "view"),
                "indexes": [],
                "constraints": [],
            },
            bases=("auth.user",),
            managers=[("objects", django.contrib.auth.models.UserManager())],
        ),
        migrations.RunPython(make_roles, drop_roles),
        migrations.RunPython(make_table, drop_table),
    ]
