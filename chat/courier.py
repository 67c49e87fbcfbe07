"""Daemon threads of each process, so that nothing after COMMIT waits for anybody.

The courier hands committed events to the subscribers, in order; a subscriber that may have to wait for others has a
thread of its own (``apart``). The porter does what needs Redis or the broker: a paused Redis may hold it for seconds,
and then only it.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from chat import events
from chat.connections import give_back
from chat.measures import HINTS_DROPPED

logger = logging.getLogger(__name__)
EVENTS_AT_ONCE = 100
PORTER_BACKLOG = 10_000
PORTER_REST_S = 1.0  # after a failure: what comes meanwhile is dropped, clients find it by the hub's tail


class Runner[T]:
    """A thread that takes items from a queue, as many as have come since it last looked, up to ``at_once``.

    Started by whoever first puts something in, once in each process.
    """

    def __init__(
        self, *, name: str, items: queue.Queue[T], handle: Callable[[list[T]], None], at_once: int = 1
    ) -> None:
        self.name, self._items, self._handle, self._at_once = name, items, handle, at_once
        self._lock = threading.Lock()
        self._pid = 0
        self.handled = 0

    def ensure_running(self) -> None:
        if self._pid == os.getpid():
            return
        with self._lock:  # a forked child inherits the number of its parent's process, not its threads
            if self._pid != os.getpid():
                threading.Thread(target=self._run, name=self.name, daemon=True).start()
                self._pid = os.getpid()

    @property
    def backlog(self) -> int:
        """How many items are still to be handled."""
        return self._items.unfinished_tasks

    @property
    def is_idle(self) -> bool:
        return not self.backlog

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
            items = self._take()
            try:
                self._handle(items)
            except Exception:
                logger.exception("%s.failed", self.name, extra={"item": type(items[0]).__name__})
            finally:
                give_back()
                self.handled += len(items)
                for _item in items:
                    self._items.task_done()

    def _take(self) -> list[T]:
        items = [self._items.get()]
        with suppress(queue.Empty):
            while len(items) < self._at_once:
                items.append(self._items.get_nowait())
        return items


def _tell_subscribers(happened: list[events.Event]) -> None:
    for subscriber in events.subscribers():
        _tell(subscriber, happened)


def _tell(subscriber: events.Subscriber, happened: list[events.Event]) -> None:
    try:
        subscriber(happened)
    except Exception:
        # One subscriber's trouble is not the next one's, and one event's is not that of the others.
        _tell_one_by_one(subscriber, happened)


def _tell_one_by_one(subscriber: events.Subscriber, happened: list[events.Event]) -> None:
    """What was done before the trouble is done again: clients know what they have, reactions look before they act."""
    for event in happened:
        try:
            subscriber([event])
        except Exception:
            logger.exception("courier.subscriber_failed", extra={"event_kind": type(event).__name__})


@dataclass(frozen=True)
class Errand:
    run: Callable[[], object]
    dropped: Callable[[], object]


class Porter:
    """Runs errands one by one; after a failed one it rests, and drops what comes meanwhile."""

    def __init__(self) -> None:
        self._resting_until = 0.0

    def run(self, errands: list[Errand]) -> None:
        for errand in errands:
            self._run(errand)

    def _run(self, errand: Errand) -> None:
        if time.monotonic() < self._resting_until:
            _drop(errand)
            return
        try:
            errand.run()
        except Exception as error:
            self._resting_until = time.monotonic() + PORTER_REST_S
            _drop(errand)
            logger.warning("porter.dropped", extra={"error": type(error).__name__})


def _drop(errand: Errand) -> None:
    HINTS_DROPPED.inc()
    errand.dropped()


_errands: queue.Queue[Errand] = queue.Queue(maxsize=PORTER_BACKLOG)


courier = Runner(name="courier", items=events.committed, handle=_tell_subscribers, at_once=EVENTS_AT_ONCE)
porter = Runner(name="porter", items=_errands, handle=Porter().run)
events.on_enqueue(courier.ensure_running)
_apart: list[Runner[events.Event]] = []


def apart(subscriber: events.Subscriber, *, name: str) -> events.Subscriber:
    """``subscriber`` on a thread of its own: while it waits for a lock, frames are delivered all the same."""
    items: queue.Queue[events.Event] = queue.Queue()
    runner = Runner(name=name, items=items, handle=partial(_tell, subscriber), at_once=EVENTS_AT_ONCE)
    _apart.append(runner)

    def hand_over(happened: Sequence[events.Event]) -> None:
        for event in happened:
            items.put(event)
        runner.ensure_running()

    return hand_over


def send_out(run: Callable[[], object], *, dropped: Callable[[], object] = lambda: None) -> None:
    """Do ``run``, which talks to Redis, on the porter's thread. It must only be a hint: where it cannot be done,
    ``dropped`` is called instead."""
    errand = Errand(run=run, dropped=dropped)
    try:
        _errands.put_nowait(errand)
    except queue.Full:
        logger.warning("porter.full")
        _drop(errand)
        return
    porter.ensure_running()


def all_runners() -> list[Runner[Any]]:
    return [courier, *_apart, porter]


def flush(*, timeout_s: float = 5.0) -> bool:
    """Wait until what was said, and all that follows from it, is on its way: a worker does so before its task ends."""
    deadline = time.monotonic() + timeout_s
    runners = all_runners()
    while all(runner.flush(timeout_s=deadline - time.monotonic()) for runner in runners):
        handled = sum(runner.handled for runner in runners)
        # Each may have given the others something to do: it is quiet when none was at work and none has done anything.
        if all(runner.is_idle for runner in runners) and handled == sum(each.handled for each in runners):
            return True
    return False
