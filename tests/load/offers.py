"""How soon somebody who becomes available has an offer on the screen, while many conversations wait.

Real processes: web, worker and the scheduler; real consoles on real sockets. An agent who was away says "available"
and waits for `offer.made`; then goes away again, which gives the offers back, and the next agent's turn comes. The
time counts from before the frame is sent until the offer has been read.

    python -m tests.load.offers --queued 1000 --agents 20 --rounds 10
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.environment import Environment
from tests.load.processes import family_seconds
from tests.load.report import Report, percentile, this_machine

if TYPE_CHECKING:
    from routing.models import Agent
    from tests.routing.desk import AgentClient

PATIENCE_S = 30.0
CAPACITY = 4  # an agent is offered so many conversations of one unit at once


def main() -> None:
    asked = _arguments()
    with Environment(durable=True):
        report = _measure(asked)
    report.tell(asked.json)


def _measure(asked: argparse.Namespace) -> Report:
    import django

    django.setup()
    from tests.load import queued
    from tests.servers import Beat, Web, Worker

    report = Report(f"Available to offered, {asked.queued} conversations queued", machine=this_machine())
    queued.migrated()
    office = queued.empty_office(agents=asked.agents, capacity=CAPACITY, connected=False)
    queued.fill(office, count=asked.queued)
    with Web(LOG_LEVEL="INFO") as web, Worker(LOG_LEVEL="INFO"), Beat():
        consoles = [_console(web.url, agent) for agent in office.agents]
        _round(consoles)  # what is imported and planned first is not counted
        before = family_seconds(web.pid)
        times = [took for _round_number in range(asked.rounds) for took in _round(consoles)]
        spent = family_seconds(web.pid) - before
        for console in consoles:
            console.close()
    firsts = [first for first, _all in times]
    report.figure("95 % of the first offers within", 1000 * percentile(sorted(firsts), 95), "ms")
    report.times("to the first offer", firsts)
    report.times(f"to all {CAPACITY}", [last for _first, last in times])
    report.figure("web CPU a turn", 1000 * spent / len(times), "ms")
    return report


def _console(url: str, agent: Agent) -> AgentClient:
    from tests.routing.desk import AgentClient

    console = AgentClient(url, agent)
    console.hello()
    console.ask({"type": "presence.set", "status": "away"})
    return console


def _round(consoles: list[AgentClient]) -> list[tuple[float, float]]:
    return [_turn(console) for console in consoles]


def _turn(console: AgentClient) -> tuple[float, float]:
    """Seconds to the first offer and to as many as there is room for."""
    began = time.perf_counter()
    console.send({"type": "presence.set", "status": "available"})
    _next(console, "offer.made")
    first = time.perf_counter() - began
    for _another in range(CAPACITY - 1):
        _next(console, "offer.made")
    last = time.perf_counter() - began
    console.send({"type": "presence.set", "status": "away"})
    for _given_back in range(CAPACITY):
        _next(console, "offer.withdrawn")
    return first, last


def _next(console: AgentClient, kind: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(console.connection.recv(timeout=PATIENCE_S))
        if frame["type"] == kind:
            return frame


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queued", type=int, default=1_000)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", type=Path, help="write the report there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
