"""A table as CSV that a spreadsheet opens as text and numbers, and never runs."""

from __future__ import annotations

import csv
import io

from routing.reports.tables import Cell, Column, Table

# What a spreadsheet takes for the beginning of a formula. Names come from people.
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"  # without it, spreadsheets guess the encoding


def as_csv(table: Table) -> str:
    """Durations in seconds, shares in per cent, dots for decimals; an unknown value is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([_safe(_heading(column)) for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(value) for value in row])
    return BOM + written.getvalue()


def _heading(column: Column) -> str:
    return f"{column.title} ({column.unit})" if column.unit in ("s", "%") else column.title


def _cell(value: Cell) -> Cell:
    if isinstance(value, str):
        return _safe(value)
    return round(value, 3) if isinstance(value, float) else value


def _safe(text: str) -> str:
    """Behind an apostrophe it is text. Blanks and quotes before the sign do not help whoever tries."""
    return f"'{text}" if text.lstrip(" \n").startswith(BEGINNINGS) else text
