"""The facts that reports are made of."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from chat.actions.base import action
from routing.models import Facts
from routing.models.facts import Progress
from routing.reports.gathering import facts_of


@action
def count_conversations(*, conversation_ids: Collection[uuid.UUID]) -> int:
    """Derive their facts anew and keep them; returns of how many."""
    found = facts_of(conversation_ids)
    Facts.objects.keep(found)
    return len(found)


@action
def note_progress(progress: Progress, *, upto: int, looked_at: datetime | None) -> None:
    progress.note(upto=upto, looked_at=looked_at)
