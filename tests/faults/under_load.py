"""Messages flow while one part of the server after the other is killed, paused, starved or cut off.

    python -m tests.faults.under_load --rate 100 --seconds 30 --conversations 50

A whole server as `make run` starts it, which starts again what died. For each fault the crowd of the load program
writes for that long; the fault comes after a third of it. Held against each other at rest: what clients were
promised, what every client shows, and the database; and no conversation may be left where nobody comes for it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from config import env
from tests.copies import Copy, whole_server
from tests.faults.bad_network import BadNetwork
from tests.load.messages import Run, people_for, perform
from tests.load.processes import family
from tests.load.report import Report, this_machine

PAUSE_S = 8.0
PARTS = {
    "web": "daphne",
    "worker": " worker",
    "beat": " beat",
    "redis": "valkey-server",
    "postgres": "bin/postgres",
}
SMALL_DISK = "768m"  # PostgreSQL alone needs some hundred


@dataclass(frozen=True)
class Stage:
    """The server, and the network that its clients come through."""

    copy: Copy
    network: BadNetwork


@dataclass(frozen=True)
class Fault:
    """``strike`` begins it; ``heal``, so much later, ends it. ``on_small_disk``: its data lie on one."""

    name: str
    strike: Callable[[Stage], object]
    heal: Callable[[Stage], object] = lambda stage: None
    lasts_s: float = 0.0
    on_small_disk: bool = False


def send(number: signal.Signals, part: str, stage: Stage) -> None:
    """To that part; what stops or goes on does so with all it has started."""
    pid = _pid(part, stage)
    for each in [pid] if number == signal.SIGKILL else family(pid):
        with suppress(ProcessLookupError):
            os.kill(each, number)


def kill_a_backend(stage: Stage) -> None:
    """One of PostgreSQL's own processes: it ends all sessions and recovers."""
    os.kill(family(_pid("postgres", stage))[-1], signal.SIGKILL)


def _pid(part: str, stage: Stage) -> int:
    pid = stage.copy.pid_of(PARTS[part])
    assert pid, f"{part} is not there"
    return pid


def fill_disk(stage: Stage) -> None:
    with suppress(OSError), _filler(stage).open("wb") as file:
        while True:
            file.write(bytes(1024 * 1024))
            file.flush()


def free_disk(stage: Stage) -> None:
    _filler(stage).unlink()


def _filler(stage: Stage) -> Path:
    return stage.copy.data_dir / "filler"


FAULTS = [
    *(Fault(f"{part} killed", partial(send, signal.SIGKILL, part)) for part in PARTS),
    Fault("a database process killed", kill_a_backend),
    *(
        Fault(
            f"{part} paused {PAUSE_S:g} s",
            partial(send, signal.SIGSTOP, part),
            partial(send, signal.SIGCONT, part),
            lasts_s=PAUSE_S,
        )
        for part in PARTS
    ),
    Fault("sockets cut", lambda stage: stage.network.cut()),
    Fault(f"disk full {PAUSE_S:g} s", fill_disk, free_disk, lasts_s=PAUSE_S, on_small_disk=True),
]


def main() -> int:
    asked = _arguments()
    faults = [fault for fault in FAULTS if asked.only in fault.name]
    report = Report(
        f"Faults at {asked.rate:g} messages/s over {asked.conversations} conversations",
        machine=this_machine(),
    )
    found = _perform([fault for fault in faults if not fault.on_small_disk], asked, report)
    if on_small_disk := [fault for fault in faults if fault.on_small_disk]:
        with small_disk() as folder:
            found += _perform(on_small_disk, asked, report, data_dir=folder)
    report.tell(asked.json)
    sys.stdout.write("".join(f"FAILED: {problem}\n" for problem in found))
    return 1 if found else 0


def _perform(
    faults: list[Fault], asked: argparse.Namespace, report: Report, *, data_dir: Path | None = None
) -> list[str]:
    with whole_server(data_dir=data_dir) as copy:
        copy.start()
        copy.wait_until_ready()
        port = int(copy.url.rpartition(":")[2])
        with BadNetwork(upstream=port, seed=0) as network:
            stage = Stage(copy, network)
            run = Run(network.url, asked.rate, asked.seconds, asked.conversations)
            people = people_for(run, None, environment=copy.environment)
            return [
                f"{fault.name}: {problem}"
                for fault in faults
                for problem in suffer(fault, run, stage, people, report)
            ]


def suffer(fault: Fault, run: Run, stage: Stage, people: dict[str, Any], report: Report) -> list[str]:
    """One fault under load, and what was wrong afterwards, in words."""
    told, problems = asyncio.run(
        perform(
            run,
            people,
            database_url=stage.copy.database_url,
            meanwhile=lambda: _befall(fault, stage, after_s=run.seconds / 3),
        )
    )
    stage.copy.wait_until_ready()
    problems += [*_unfinished(told), *_broken(stage.copy)]
    report.figure(
        fault.name, f"{told.figures['connections lost'][0]} connections lost, {len(problems)} wrong"
    )
    report.durations[fault.name] = told.durations["due to the other side"]
    return problems


def _befall(fault: Fault, stage: Stage, *, after_s: float) -> None:
    time.sleep(after_s)
    fault.strike(stage)
    time.sleep(fault.lasts_s)
    fault.heal(stage)


def _unfinished(told: Report) -> list[str]:
    names = ("not acknowledged", "not seen by the other side")
    return [f"{told.figures[name][0]} {name}" for name in names if told.figures[name][0]]


def _broken(copy: Copy) -> list[str]:
    """What must be true of the database, and is not."""
    command = [sys.executable, "-m", "tests.faults.verdict"]
    done = subprocess.run(
        command, cwd=env.BASE_DIR, env=copy.environment, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines() if done.returncode in (0, 1) else [done.stderr]


@contextmanager
def small_disk() -> Iterator[Path]:
    """A folder on a file system of its own, which can be filled. Mounting one needs root: subprocess's error says so."""
    folder = Path(tempfile.mkdtemp(prefix="parley-small-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "parley-small", str(folder)]
    subprocess.run(mount, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="of writing, for each fault")
    parser.add_argument("--conversations", type=int, default=50)
    parser.add_argument("--only", default="", help="faults with this in their name")
    parser.add_argument("--json", type=Path, default=None)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
