"""Where the marks of a plot stand. Drawn as SVG by the templates: across in per cent, so that text keeps its size on every
screen, upright in pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from routing.reports import words

HEIGHT, TOP, FOOT = 220, 12, 26
ROOM = HEIGHT - TOP - FOOT
LABELS = 7  # as many as a phone has room for
FILLED = 0.78  # of the width that a column has
# Where the axis of durations may begin, end, and bear a label.
MARKS = (1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400, 365 * 86400)


@dataclass(frozen=True)
class Series:
    """``kind`` names its colour."""

    kind: str
    name: str
    values: Sequence[int]


@dataclass(frozen=True)
class Bar:
    kind: str
    title: str
    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True)
class Mark:
    at: str
    label: str


@dataclass(frozen=True)
class Columns:
    bars: Sequence[Bar]
    lines: Sequence[Mark]
    labels: Sequence[Mark]
    legend: Sequence[Series]
    height: int = HEIGHT
    floor: int = HEIGHT - FOOT


def columns(labels: Sequence[str], series: Sequence[Series], *, stacked: bool) -> Columns:
    """A column for each label: of all series on top of each other, or one beside the other."""
    heights = [
        sum(values) if stacked else max(values)
        for values in zip(*(one.values for one in series), strict=True)
    ]
    lines = scale(max(heights, default=0))
    slot = 100 / max(len(labels), 1)
    bars: list[Bar] = []
    for number, label in enumerate(labels):
        left = slot * (number + (1 - FILLED) / 2)
        wide = slot * FILLED / (1 if stacked else len(series))
        below = 0
        for place, one in enumerate(series):
            value = one.values[number]
            if value:
                x = left if stacked else left + place * wide
                title = f"{label}: {one.name} {words.count(value)}"
                bars.append(_bar(one.kind, title, x=x, width=wide, below=below, value=value, top=lines[-1]))
            below += value if stacked else 0
    every = max(1, math.ceil(len(labels) / LABELS))
    return Columns(
        bars=bars,
        lines=[Mark(f"{_level(line, lines[-1]):.1f}", words.count(line)) for line in lines],
        labels=[Mark(percent(slot * (n + 0.5)), labels[n]) for n in range(0, len(labels), every)],
        legend=series,
    )


def scale(highest: int) -> list[int]:
    """Round numbers from 0 to at least the highest, five at most."""
    magnitude = 10 ** max(0, len(str(highest)) - 2)
    step = next(
        step
        for size in (magnitude, 10 * magnitude, 100 * magnitude)
        for step in (size, 2 * size, 5 * size)
        if 4 * step >= highest
    )
    return [step * n for n in range(max(1, math.ceil(highest / step)) + 1)]


def percent(value: float) -> str:
    return f"{value:.3f}%"


def _bar(kind: str, title: str, *, x: float, width: float, below: int, value: int, top: int) -> Bar:
    high, low = _level(below + value, top), _level(below, top)
    return Bar(kind, title, percent(x), percent(width), f"{high:.1f}", f"{low - high:.1f}")


def _level(value: float, top: int) -> float:
    return TOP + ROOM * (1 - value / top)


# -- durations, on an axis on which each step is some times the one before


@dataclass(frozen=True)
class Range:
    """From the median to what nine of ten took no longer than."""

    name: str
    count: str
    median: str
    p90: str
    start: str
    width: str
    end: str
    is_known: bool


@dataclass(frozen=True)
class Ranges:
    rows: Sequence[Range]
    marks: Sequence[Mark]


def ranges(measured: Sequence[tuple[str, int, float | None, float | None]]) -> Ranges:
    """Of each its name, how many, the median, and the 90 % within."""
    known = [value for _name, _count, *values in measured for value in values if value is not None]
    first = max((mark for mark in MARKS if mark <= min(known, default=1)), default=MARKS[0])
    last = min((mark for mark in MARKS if mark >= max(known, default=1)), default=MARKS[-1])
    last = max(last, MARKS[MARKS.index(first) + 1])
    axis = _Axis(first, last)
    return Ranges(
        rows=[_range(axis, *each) for each in measured],
        marks=[Mark(percent(axis.at(mark)), words.duration(mark)) for mark in MARKS if first <= mark <= last],
    )


@dataclass(frozen=True)
class _Axis:
    first: float
    last: float

    def at(self, seconds: float) -> float:
        """In per cent of its length."""
        inside = min(max(seconds, self.first), self.last)
        return 100 * math.log(inside / self.first) / math.log(self.last / self.first)


def _range(axis: _Axis, name: str, count: int, median: float | None, p90: float | None) -> Range:
    start, end = axis.at(median or 0), axis.at(p90 or 0)
    return Range(
        name=name,
        count=words.count(count),
        median=words.duration(median),
        p90=words.duration(p90),
        start=percent(start),
        width=percent(end - start),
        end=percent(end),
        is_known=median is not None,
    )


# -- parts of a whole, and how much of the most


@dataclass(frozen=True)
class Part:
    kind: str
    name: str
    value: str
    detail: str
    x: str
    width: str


def parts(shares: Sequence[tuple[str, str, float, str]]) -> list[Part]:
    """Kind, name, per cent and detail of each, one after the other."""
    placed, x = [], 0.0
    for kind, name, share, detail in shares:
        placed.append(Part(kind, name, words.share(share), detail, percent(x), percent(share)))
        x += share
    return placed


def rows(counts: Sequence[tuple[str, int]]) -> list[Part]:
    """Each as long as it is to the largest."""
    most, all_of_them = max((count for _name, count in counts), default=0), sum(count for _n, count in counts)
    return [
        Part(
            kind="begun",
            name=name,
            value=words.count(count),
            detail=words.share(100 * count / all_of_them if all_of_them else None),
            x=percent(0),
            width=percent(100 * count / most if most else 0),
        )
        for name, count in counts
    ]
