"""Erasing what somebody has said, page after page, until nothing is left or it is enough for now."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from chat import actions
from chat.files.intake import clear_away
from chat.models import Customer


def go_on(*, customer_id: uuid.UUID, pages: int) -> bool:
    """Whether nothing is left. A file that cannot be removed now keeps nobody from being erased."""
    for _page in range(pages):
        erased = actions.erase_more(customer_id=customer_id)
        clear(erased.uploads)
        if erased.is_last:
            return True
    return False


def clear(uploads: Iterable[uuid.UUID]) -> None:
    for upload in uploads:
        clear_away(upload)


def unfinished() -> list[uuid.UUID]:
    """Whose texts are still being erased: whoever began may be gone."""
    rows = Customer.objects.filter(erasing_since__isnull=False).order_by("erasing_since")
    return list(rows.values_list("pk", flat=True))
