"""Searches names without their spaces. Replaces the index of 0010, where the database has the extension for it."""

from django.db import migrations

OLD, NEW = "folded_name", "REPLACE(folded_name, ' ', '')"


def index(expression):
    def change(apps, schema_editor):
        if schema_editor.connection.vendor != "postgresql":
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP INDEX IF EXISTS request_name_parts")
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            if cursor.fetchone():
                table = "triage_bookingrequest"
                cursor.execute(f"CREATE INDEX request_name_parts ON {table} USING gin (({expression}) gin_trgm_ops)")

    return change


class Migration(migrations.Migration):
    dependencies = [("triage", "0015_replies")]
    operations = [migrations.RunPython(index(NEW), index(OLD))]
