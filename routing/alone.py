"""One drains a queue at a time, and one more waits. Whoever comes then leaves it to the one who waits.

It is mere politeness, for speed: two that drain one queue want the same agents, and whoever loses has to look and
choose again; sixteen of them did hardly anything else. What is promised is kept by the locks on rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

from django.db import OperationalError, connection

DRAINS, WAITS = 0x50726C31, 0x50726C32  # spaces of advisory locks; within each, the queue's id


@contextmanager
def draining_alone(queue_ids: Collection[int]) -> Iterator[set[int]]:
    """Of these queues those that are one's own to drain now. For each of the others somebody waits, who begins later and
    so finds whatever is there by now."""
    with ExitStack() as draining:
        with ExitStack() as waiting:
            mine = {pk for pk in sorted(queue_ids) if _try_lock(WAITS, pk, waiting)}
            for pk in sorted(mine):
                _wait_and_lock(DRAINS, pk, draining)
        yield mine


def awaited_among(queue_ids: Collection[int]) -> set[int]:
    """For which of these queues somebody waits: who drains them may leave the rest to them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = %s AND objid::bigint = ANY(%s)"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [WAITS, list(queue_ids)],
        )
        return {pk for (pk,) in cursor.fetchall()}


def _try_lock(space: int, queue_id: int, held: ExitStack) -> bool:
    if not _ask("SELECT pg_try_advisory_lock(%s, %s)", space, queue_id):
        return False
    held.callback(_unlock, space, queue_id)
    return True


def _wait_and_lock(space: int, queue_id: int, held: ExitStack) -> None:
    """When the connection's lock time-out has passed, one goes on without."""
    try:
        _ask("SELECT pg_advisory_lock(%s, %s)", space, queue_id)
    except OperationalError:
        return
    held.callback(_unlock, space, queue_id)


def _unlock(space: int, queue_id: int) -> None:
    _ask("SELECT pg_advisory_unlock(%s, %s)", space, queue_id)


def _ask(question: str, space: int, queue_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [space, queue_id])
        return bool(cursor.fetchone()[0])
