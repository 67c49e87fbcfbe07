"""Celery's side: what was sent, how long tasks took and how they ended, when each last succeeded."""

import time
from typing import Any

from celery import states
from celery.signals import before_task_publish, task_postrun, task_prerun
from prometheus_client import Counter, Gauge, Histogram

from chat.measures import QUICK

SENT = Counter("parley_tasks_sent_total", "Tasks that this process has sent, or tried to", ["task"])
SECONDS = Histogram("parley_task_seconds", "How long tasks took", ["task", "state"], buckets=(*QUICK, 30, 60))
LAST_SUCCESS = Gauge(
    "parley_task_last_success_timestamp_seconds", "When this worker last did a task successfully", ["task"]
)

last_sent_at = time.monotonic()
_began: dict[str, float] = {}


def seconds_since_sending() -> float:
    return time.monotonic() - last_sent_at


@before_task_publish.connect
def _count_sent(sender: str = "", **_: object) -> None:
    global last_sent_at  # noqa: PLW0603 - one number of one process
    last_sent_at = time.monotonic()
    SENT.labels(sender).inc()


@task_prerun.connect
def _note_beginning(task_id: str, **_: object) -> None:
    _began[task_id] = time.perf_counter()


@task_postrun.connect
def _observe(task_id: str, task: Any, state: str | None, **_: object) -> None:
    took = time.perf_counter() - _began.pop(task_id, time.perf_counter())
    SECONDS.labels(task.name, (state or states.FAILURE).lower()).observe(took)
    if state == states.SUCCESS:
        LAST_SUCCESS.labels(task.name).set_to_current_time()
