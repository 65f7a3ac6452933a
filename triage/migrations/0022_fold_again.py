"""Folds the stored names and emails as triage.text does now: more letters without their strokes, more mailboxes."""

from importlib import import_module

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("triage", "0021_search_index")]
    operations = [
        migrations.RunPython(
            import_module("triage.migrations.0010_fold_stored_text").fold_stored, migrations.RunPython.noop
        )
    ]
