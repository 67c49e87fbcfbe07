"""Frames of which the latest is enough: at most one a second for each key, the first at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

from chat.realtime.hub import Delivery

EVERY_S = 1.0
FORGET_ABOVE = 5_000


class Hints:
    """Coalesces deliveries. A hint that comes too soon replaces the one that waits, and goes out in time."""

    def __init__(self, *, send: Callable[[Delivery], None], every_s: float = EVERY_S) -> None:
        self._send, self._every_s = send, every_s
        self._lock = threading.Lock()
        self._sent_at: dict[Hashable, float] = {}
        self._waiting: dict[Hashable, Delivery] = {}

    def give(self, key: Hashable, delivery: Delivery) -> None:
        if self._is_due(key, delivery):
            self._send(delivery)

    def _is_due(self, key: Hashable, delivery: Delivery) -> bool:
        with self._lock:
            now = time.monotonic()
            pause = self._sent_at.get(key, -self._every_s) + self._every_s - now
            if pause <= 0 and key not in self._waiting:
                self._note_sent(key, now)
                return True
            if key not in self._waiting:
                self._start_timer(pause, key)
            self._waiting[key] = delivery
            return False

    def _start_timer(self, pause: float, key: Hashable) -> None:
        timer = threading.Timer(pause, self._release, [key])
        timer.daemon = True
        timer.start()

    def _release(self, key: Hashable) -> None:
        with self._lock:
            delivery = self._waiting.pop(key, None)
            self._note_sent(key, time.monotonic())
        if delivery is not None:
            self._send(delivery)

    def _note_sent(self, key: Hashable, now: float) -> None:
        if len(self._sent_at) > FORGET_ABOVE:
            self._sent_at = {known: at for known, at in self._sent_at.items() if now - at < self._every_s}
        self._sent_at[key] = now
