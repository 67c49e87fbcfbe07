"""`make load`: customers and agents write to each other at a given rate, and every answer is timed.

An open loop: each message is due at a moment fixed beforehand, and its time counts from then, whether or not the
server (or this program) was late with the one before. Everything is checked: what was acknowledged must be seen by
the other side, once, in order.

    python -m tests.load.messages --url http://localhost:8000 --rate 500 --seconds 60 --conversations 500
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.load import checker
from tests.load.clients import Agent, Customer, Memory, Person, Post, all_arrive, until
from tests.load.processes import cpu_seconds
from tests.load.report import Machine, Report, this_machine

MOST = {"rate": 20_000, "seconds": 3_600, "conversations": 10_000}
FEWEST_AGENTS = 25  # the same for most runs: who had a conversation in the last one is here again
AGENT_POSTS_PER_S = 10.0  # a connection may send 20 frames a second
UNITS_OF_A_CONVERSATION = 25  # in the demo's workstream
SETTLED_S = 120.0
DRAINED_S = 30.0
BODY = "What a customer and an agent write to each other is about this long, sixty-four."


@dataclass(frozen=True)
class Run:
    """What was asked for: messages a second, for how long, over how many conversations."""

    url: str
    rate: float
    seconds: float
    conversations: int

    @property
    def agents(self) -> int:
        return max(FEWEST_AGENTS, math.ceil(self.rate / 2 / AGENT_POSTS_PER_S))

    @property
    def units(self) -> int:
        """Of each agent: room for all, spread evenly or not."""
        return 2 * UNITS_OF_A_CONVERSATION * math.ceil(self.conversations / self.agents)

    @property
    def messages(self) -> int:
        return round(self.rate * self.seconds)

    def __str__(self) -> str:
        return f"{self.rate:g} messages/s for {self.seconds:g} s over {self.conversations} conversations"


@dataclass(frozen=True)
class Pair:
    """A customer and the agent who has the conversation."""

    conversation: str
    customer: Customer
    agent: Agent


class Office:
    """Everybody of one run, connected."""

    def __init__(self, run: Run, people: dict[str, Any]) -> None:
        self.memory = Memory()
        self.agents = [Agent(run.url, self.memory, cookie=told["cookie"]) for told in people["agents"]]
        self.customers = [
            Customer(run.url, self.memory, session=told["session"])
            for told in people["customers"][: run.conversations]
        ]

    @property
    def everybody(self) -> list[Person]:
        return [*self.agents, *self.customers]

    async def open(self) -> list[Pair]:
        """Everybody arrives, and every customer is served. Raises TimeoutError when that takes too long."""
        await all_arrive([*self.agents])
        await all_arrive([*self.customers])
        for customer in self.customers:
            if not customer.conversation:
                customer.say(_post("", is_customers=True, due=asyncio.get_running_loop().time()))
                await asyncio.sleep(0.01)
        if not await until(self._is_settled, seconds=SETTLED_S):
            served = sum(1 for customer in self.customers if customer.conversation)
            raise TimeoutError(f"Only {served} of {len(self.customers)} customers were given an agent.")
        pairs = self._pairs()
        self.memory.posts.clear()
        return pairs

    def close(self) -> None:
        for person in self.everybody:
            person.leave()

    def views(self, pairs: list[Pair]) -> list[checker.View]:
        return [
            checker.View(who=who, conversation=pair.conversation, log=person.logs[pair.conversation])
            for pair in pairs
            for who, person in (("the customer", pair.customer), ("the agent", pair.agent))
        ]

    def _is_settled(self) -> bool:
        held = {pk for agent in self.agents for pk, state in agent.states.items() if state == "active"}
        return all(customer.conversation in held for customer in self.customers)

    def _pairs(self) -> list[Pair]:
        holders = {
            pk: agent for agent in self.agents for pk, state in agent.states.items() if state == "active"
        }
        return [
            Pair(customer.conversation, customer, holders[customer.conversation])
            for customer in self.customers
        ]


async def drive(run: Run, office: Office, pairs: list[Pair]) -> None:
    """Send everything when it is due, and wait until all of it was seen."""
    loop = asyncio.get_running_loop()
    began = loop.time() + 0.5
    for number in range(run.messages):
        due = began + number / run.rate
        await asyncio.sleep(max(0.0, due - loop.time()))
        pair = pairs[number % len(pairs)]
        is_customers = (number // len(pairs) + number) % 2 == 0
        sender: Person = pair.customer if is_customers else pair.agent
        sender.say(_post(pair.conversation, is_customers=is_customers, due=due))
    await until(lambda: not (office.memory.unanswered() or office.memory.unseen()), seconds=DRAINED_S)


def promises_of(posts: list[Post]) -> list[checker.Promise]:
    return [
        checker.Promise(
            sender="customer" if post.is_customers else "agent",
            conversation=post.conversation,
            client_id=post.client_id,
            seq=post.seq,
        )
        for post in posts
    ]


def report_of(
    run: Run, machine: Machine, memory: Memory, *, shares: dict[str, float], problems: list[str]
) -> Report:
    """``shares``: of one core, by part of the server."""
    report = Report(f"Messages: {run}", machine=machine)
    accepted = memory.accepted()
    last_at = max((post.accepted_at for post in accepted), default=0.0)
    first_due = min((post.due for post in memory.posts.values()), default=0.0)
    report.figure("sent", len(memory.posts), "messages")
    report.figure("acknowledged", len(accepted) / max(last_at - first_due, 1e-9), "messages/s")
    for kind, name in (
        ("lost", "lost"),
        ("doubled", "doubled"),
        ("out of order", "out of order"),
        ("gap", "gaps"),
    ):
        report.figure(name, sum(1 for problem in problems if problem.startswith(kind)), "messages")
    report.figure("not acknowledged", memory.unanswered(), "messages")
    report.figure("not seen by the other side", memory.unseen(), "messages")
    report.figure("frames that overtook another", memory.overtaken)
    for code, count in memory.errors.items():
        report.figure(f"refused: {code}", count)
    report.figure("connections lost", sum(memory.lost_connections.values()))
    for close_code, count in memory.lost_connections.items():
        report.figure(f"connections closed with {close_code}", count)
    for name, share in shares.items():
        report.figure(f"processor, {name}", 100 * share, "% of a core")
    report.times("due to acknowledged", [post.accepted_at - post.due for post in accepted])
    seen = [post for post in memory.posts.values() if post.seen_at]
    report.times("due to the other side", [post.seen_at - post.due for post in seen])
    report.times("due to sent (this program)", [post.sent_at - post.due for post in accepted])
    return report


async def perform(
    run: Run, people: dict[str, Any], *, database_url: str = "", meanwhile: Callable[[], object] | None = None
) -> tuple[Report, list[str]]:
    """One run, and what was wrong. ``meanwhile`` begins with the writing, in a thread of its own."""
    machine = this_machine()
    office = Office(run, people)
    try:
        pairs = await office.open()
        before, began = cpu_seconds(run.url), time.monotonic()
        await asyncio.gather(drive(run, office, pairs), asyncio.to_thread(meanwhile or (lambda: None)))
        after, took_s = cpu_seconds(run.url), time.monotonic() - began
    finally:
        office.close()
    views = office.views(pairs)
    stored = checker.read(database_url, [pair.conversation for pair in pairs]) if database_url else None
    problems = checker.check(
        promises=promises_of(office.memory.accepted()), views=views, stored=stored or checker.seen_by(views)
    )
    shares = {name: (used - before.get(name, 0.0)) / took_s for name, used in after.items()}
    return report_of(run, machine, office.memory, shares=shares, problems=problems), problems


def _post(conversation: str, *, is_customers: bool, due: float) -> Post:
    return Post(conversation, str(uuid.uuid4()), BODY, due, is_customers)


def people_for(
    run: Run, path: Path | None, *, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """From the file ``load_people`` wrote; without one it is asked to write it, on the server's database.

    ``environment`` is the server's; default: ours.
    """
    if path is None:
        wanted = ["--agents", run.agents, "--units", run.units, "--customers", run.conversations]
        command = [sys.executable, "manage.py", "load_people", *map(str, wanted)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        path = Path(done.stdout.strip())
    people: dict[str, Any] = json.loads(path.read_text())
    return people


def main() -> int:
    run, options = _arguments()
    try:
        report, problems = asyncio.run(
            perform(run, people_for(run, options.people), database_url=options.database_url)
        )
    except (TimeoutError, OSError, subprocess.CalledProcessError) as error:
        print(f"The run could not be made: {error}", file=sys.stderr)  # noqa: T201
        return 2
    report.write(options.out)
    print(f"{report.as_text()}\n\n{options.out}")  # noqa: T201
    for problem in problems[:20]:
        print(problem, file=sys.stderr)  # noqa: T201
    return 1 if problems else 0


def _arguments() -> tuple[Run, argparse.Namespace]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--rate", type=float, default=100.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--conversations", type=int, default=100)
    parser.add_argument("--people", type=Path, help="what load_people wrote; default: it is asked to")
    parser.add_argument("--database-url", default="", help="compare with what is stored, too")
    parser.add_argument("--out", type=Path, default=Path(".data/load/messages.json"))
    options = parser.parse_args()
    for name, most in MOST.items():
        if not 0 < getattr(options, name) <= most:
            parser.error(f"--{name}: above 0, at most {most:,}")
    return Run(options.url, options.rate, options.seconds, options.conversations), options


if __name__ == "__main__":
    sys.exit(main())
