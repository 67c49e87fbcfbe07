"""Two daemon threads a process, so that nothing after COMMIT waits for anybody.

The courier hands committed events to the subscribers, in order. The porter does what needs Redis or the broker:
a paused Redis may hold it for seconds, and then only it.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from chat import events
from chat.connections import give_back

logger = logging.getLogger(__name__)
PORTER_BACKLOG = 10_000
PORTER_REST_S = 1.0  # after a failure: what comes meanwhile is dropped, clients find it by the hub's tail


class Drain[T]:
    """A thread that takes items from a queue; started by whoever first puts something in, once in each process."""

    def __init__(self, *, name: str, items: queue.Queue[T], handle: Callable[[T], None]) -> None:
        self._name, self._items, self._handle = name, items, handle
        self._lock = threading.Lock()
        self._pid = 0

    def ensure_running(self) -> None:
        if self._pid == os.getpid():
            return
        with self._lock:  # a forked child inherits the number of its parent's process, not its threads
            if self._pid != os.getpid():
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
                self._pid = os.getpid()

    def flush(self, *, timeout_s: float) -> bool:
        """Wait until everything put in so far was handled; False when time ran out."""
        deadline = time.monotonic() + timeout_s
        with self._items.all_tasks_done:
            while self._items.unfinished_tasks:
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not self._items.all_tasks_done.wait(remaining):
                    return not self._items.unfinished_tasks
        return True

    def _run(self) -> None:
        while True:
            item = self._items.get()
            try:
                self._handle(item)
            except Exception:
                logger.exception("%s.failed", self._name, extra={"item": type(item).__name__})
            finally:
                give_back()
                self._items.task_done()


def _tell_subscribers(event: events.Event) -> None:
    for subscriber in events.subscribers():
        try:
            subscriber(event)
        except Exception:  # one subscriber's trouble is not the next one's
            logger.exception("courier.subscriber_failed", extra={"event_kind": type(event).__name__})


@dataclass(frozen=True)
class Errand:
    run: Callable[[], object]
    dropped: Callable[[], object]


class Porter:
    """Runs errands one by one; after a failed one it rests, and drops what comes meanwhile."""

    def __init__(self) -> None:
        self._resting_until = 0.0

    def run(self, errand: Errand) -> None:
        if time.monotonic() < self._resting_until:
            errand.dropped()
            return
        try:
            errand.run()
        except Exception as error:
            self._resting_until = time.monotonic() + PORTER_REST_S
            errand.dropped()
            logger.warning("porter.dropped", extra={"error": type(error).__name__})


_errands: queue.Queue[Errand] = queue.Queue(maxsize=PORTER_BACKLOG)


courier = Drain(name="courier", items=events.committed, handle=_tell_subscribers)
porter = Drain(name="porter", items=_errands, handle=Porter().run)
events.on_enqueue(courier.ensure_running)


def send_out(run: Callable[[], object], *, dropped: Callable[[], object] = lambda: None) -> None:
    """Do ``run``, which talks to Redis, on the porter's thread. It must only be a hint: where it cannot be done,
    ``dropped`` is called instead."""
    try:
        _errands.put_nowait(Errand(run=run, dropped=dropped))
    except queue.Full:
        logger.warning("porter.full")
        dropped()
        return
    porter.ensure_running()


def flush(*, timeout_s: float = 5.0) -> bool:
    """Wait for the courier, then the porter: a worker does so before its task ends."""
    return courier.flush(timeout_s=timeout_s) and porter.flush(timeout_s=timeout_s)
