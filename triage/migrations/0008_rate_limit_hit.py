"""Sending was an unclear name for what the limits count."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("triage", "0007_fewer_indexes"),
    ]

    operations = [
        migrations.RenameModel("Sending", "RateLimitHit"),
        migrations.RemoveIndex("RateLimitHit", "sending_of_mark"),
        migrations.RenameField("RateLimitHit", "mark", "key"),
        migrations.AddIndex("RateLimitHit", models.Index(fields=["key", "at"], name="rate_limit_hit_key")),
    ]
