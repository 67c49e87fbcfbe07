"""Frames of which the latest is enough: at most one a second for each key, the first at once."""

from __future__ import annotations

import heapq
import itertools
import logging
import os
import threading
import time
from collections.abc import Callable, Hashable, Iterable

from chat.realtime.hub import Delivery

logger = logging.getLogger(__name__)
EVERY_S = 1.0
FORGET_ABOVE = 5_000


class Hints:
    """Coalesces deliveries. A hint that comes too soon replaces the one that waits, and goes out in time.

    One thread sends what waited: a thread for each would be hundreds a second when conversations are assigned as
    fast as they begin.
    """

    def __init__(self, *, send: Callable[[list[Delivery]], None], every_s: float = EVERY_S) -> None:
        self._send, self._every_s = send, every_s
        self._changed = threading.Condition()
        self._sent_at: dict[Hashable, float] = {}
        self._waiting: dict[Hashable, Delivery] = {}
        self._line: list[tuple[float, int, Hashable]] = []  # a heap: when, and what; numbered, for ties
        self._numbers = itertools.count()
        self._pid = 0

    def give(self, given: Iterable[tuple[Hashable, Delivery]]) -> None:
        """Send those that are due, together; each with the key by which a later one replaces it."""
        due = [delivery for key, delivery in given if self._is_due(key, delivery)]
        if due:
            self._send(due)

    def _is_due(self, key: Hashable, delivery: Delivery) -> bool:
        with self._changed:
            now = time.monotonic()
            due_at = self._sent_at.get(key, now - self._every_s) + self._every_s
            if due_at <= now and key not in self._waiting:
                self._note_sent(key, now)
                return True
            if key not in self._waiting:
                heapq.heappush(self._line, (due_at, next(self._numbers), key))
                self._ensure_running()
                self._changed.notify()
            self._waiting[key] = delivery
            return False

    def _ensure_running(self) -> None:
        if self._pid != os.getpid():  # a forked child has inherited the number, not the thread
            self._pid = os.getpid()
            threading.Thread(target=self._release_for_ever, name="hints", daemon=True).start()

    def _release_for_ever(self) -> None:
        while True:
            due = self._wait_for_due()
            try:
                self._send(due)
            except Exception:
                logger.exception("hints.failed")

    def _wait_for_due(self) -> list[Delivery]:
        with self._changed:
            while not self._line or self._line[0][0] > time.monotonic():
                self._changed.wait(self._line[0][0] - time.monotonic() if self._line else None)
            now, due = time.monotonic(), []
            while self._line and self._line[0][0] <= now:
                key = heapq.heappop(self._line)[2]
                due.append(self._waiting.pop(key))
                self._note_sent(key, now)
            return due

    def _note_sent(self, key: Hashable, now: float) -> None:
        if len(self._sent_at) > FORGET_ABOVE:
            self._sent_at = {known: at for known, at in self._sent_at.items() if now - at < self._every_s}
        self._sent_at[key] = now
