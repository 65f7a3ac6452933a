"""Days that managers close."""

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

MANAGERS = ["view_closure", "add_closure", "change_closure", "delete_closure"]


def let_managers(apps, schema_editor):
    alias = schema_editor.connection.alias
    # Django makes permissions after the last migration. That would be too late.
    config = apps.get_app_config("triage")
    config.models_module = True
    create_permissions(config, verbosity=0, using=alias, apps=apps)
    config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name="Manager"):
        group.permissions.add(*permissions.filter(content_type__app_label="triage", codename__in=MANAGERS))


class Migration(migrations.Migration):

    dependencies = [
        ('triage', '0012_consent'),
    ]

    operations = [
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(unique=True, verbose_name='day')),
                ('closes_at', models.TimeField(blank=True, help_text='Empty: closed the whole day.', null=True, verbose_name='closes at')),
                ('reason', models.CharField(blank=True, choices=[('holiday', 'Holiday'), ('weather', 'Bad weather'), ('training', 'Staff training'), ('repairs', 'Repairs')], help_text='Patients see it.', max_length=10, verbose_name='reason')),
            ],
            options={
                'verbose_name': 'closed day',
                'verbose_name_plural': 'closed days',
                'ordering': ['-date'],
            },
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='what',
            field=models.CharField(choices=[('sent', 'Sent by the patient'), ('sent_again', 'Changed by the patient'), ('viewed', 'Viewed'), ('changed', 'Changed'), ('noted', 'Note added'), ('exported', 'Exported'), ('erased', 'Erased'), ('refused', 'Tried without permission'), ('signed_in', 'Signed in'), ('sign_in_failed', 'Sign-in failed'), ('second_factor', 'Second factor changed'), ('account', 'Staff account changed'), ('notice', 'Notice to be sent again'), ('closure', 'Closed day changed')], max_length=15, verbose_name='what'),
        ),
        migrations.RunPython(let_managers, migrations.RunPython.noop),
    ]
