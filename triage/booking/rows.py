"""Inserts rows by a statement that is written once. Django writes it anew each time, a third of sending a request.

For triage.booking.actions and triage.booking.limits.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models


def insert(rows: Sequence[models.Model], *, or_ignore: bool = False) -> bool:
    """Inserts new rows of one model, as its bulk_create would, and gives each its key.

    or_ignore: leaves out what would break a unique constraint, without an error: PostgreSQL writes a statement that
        fails into its log, with the name and phone number in it. Only for one row.
    Returns whether they are in. Raises django.db.Error if they cannot be stored.
    """
    if or_ignore and len(rows) != 1:
        raise ValueError("whether one row was left out can be told, of several not which")
    fields, statement = _statement(type(rows[0]), len(rows), or_ignore)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=not or_ignore):
        row.pk, row._state.adding, row._state.db = key, False, connection.alias
    return bool(keys)


@cache
def _statement(model: type[models.Model], count: int, or_ignore: bool) -> tuple[list[Any], str]:
    fields = [field for field in model._meta.local_concrete_fields if not (field.generated or field.primary_key)]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["(" + ", ".join(["%s"] * len(fields)) + ")"] * count)
    # All that goes in here is named in the models. What people typed goes in as values.
    return fields, (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {places}"  # noqa: S608
        f"{' ON CONFLICT DO NOTHING' if or_ignore else ''} RETURNING {quote('id')}"
    )
