"""Many durations, counted in classes that are narrow enough for medians and percentiles.

Sorting a million numbers for each percentile would take seconds; counting them by class is one pass for all of them, and
the classes of parts of the whole simply add up. A class is 3 % wide, so what is told is off by 1.5 % at most.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

STEP = math.log(1.03)
PER_SECOND = 1000.0


def class_of(seconds: float | None) -> int | None:
    """One is added to the milliseconds, so that nothing has a logarithm."""
    return None if seconds is None else round(math.log1p(seconds * PER_SECOND) / STEP)


@dataclass
class Durations:
    counts: Counter[int] = field(default_factory=Counter)

    def add(self, number: int | None, count: int) -> None:
        """``count`` durations of this class; of None, which is no duration, nothing."""
        if number is not None:
            self.counts[number] += count

    @classmethod
    def of(cls, rows: Iterable[tuple[int | None, int]]) -> Durations:
        """Classes, and how many durations are of each."""
        found = cls()
        for number, count in rows:
            found.add(number, count)
        return found

    @classmethod
    def together(cls, parts: Iterable[Durations]) -> Durations:
        found = cls()
        for part in parts:
            found.counts.update(part.counts)
        return found

    @property
    def count(self) -> int:
        return self.counts.total()

    @property
    def median(self) -> float | None:
        return self.percentile(50)

    @property
    def p90(self) -> float | None:
        return self.percentile(90)

    def percentile(self, share: int) -> float | None:
        """In seconds: so long took at most this share, in per cent, of all. None where there is nothing."""
        rank = math.ceil(self.count * share / 100)
        for number in sorted(self.counts):
            rank -= self.counts[number]
            if rank <= 0:
                return math.expm1(number * STEP) / PER_SECOND
        return None
