"""What a process holds just now, read when Prometheus asks: threads' backlogs, sockets' queues, the connection pool."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from chat.courier import all_runners
from chat.realtime.hub import hub

type Family = GaugeMetricFamily | CounterMetricFamily

# psycopg_pool's figures: name there, name here, what it says. Those that only ever grow are counters.
POOL_GAUGES = (
    ("pool_size", "parley_db_pool_connections", "Database connections that this process has"),
    ("pool_available", "parley_db_pool_idle", "Of these, connections that nobody uses"),
    ("requests_waiting", "parley_db_pool_waiting", "Threads that wait for a connection"),
)
POOL_COUNTERS = (
    ("requests_num", "parley_db_pool_requests", "Connections that were asked for"),
    ("requests_queued", "parley_db_pool_waits", "Of these, requests that had to wait"),
    ("requests_errors", "parley_db_pool_errors", "Of these, requests that ended without a connection"),
    ("connections_errors", "parley_db_connection_errors", "Attempts to connect that failed"),
)
MS = 1000


class Readings(Collector):
    def describe(self) -> Iterator[Family]:
        return iter(())  # asked for at registration, when there is nothing to read yet

    def collect(self) -> Iterator[Family]:
        yield backlogs()
        yield from queues_of_sockets()
        yield from pool()


def backlogs() -> Family:
    family = GaugeMetricFamily(
        "parley_backlog", "What a thread that works after commits has still to do", labels=["thread"]
    )
    for runner in all_runners():
        family.add_metric([runner.name], runner.backlog)
    return family


def queues_of_sockets() -> Iterator[Family]:
    depths = [socket.frames.qsize() for socket in hub.sockets()]
    yield GaugeMetricFamily(
        "parley_socket_queue_frames", "Frames that wait in sockets' queues", value=sum(depths)
    )
    yield GaugeMetricFamily(
        "parley_socket_queue_longest", "Frames in the longest of these queues", value=max(depths, default=0)
    )


def pool() -> Iterator[Family]:
    stats = _pool_stats()
    yield GaugeMetricFamily("parley_db_pool_limit", "DB_POOL_SIZE", value=settings.DB_POOL_SIZE)
    for theirs, ours, text in POOL_GAUGES:
        yield GaugeMetricFamily(ours, text, value=stats.get(theirs, 0))
    for theirs, ours, text in POOL_COUNTERS:
        yield CounterMetricFamily(ours, text, value=stats.get(theirs, 0))
    yield CounterMetricFamily(
        "parley_db_pool_wait_seconds",
        "Time that threads have waited for connections",
        value=stats.get("requests_wait_ms", 0) / MS,
    )


def _pool_stats() -> dict[str, int]:
    # `connection.pool` would open one.
    pools: dict[str, Any] = connections[DEFAULT_DB_ALIAS]._connection_pools  # type: ignore[attr-defined]
    pool = pools.get(DEFAULT_DB_ALIAS)
    return dict(pool.get_stats()) if pool else {}
