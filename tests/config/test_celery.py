"""Worker and beat with a Redis that is paused and killed: work goes on when it is back."""

from celery import Celery

from config.celery import SCHEDULE, app, beat_schedule, broker_url
from tests.servers import Redis, Servers
from tests.waiting import wait_until

OFTEN = min(SCHEDULE, key=lambda name: SCHEDULE[name])


def runs(redis: Redis) -> int:
    """How often the worker has done the most frequent task."""
    with (
        Celery(broker=broker_url(redis_url=redis.url), set_as_current=False) as client,
        client.connection_for_write() as connection,
    ):
        # The pools belong to the whole process, and may hold a connection from before a kill: go without them.
        client.control.mailbox.producer_pool = None  # type: ignore[attr-defined]
        stats = client.control.inspect(timeout=2, connection=connection).stats() or {}
    return sum(worker["total"].get(OFTEN, 0) for worker in stats.values())


def test_sweeps_go_on_after_redis_was_paused_and_killed(servers: Servers) -> None:
    redis = servers.redis()
    worker = servers.worker(redis=redis)
    servers.beat(redis=redis)
    before = wait_until(lambda: runs(redis), seconds=20, what="the first run")

    redis.pause()
    wait_until(
        lambda: "Timeout" in worker.output or "timed out" in worker.output,
        seconds=20,
        what="the worker to notice",
    )
    redis.resume()
    before = wait_until(
        lambda: (now := runs(redis)) > before and now, seconds=20, what="runs after the pause"
    )

    redis.kill()
    redis.start()
    wait_until(
        lambda: runs(redis) > before,
        seconds=20,
        what=lambda: f"runs after the kill:\n{worker.output[-3000:]}",
    )


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
