"""For the staff's list: a phone is found with or without extension, and what is open without what is old."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.functions import Concat, StrIndex, Substr


class Migration(migrations.Migration):

    dependencies = [
        ("triage", "0002_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="bookingrequest",
            name="bare_phone",
            field=models.GeneratedField(
                expression=Substr("phone", 1, StrIndex(Concat("phone", Value(";")), Value(";")) - 1),
                output_field=models.CharField(max_length=128),
                db_persist=True,
            ),
        ),
        migrations.AlterField(
            model_name="bookingrequest",
            name="phone",
            field=models.CharField(blank=True, max_length=128, verbose_name="phone"),
        ),
        migrations.RemoveIndex(model_name="bookingrequest", name="request_assigned"),
        migrations.AlterField(
            model_name="bookingrequest",
            name="assigned_to",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="assigned to",
            ),
        ),
        migrations.RemoveIndex(model_name="bookingrequest", name="request_queue"),
        migrations.AddIndex(
            model_name="bookingrequest",
            index=models.Index(
                fields=["status", "created_at", "id", "shared_level", "assigned_to"], name="request_queue"
            ),
        ),
        migrations.RemoveIndex(model_name="bookingrequest", name="request_age"),
        migrations.AddIndex(
            model_name="bookingrequest",
            index=models.Index(
                fields=["created_at", "id", "status", "shared_level", "assigned_to"], name="request_age"
            ),
        ),
        migrations.AddIndex(
            model_name="bookingrequest",
            index=models.Index(fields=["bare_phone"], name="request_phone"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["given_up_at"], name="notice_given_up", condition=Q(given_up_at__isnull=False)),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["by", "at", "id"], name="audit_by"),
        ),
    ]
