"""Finds part of a name by an index, where the database can: PostgreSQL with the extension pg_trgm, which it brings."""

from django.db import NotSupportedError, OperationalError, ProgrammingError, migrations, transaction

INDEX = "request_name_parts"
SAID = (
    "\n  The database's user may not add the extension pg_trgm. All works, but searching an archive for part of a name"
    " is slow. To mend it, let an administrator run `CREATE EXTENSION pg_trgm` in this database, then"
    " `manage.py migrate triage 0005` and `manage.py migrate`."
)


def add_index(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except (NotSupportedError, OperationalError, ProgrammingError):  # no right to it, or it is not installed
            print(SAID)
            return
        # The expression is that of Django's icontains. Any other would not be used.
        cursor.execute(
            f"CREATE INDEX {INDEX} ON triage_bookingrequest USING gin (UPPER(name::text) gin_trgm_ops)"
        )


def remove_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("triage", "0005_limits")]
    operations = [migrations.RunPython(add_index, remove_index)]
