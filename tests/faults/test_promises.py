"""Customers and agents write while a process is killed. What they were promised stands, once and in order.

The load program is the crowd: its clients reconnect, send again what was not acknowledged, and remember all of it.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from chat.models import Message
from tests.load.checker import Promise, Row, Stored, View, check
from tests.load.messages import Run, perform
from tests.load.report import Report
from tests.servers import Process, Servers, database_url
from tests.waiting import wait_until

CONVERSATIONS, RATE, SECONDS = 6, 30.0, 5.0
BEFORE_THE_FAULT = 40  # messages


@pytest.mark.parametrize("victim", ["web", "worker"])
def test_what_was_promised_survives_a_killed_process(servers: Servers, tmp_path: Path, victim: str) -> None:
    processes: dict[str, Process] = {
        "web": (web := servers.web(RATE_LIMITS="off")),
        "worker": servers.worker(),
    }
    people = crowd(tmp_path)
    run = Run(url=web.url, rate=RATE, seconds=SECONDS, conversations=CONVERSATIONS)
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(asyncio.run, perform(run, people, database_url=database_url()))
        wait_until(lambda: written.done() or Message.objects.count() > BEFORE_THE_FAULT, what="some talk")
        processes[victim].kill()
        processes[victim].start()
        report, problems = written.result(timeout=60)
    assert problems == []
    assert (told(report, "connections lost") > 0) == (victim == "web")
    assert told(report, "sent") == run.messages
    assert told(report, "not acknowledged") == told(report, "not seen by the other side") == 0
    assert (len(Message.objects.filter(client_id=None)), Message.objects.exclude(client_id=None).count()) == (
        CONVERSATIONS,  # that an agent has joined
        CONVERSATIONS + run.messages,
    )


def test_the_checker_finds_what_is_wrong() -> None:
    promises = [Promise("carla", "c", "a", 1), Promise("carla", "c", "b", 2)]
    rows = [Row("c", 1, "a"), Row("c", 2, "b")]
    view = View("the agent", "c", {1: "a", 2: "b"})

    def problems(
        promises: list[Promise] = promises, rows: list[Row] = rows, view: View = view, state: str = "active"
    ) -> list[str]:
        stored = Stored(rows=rows, states={"c": state}, latest_seqs={"c": 2})
        return [
            problem.partition(":")[0] for problem in check(promises=promises, views=[view], stored=stored)
        ]

    assert problems() == []
    assert "lost" in problems(rows=rows[:1])
    assert "lost" in problems(rows=[rows[0], Row("c", 2, "x")])
    assert "doubled" in problems(rows=[*rows, Row("c", 3, "b")])
    assert problems(promises=promises[::-1]) == ["out of order"]
    assert "gap" in problems(rows=[rows[0], Row("c", 3, "b")])
    assert problems(view=View("the agent", "c", {1: "a"})) == [
        "the agent was shown None as 2 of c, stored is 'b'"
    ]
    assert problems(view=View("the agent", "c", {2: "b"})) == []  # came later
    assert problems(state="") == ["stuck"]


def crowd(folder: Path) -> dict[str, Any]:
    path = folder / "people.json"
    call_command("load_people", agents=2, units=25 * CONVERSATIONS, customers=CONVERSATIONS, out=path)
    people: dict[str, Any] = json.loads(path.read_text())
    return people


def told(report: Report, name: str) -> float:
    value, _unit = report.figures[name]
    return float(value)
