"""What is true of all processes together. Any of them tells the same: take the `max`, not the `sum`.

What would have to be counted is counted by a sweep (`routing/stock.py`), which leaves one row; a scrape costs two small
statements and one question to Redis, however much there is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import structlog
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from chat.models import ServerProcess
from chat.models.presence import ProcessKind
from chat.realtime import wire
from config.celery import SCHEDULE
from routing.models import Stock

log = structlog.get_logger(__name__)
TASK_QUEUE = "celery"  # its name in Redis
UNACKED = "unacked"

# Of a queue's record: its key, the name here, what it says.
OF_QUEUES = (
    ("open", "parley_queue_open", "Conversations that wait in a queue"),
    ("held", "parley_queue_held", "Of these, conversations that wait for the agent who had them"),
    ("active", "parley_queue_active", "Conversations of a queue that an agent has"),
    ("waiting", "parley_queue_waiting", "Conversations of a queue that are parked"),
    ("wrap_up", "parley_queue_wrap_up", "Conversations of a queue whose agents finish their notes"),
    ("oldest", "parley_queue_oldest_timestamp_seconds", "Since when the longest waiting of a queue waits"),
    ("in_hours", "parley_queue_in_hours", "Whether a queue is in its operating hours"),
)
# The same of the whole's.
OF_ALL = (
    ("offers", "parley_offers_pending", "Offers that are held out"),
    ("agents", "parley_agents_connected", "Agents with an open console"),
    ("letters_late", "parley_letters_late", "E-mails that have been due for five minutes and more"),
)


class Whole(Collector):
    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())  # asked for at registration, before there is a database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield periods()
        yield from self._attempt("processes", processes)
        yield from self._attempt("tasks", tasks)
        yield from self._attempt("stock", stock)

    @staticmethod
    def _attempt(what: str, read: Callable[[], Iterable[GaugeMetricFamily]]) -> list[GaugeMetricFamily]:
        try:
            return list(read())
        except Exception as error:  # an outage must not hide what else there is to tell
            log.warning("metrics.not_read", what=what, error=type(error).__name__)
            return []


def periods() -> GaugeMetricFamily:
    family = GaugeMetricFamily("parley_task_period_seconds", "How often a task is to run", labels=["task"])
    for name, period in SCHEDULE.items():
        family.add_metric([name], period.total_seconds())
    return family


def processes() -> Iterator[GaugeMetricFamily]:
    family = GaugeMetricFamily("parley_processes", "Processes that beat within 20 s", labels=["kind"])
    kinds = list(ServerProcess.objects.alive(now=timezone.now()).values_list("kind", flat=True))
    for kind in ProcessKind.values:
        family.add_metric([kind], kinds.count(kind))
    yield family


def tasks() -> Iterator[GaugeMetricFamily]:
    with wire.connect() as client:
        queued, begun = client.llen(TASK_QUEUE), client.hlen(UNACKED)
    yield GaugeMetricFamily("parley_tasks_queued", "Tasks that no worker has fetched", value=queued)
    yield GaugeMetricFamily("parley_tasks_unfinished", "Tasks that workers have fetched", value=begun)


def stock() -> Iterator[GaugeMetricFamily]:
    """Nothing before the first was taken, except the names."""
    last = Stock.objects.last_taken()
    taken_at = last.taken_at.timestamp() if last else 0
    yield GaugeMetricFamily("parley_stock_timestamp_seconds", "When all this was counted", value=taken_at)
    yield from figures(last.figures if last else {"queues": {}})


def figures(found: Mapping[str, Any]) -> Iterator[GaugeMetricFamily]:
    for key, name, text in OF_ALL:
        yield GaugeMetricFamily(name, text, value=found.get(key, 0))
    for key, name, text in OF_QUEUES:
        family = GaugeMetricFamily(name, text, labels=["queue"])
        for queue, record in found["queues"].items():
            if record.get(key) is not None:
                family.add_metric([queue], record[key])
        yield family
