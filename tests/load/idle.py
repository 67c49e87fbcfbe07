"""Many sockets that say nothing: what each of them costs, and how soon all are whole again when all were lost at once.

    python -m tests.load.idle --sockets 10000

A whole server as `make run` starts it. Everybody has written once and waits; memory is what the server's processes hold
(PSS: shared pages are shared out) with all sockets open, less what they hold with none. Then every connection is cut
in the same moment, and each client comes back as our pages do.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
import uuid
from pathlib import Path
from typing import Any

from tests.copies import Copy, whole_server
from tests.load.clients import Customer, Heard, Memory, Post, all_arrive, until
from tests.load.messages import BODY, Run, people_for
from tests.load.processes import memory_kb
from tests.load.report import Report, this_machine

MOST = 50_000
ANSWERED_S = 600.0
WHOLE_S = 300.0
AT_REST_S = 15.0  # what a crowd's arrival needs besides is given back
STARTS_A_SECOND = 100
SPARE_FILES = 1_000


class Idler(Customer):
    """Remembers when it was last whole: shown what it had missed."""

    whole_at = 0.0

    def cut(self) -> None:
        assert self._wire is not None
        self.whole_at = 0.0
        self._wire.close()

    def _arrived(self, heard: Heard) -> None:
        super()._arrived(heard)
        self.whole_at = self._loop.time()


def main() -> None:
    asked = _arguments()
    allow_files(asked.sockets + SPARE_FILES)
    report = Report(f"{asked.sockets:,} idle sockets", machine=this_machine())
    with whole_server() as copy:
        copy.environment["RATE_LIMITS"] = "off"
        copy.start()
        copy.wait_until_ready()
        run = Run(copy.url, rate=1, seconds=1, conversations=asked.sockets)
        people = people_for(run, None, environment=copy.environment)
        asyncio.run(_hold(copy, people["customers"], report))
    report.tell(asked.json)


async def _hold(copy: Copy, customers: list[dict[str, Any]], report: Report) -> None:
    memory = Memory()
    idlers = [Idler(copy.url, memory, session=told["session"]) for told in customers]
    await _all_have_written(idlers, memory)
    await _all_gone(idlers)
    before = memory_kb(copy.url)
    idlers = [Idler(copy.url, memory, session=told["session"]) for told in customers]
    began = time.monotonic()
    await all_arrive([*idlers])
    report.figure("opened at", len(idlers) / (time.monotonic() - began), "a second")
    await asyncio.sleep(AT_REST_S)
    _tell_memory(before, memory_kb(copy.url), len(idlers), report)
    await _storm(idlers, report)
    for idler in idlers:
        idler.leave()


async def _all_have_written(idlers: list[Idler], memory: Memory) -> None:
    await all_arrive([*idlers])
    for idler in idlers:
        idler.say(Post("", str(uuid.uuid4()), BODY, asyncio.get_running_loop().time(), is_customers=True))
        await asyncio.sleep(1 / STARTS_A_SECOND)
    if not await until(lambda: not memory.unanswered(), seconds=ANSWERED_S):
        raise TimeoutError(f"{memory.unanswered()} of {len(idlers)} customers could not write.")


async def _all_gone(idlers: list[Idler]) -> None:
    for idler in idlers:
        idler.leave()
    await asyncio.sleep(AT_REST_S)


def _tell_memory(before: dict[str, float], after: dict[str, float], sockets: int, report: Report) -> None:
    for part, held in after.items():
        report.figure(f"memory of {part}", held / 1024, "MB")
    grown = sum(after.values()) - sum(before.values())
    report.figure("memory for each socket, all processes together", grown / sockets, "kB")


async def _storm(idlers: list[Idler], report: Report) -> None:
    cut_at = asyncio.get_running_loop().time()
    for idler in idlers:
        idler.cut()
    if not await until(lambda: all(idler.whole_at for idler in idlers), seconds=WHOLE_S):
        missing = sum(1 for idler in idlers if not idler.whole_at)
        raise TimeoutError(f"{missing} of {len(idlers)} were not whole again after {WHOLE_S:g} s.")
    report.times("cut to whole again", [idler.whole_at - cut_at for idler in idlers])


def allow_files(count: int) -> None:
    """For us and for the server we start. Raises ValueError when the machine does not let us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(hard, count)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    if not 0 < options.sockets <= MOST:
        parser.error(f"--sockets: above 0, at most {MOST:,}")
    return options


if __name__ == "__main__":
    main()
