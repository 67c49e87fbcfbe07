"""The sweep that keeps the facts up to date."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import batched

from chat.paging import PAGE
from routing.actions.facts import count_conversations, note_progress
from routing.models.facts import Progress
from routing.reports.gathering import STEPS, behind, changed_otherwise, steps_after

logger = logging.getLogger(__name__)
ROUNDS = 50  # in one run: a worker that is to stop does not wait for years of conversations


def catch_up(*, now: datetime) -> int:
    """Count what has changed since the last run; returns how many conversations. After an outage, or where there were no
    facts yet, the next run goes on where this one ends.
    """
    progress = Progress.so_far()
    done = _count(changed_otherwise(since=progress.looked_at))
    after = progress.settled
    for _round in range(ROUNDS):
        page = steps_after(after)
        done += _count(behind({conversation_id for _pk, conversation_id in page}))
        after = page[-1][0] if page else after
        is_last = len(page) < STEPS
        note_progress(progress, upto=after, looked_at=now if is_last else None)
        if is_last:
            break
    return done


def _count(ids: Iterable[uuid.UUID]) -> int:
    return sum(_count_page(page) for page in batched(ids, PAGE))


def _count_page(ids: Sequence[uuid.UUID]) -> int:
    """In one transaction. Where that fails, one by one: only the conversation whose fault it is stays as it was."""
    try:
        return count_conversations(conversation_ids=ids)
    except Exception:
        if len(ids) > 1:
            return sum(_count_page([pk]) for pk in ids)
        logger.exception("facts.failed", extra={"conversation": str(ids[0])})
        return 0
