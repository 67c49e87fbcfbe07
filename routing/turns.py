"""Turns at a queue: one drains it at a time, and one more waits. Whoever comes then leaves it to the one who waits.

It is mere politeness, for speed: two that drain one queue want the same agents, and whoever loses has to look and
choose again; sixteen of them did hardly anything else. What is promised is kept by the locks on rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

DRAINS, WAITS = 0x50726C31, 0x50726C32  # spaces of advisory locks; within each, the queue's id


@contextmanager
def turn(queue_ids: Collection[int]) -> Iterator[set[int]]:
    """Of these queues those that are one's own to drain now. For each of the others somebody waits, who begins later and
    so finds whatever is there by now."""
    mine = {pk for pk in sorted(queue_ids) if _try_lock(WAITS, pk)}
    held = [pk for pk in sorted(mine) if _wait_and_lock(DRAINS, pk)]
    try:
        for pk in mine:
            _unlock(WAITS, pk)
        yield mine
    finally:
        for pk in held:
            _unlock(DRAINS, pk)


def _try_lock(space: int, queue_id: int) -> bool:
    return _ask("SELECT pg_try_advisory_lock(%s, %s)", space, queue_id)


def _wait_and_lock(space: int, queue_id: int) -> bool:
    """False when the connection's lock time-out has passed: then one goes on without."""
    try:
        _ask("SELECT pg_advisory_lock(%s, %s)", space, queue_id)
    except OperationalError:
        return False
    return True


def _unlock(space: int, queue_id: int) -> None:
    _ask("SELECT pg_advisory_unlock(%s, %s)", space, queue_id)


def _ask(question: str, space: int, queue_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [space, queue_id])
        return bool(cursor.fetchone()[0])
