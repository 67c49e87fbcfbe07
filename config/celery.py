"""The Celery application: how tasks travel, what runs on a schedule, and the worker's sign of life."""

import os
import warnings
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import (
    beat_init,
    celeryd_init,
    task_postrun,
    task_prerun,
    worker_ready,
    worker_shutting_down,
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.db import close_old_connections

# Every periodic task and its period. A run expires when the next is due: after an outage one run makes good
# what was missed, instead of a queue of them.
SCHEDULE: dict[str, timedelta] = {
    "chat.tasks.close_idle": timedelta(minutes=1),
    "chat.tasks.remind_idle": timedelta(minutes=1),
    "chat.tasks.park_quiet": timedelta(minutes=1),
    "chat.tasks.customers_gone": timedelta(seconds=5),
    "chat.tasks.measure_waits": timedelta(minutes=1),
    "chat.tasks.notify_returned": timedelta(seconds=30),
    "chat.tasks.send_letters": timedelta(seconds=10),
    "chat.tasks.own_up": timedelta(seconds=3),
    "chat.tasks.clear_uploads": timedelta(hours=1),
    "chat.tasks.erase_on": timedelta(minutes=1),
    "chat.tasks.forget_presence": timedelta(seconds=30),
    "routing.tasks.expire_offers": timedelta(seconds=2),
    "routing.tasks.agents_gone": timedelta(seconds=5),
    "routing.tasks.route_open": timedelta(seconds=10),
    "routing.tasks.release_at_hours": timedelta(seconds=10),
    "routing.tasks.fall_back": timedelta(seconds=10),
    "routing.tasks.overflow": timedelta(seconds=10),
    "routing.tasks.tell_untaken": timedelta(seconds=10),
    "routing.tasks.measure_replies": timedelta(minutes=15),
    "routing.tasks.count_facts": timedelta(seconds=20),
    "routing.tasks.take_stock": timedelta(seconds=30),
    "routing.tasks.forget_connections": timedelta(hours=1),
    "authsettings.tasks.forget_used_tokens": timedelta(minutes=10),
}

BEAT_SILENT_SECONDS = 60  # there is something to send every two


def broker_url(*, redis_url: str) -> str:
    """Celery's spelling of a Redis address: a Unix socket is `redis+socket:///path`, its database `virtual_host`."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")


def transport_options(*, seconds: float) -> dict[str, Any]:
    """No Redis command may take longer than `seconds`: a paused broker must not hold a caller."""
    return {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "health_check_interval": 5,  # a worker whose connection hangs half-open notices within about 11 s
        "visibility_timeout": 300,  # what a killed worker had fetched and not begun
    }


def beat_schedule(*, periods: Mapping[str, timedelta]) -> dict[str, dict[str, Any]]:
    return {
        name: {"task": name, "schedule": period, "options": {"expires": period.total_seconds()}}
        for name, period in periods.items()
    }


app = Celery("parley")
app.conf.update(
    broker_url=broker_url(redis_url=settings.REDIS_URL),
    # Who sends tries once: task_publish_retry alone would leave four seconds of reconnecting.
    broker_transport_options=transport_options(seconds=settings.REDIS_TIMEOUT_SECONDS) | {"max_retries": 0},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_publish_retry=False,
    task_ignore_result=True,
    task_create_missing_queues=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    enable_utc=True,
    timezone="UTC",
    beat_schedule=beat_schedule(periods=SCHEDULE),
)
app.autodiscover_tasks()
# Celery fears root for its pickled messages; ours are JSON.
warnings.filterwarnings("ignore", category=SecurityWarning)


@celeryd_init.connect
def _give_the_worker_longer(conf: Any, **_: object) -> None:
    # The worker waits a second for work in each BRPOP; a time-out of one second would cut every one of them.
    conf.broker_transport_options = transport_options(seconds=5)


@task_prerun.connect
@task_postrun.connect
def _return_connection(task: Any, **_: object) -> None:
    # Tasks run in threads that share the connection pool; a thread that kept its connection would starve the
    # others, and would meet the next task with one that may have died.
    if not task.request.is_eager:
        close_old_connections()


@task_postrun.connect
def _let_frames_out(task: Any, **_: object) -> None:
    # The courier's threads are daemons: what a task has said must be on its way before the worker may end.
    from chat import courier

    if not task.request.is_eager:
        courier.flush()


@worker_ready.connect
def _start_heartbeat(**_: object) -> None:
    from config.heartbeat import worker_heartbeat
    from config.metrics import server

    worker_heartbeat.start()
    server.serve()


@beat_init.connect
def _tell_of_beat(**_: object) -> None:
    from config.metrics import server, tasks

    server.serve(is_well=lambda: tasks.seconds_since_sending() < BEAT_SILENT_SECONDS)


@worker_shutting_down.connect
def _stop_heartbeat(**_: object) -> None:
    from config.heartbeat import worker_heartbeat

    worker_heartbeat.stop()
