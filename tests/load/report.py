"""What a load program has to tell: a table for people, JSON for programs.

report = Report("Messages: 500/s for 60 s", machine=this_machine())
report.figure("achieved rate", 499.8, "messages/s")
report.times("sent to accepted", seconds)
print(report.as_text())
report.write(path)
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PERCENTILES = (50, 90, 99)


@dataclass(frozen=True)
class Machine:
    """What a figure was measured on; ``load_average`` is of the minute before the run."""

    cores: int
    load_average: float


@dataclass(frozen=True)
class Times:
    """How long something took, many times; in milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    max: float


@dataclass
class Report:
    title: str
    machine: Machine
    figures: dict[str, tuple[float | str, str]] = field(default_factory=dict)
    durations: dict[str, Times] = field(default_factory=dict)

    def figure(self, name: str, value: float | str, unit: str = "") -> None:
        self.figures[name] = (value, unit)

    def times(self, name: str, seconds: Sequence[float]) -> None:
        self.durations[name] = times_of(seconds)

    def tell(self, json_path: Path | None = None) -> None:
        """To whoever ran the program, and into that file."""
        sys.stdout.write(self.as_text() + "\n")
        if json_path:
            self.write(json_path)

    def as_text(self) -> str:
        machine = f"{self.machine.cores} cores, load average {self.machine.load_average:.2f} at the start"
        parts = [f"{self.title}\n({machine})"]
        if self.figures:
            parts.append(
                _table([[name, _shown(value), unit] for name, (value, unit) in self.figures.items()])
            )
        if self.durations:
            parts.append(_table([["ms", "count", "p50", "p90", "p99", "max"], *self._duration_rows()]))
        return "\n\n".join(parts)

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "machine": {"cores": self.machine.cores, "load_average": round(self.machine.load_average, 2)},
            "figures": {name: {"value": value, "unit": unit} for name, (value, unit) in self.figures.items()},
            "times_ms": {
                name: {key: round(value, 3) for key, value in vars(times).items()}
                for name, times in self.durations.items()
            },
        }

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_dict(), indent=2) + "\n")

    def _duration_rows(self) -> list[list[str]]:
        return [
            [
                name,
                str(times.count),
                *(f"{value:.1f}" for value in (times.p50, times.p90, times.p99, times.max)),
            ]
            for name, times in self.durations.items()
        ]


def this_machine() -> Machine:
    """Ask before the run: a program's own load is no excuse."""
    return Machine(cores=os.cpu_count() or 1, load_average=os.getloadavg()[0])


def times_of(seconds: Sequence[float]) -> Times:
    """Zeros when nothing was measured: the count says so."""
    ordered = sorted(seconds)
    p50, p90, p99 = (percentile(ordered, share) * 1000 for share in PERCENTILES)
    return Times(count=len(ordered), p50=p50, p90=p90, p99=p99, max=ordered[-1] * 1000 if ordered else 0.0)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of these ascending values which ``share`` per cent of them do not exceed; 0 of none."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def _shown(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left; numbers to the right, words after them to the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 or not _is_number(cell, rows[0]) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _is_number(cell: str, header: Sequence[str]) -> bool:
    return cell[:1].isdigit() or cell in header
