"""Many rows changed in one statement, each to values of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def update_each(rows: Sequence[models.Model], *, fields: Sequence[str]) -> None:
    """Write these fields of rows of one model, by their primary keys.

    Raw: Django's ``bulk_update`` writes a CASE for every field and every row and compiles each.
    """
    if not rows:
        return
    meta, quote = rows[0]._meta, connection.ops.quote_name
    columns: list[Any] = [meta.pk, *(meta.get_field(name) for name in dict.fromkeys(fields))]
    names = [quote(column.column) for column in columns]
    arrays = ", ".join(f"%s::{column.db_type(connection)}[]" for column in columns)
    changes = ", ".join(f"{name} = new.{name}" for name in names[1:])
    table, key = quote(meta.db_table), names[0]
    update = f"UPDATE {table} SET {changes} FROM unnest({arrays}) AS new ({', '.join(names)})"  # noqa: S608 - our columns
    with connection.cursor() as cursor:
        cursor.execute(
            f"{update} WHERE {table}.{key} = new.{key}",
            [[_stored(row, column) for row in rows] for column in columns],
        )


def _stored(row: models.Model, column: Any) -> Any:
    return column.get_db_prep_save(getattr(row, column.attname), connection)
