"""The sockets' threads keep their database connections, and notice when the database has ended one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from chat.realtime.database import _connected

pytestmark = pytest.mark.django_db(transaction=True)
Do = Callable[[Callable[[], int]], int]


@pytest.fixture
def on_its_thread() -> Iterator[Do]:
    """Does a piece of database work as the sockets' threads do."""
    with ThreadPoolExecutor(1) as thread:
        yield lambda work: thread.submit(_connected, work).result()
        thread.submit(connections.close_all).result()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_connection_serves_one_piece_of_work_after_the_other(on_its_thread: Do) -> None:
    assert on_its_thread(backend) == on_its_thread(backend)


def test_a_restarted_database_costs_nobody_an_error(on_its_thread: Do) -> None:
    ended = on_its_thread(backend)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])  # and waits until it has gone
    assert on_its_thread(backend) != ended
