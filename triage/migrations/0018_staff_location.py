"""At which location a member of the staff works."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('triage', '0017_desk_facts'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffLocation',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='works_at', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('location', models.CharField(max_length=50, verbose_name='works at')),
            ],
            options={
                'default_permissions': (),
            },
        ),
    ]
