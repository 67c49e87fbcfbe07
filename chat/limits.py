"""Rate limits: token buckets of this process. They guard against floods, not against determined distributors."""

from __future__ import annotations

import time
from collections import OrderedDict

from django.conf import settings

MAX_BUCKETS = 50_000


class TokenBucket:
    """``rate`` a second, with a burst."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate, self._burst, self._tokens, self._at = rate, burst, burst, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Limiter:
    """One bucket for each key, for a limit named in ``PARLEY_RATE_LIMITS`` (a second; the burst is twice that)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def allows(self, key: str) -> bool:
        limits = settings.PARLEY_RATE_LIMITS
        if limits is None:
            return True
        if key not in self._buckets:
            self._buckets[key] = TokenBucket(rate=limits[self._name], burst=2 * limits[self._name])
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return self._buckets[key].take()


class Gauge:
    """How many are held by each key; refuses beyond the limit."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._held: dict[str, int] = {}

    def enter(self, key: str) -> bool:
        limits = settings.PARLEY_RATE_LIMITS
        if limits is not None and self._held.get(key, 0) >= limits[self._name]:
            return False
        self._held[key] = self._held.get(key, 0) + 1
        return True

    def leave(self, key: str) -> None:
        left = self._held.get(key, 0) - 1
        if left > 0:
            self._held[key] = left
        else:
            self._held.pop(key, None)
