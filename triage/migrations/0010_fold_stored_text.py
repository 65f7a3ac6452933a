"""Folds the stored names and emails, and indexes parts of the folded name. In batches: it may be stopped and run again."""

from django.db import migrations

from triage.text import clean_email, fold, mailbox

BATCH = 1000


def fold_stored(apps, schema_editor):
    requests = apps.get_model("triage", "BookingRequest").objects.using(schema_editor.connection.alias)
    done = 0
    while batch := list(requests.filter(pk__gt=done).order_by("pk").only("name", "email")[:BATCH]):
        for request in batch:
            request.email = clean_email(request.email)
            request.folded_name, request.mailbox = fold(request.name), mailbox(request.email)
        requests.bulk_update(batch, ["email", "folded_name", "mailbox"])
        done = batch[-1].pk


def index_folded(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS request_name_parts")
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone():  # else 0006 has said what is missing
            cursor.execute(
                "CREATE INDEX request_name_parts ON triage_bookingrequest USING gin (folded_name gin_trgm_ops)"
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("triage", "0009_folded_text")]
    operations = [
        migrations.RunPython(fold_stored, migrations.RunPython.noop),
        migrations.RunPython(index_folded, migrations.RunPython.noop),
    ]
