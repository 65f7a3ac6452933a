"""An index that SQLite reads in place of the table when part of a name is searched."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("triage", "0020_words"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="bookingrequest",
            index=models.Index(fields=["folded_name", "mailbox", "number"], name="request_search"),
        ),
    ]
