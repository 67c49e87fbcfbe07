"""Several at once, each with a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, connections


def all_at_once(works: Sequence[Callable[[], Any]], *, seconds: float = 60) -> list[Any]:
    """Run each in a thread, let them start together; what each returned or raised, in order."""
    start = threading.Barrier(len(works))
    results: dict[int, Any] = {}

    def run(index: int, work: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            results[index] = work()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    return [results[index] for index in range(len(works))]


def somebody_waits_for_a_lock() -> bool:
    return waiting_for_locks() > 0


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction would see what it saw first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])
