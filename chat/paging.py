"""Ids of many rows, page by page along an index: what a sweep cannot do now never hides what comes after it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

PAGE = 500


def ids_by(field: str, rows: QuerySet[Any]) -> Iterator[uuid.UUID]:
    """Ids of all of ``rows`` by this moment, oldest first. Rows may leave the set while it is walked through."""
    after = Q()
    ordered = rows.order_by(field, "pk").values_list(field, "pk")
    while page := list(ordered.filter(after)[:PAGE]):
        yield from (pk for _moment, pk in page)
        moment, last = page[-1]
        # The first part stands alone: it is what the index is entered by.
        after = Q(**{f"{field}__gte": moment}) & (Q(**{f"{field}__gt": moment}) | Q(pk__gt=last))
        if len(page) < PAGE:
            return
