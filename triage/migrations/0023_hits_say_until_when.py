"""A hit of a limit says until when it counts. Nothing changes in the database: column and index keep their names.

While two releases serve, what the older one stored does not count for this one, and what this one stored counts longer
for the older one, by at most a day.
"""

from django.db import migrations, models

NAMED = [
    migrations.RemoveIndex("ratelimithit", "rate_limit_hit_key"),
    migrations.RenameField("ratelimithit", "at", "counts_until"),
    migrations.AlterField("ratelimithit", "counts_until", models.DateTimeField(db_column="at")),
    migrations.AddIndex("ratelimithit", models.Index(fields=["key", "counts_until"], name="rate_limit_hit_key")),
]


class Migration(migrations.Migration):
    dependencies = [("triage", "0022_fold_again")]

    operations = [migrations.SeparateDatabaseAndState(state_operations=NAMED)]
