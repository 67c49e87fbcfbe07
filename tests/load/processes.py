"""What the server's processes have spent and hold, where /proc tells: the server runs on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
NAMES = {
    "daphne": "web",
    "worker": "worker",
    "beat": "beat",
    "postgres": "postgres",
    "valkey": "valkey",
    "redis": "valkey",
}


def cpu_seconds(url: str) -> dict[str, float]:
    """Seconds of processor time by part of the server that listens at ``url``, and this program's own.

    Parts are the children of whoever started the web process, each with its descendants. Empty but for our own
    where they cannot be found.
    """
    mine = {"this program": sum(os.times()[:2])}
    return {part: sum(map(_seconds, pids)) for part, pids in _parts(url).items()} | mine


def memory_kb(url: str) -> dict[str, float]:
    """What the parts of that server hold in memory, shared pages shared out (PSS). Empty where they cannot be found."""
    return {part: sum(map(_pss_kb, pids)) for part, pids in _parts(url).items()}


def _parts(url: str) -> dict[str, list[int]]:
    """The children of whoever started the web process, by name, each with its family."""
    web = next((pid for pid in _pids() if f"tcp:port={urlsplit(url).port}:" in _command(pid)), None)
    if web is None:
        return {}
    siblings = [pid for pid in _pids() if _parent(pid) == _parent(web)]
    return {name: family(pid) for pid in siblings if (name := _name(pid))}


def _name(pid: int) -> str:
    command = _command(pid)
    return next((name for word, name in NAMES.items() if word in command), "")


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S if fields else 0.0


def _pss_kb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith("Pss:")), 0.0)


def _stat(pid: int) -> list[str]:
    """From the state on: the name before it, in brackets, may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def family(pid: int) -> list[int]:
    """A process and its descendants that live, the eldest first."""
    parents = {each: _parent(each) for each in _pids()}

    def descends(each: int) -> bool:
        while each not in (0, 1, pid):
            each = parents.get(each, 0)
        return each == pid

    return sorted(each for each in parents if descends(each))


def family_seconds(pid: int) -> float:
    """Seconds of processor time of that family."""
    return sum(_seconds(each) for each in family(pid))
