"""Worker and beat with a Redis that is paused and killed: work goes on when it is back."""

import re
import urllib.request

from config.celery import SCHEDULE, app, beat_schedule, broker_url
from tests.servers import Servers, answers, free_port
from tests.waiting import wait_until

OFTEN = min(SCHEDULE, key=lambda name: SCHEDULE[name])


def runs(port: int) -> int:
    """How often the worker has done the most frequent task, as it tells Prometheus."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        told = answer.read().decode()
    done = re.search(rf'^parley_task_seconds_count{{state="success",task="{OFTEN}"}} ([0-9.]+)', told, re.M)
    return int(float(done[1])) if done else 0


def test_sweeps_go_on_after_redis_was_paused_and_killed(servers: Servers) -> None:
    redis = servers.redis()
    port, port_of_beat = free_port(), free_port()
    worker = servers.worker(redis=redis, METRICS_PORT=str(port))
    servers.beat(redis=redis, METRICS_PORT=str(port_of_beat))
    before = wait_until(lambda: runs(port), seconds=20, what="the first run")

    redis.pause()
    wait_until(
        lambda: "Timeout" in worker.output or "timed out" in worker.output,
        seconds=20,
        what="the worker to notice",
    )
    redis.resume()
    before = wait_until(lambda: (now := runs(port)) > before and now, seconds=20, what="runs after the pause")

    redis.kill()
    redis.start()
    wait_until(
        lambda: runs(port) > before,
        seconds=20,
        what=lambda: f"runs after the kill:\n{worker.output[-3000:]}",
    )
    assert answers(f"http://127.0.0.1:{port_of_beat}/healthz")


def test_every_scheduled_task_exists_and_expires_with_its_period() -> None:
    app.loader.import_default_modules()
    assert set(SCHEDULE) <= set(app.tasks)
    for entry in beat_schedule(periods=SCHEDULE).values():
        assert entry["options"]["expires"] == entry["schedule"].total_seconds()


def test_a_socket_address_keeps_its_database_number() -> None:
    assert (
        broker_url(redis_url="unix:///run/redis.sock?db=3") == "redis+socket:///run/redis.sock?virtual_host=3"
    )
    assert broker_url(redis_url="redis://host:6379/2") == "redis://host:6379/2"
