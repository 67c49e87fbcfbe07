"""How fast a real worker hands out what waits, and whether exactly: each conversation once, no capacity exceeded.

For each size a queue is filled with so many conversations and the sweep is asked to drain it, as the scheduler does.
A figure counts what is in the database and whose frames have been published: the time runs from the task's being
sent to the last frame. Beside it: the same locks and inserts by psycopg alone, one conversation a transaction and
as many together as the worker takes, with the capacity derived each time.

    python -m tests.load.assignments --sizes 100 1000 10000 100000 --most 2000 --drain 10000 --agents 200
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.environment import Environment
from tests.load.processes import family_seconds
from tests.load.report import Report, this_machine

if TYPE_CHECKING:
    from tests.load.queued import Office
    from tests.servers import Worker

PATIENCE_S = 600.0
ASK_EVERY_S = 10.0  # as the scheduler does
PLACES = 100  # of each agent; a conversation costs one unit


@dataclass(frozen=True)
class Run:
    """One queue drained: how many of how many were handed out, and what it took."""

    queued: int
    handed: int
    seconds: float
    worker_seconds: float
    postgres_seconds: float
    frames: Counter[str]

    @property
    def rate(self) -> float:
        return self.handed / self.seconds

    @property
    def milliseconds(self) -> float:
        return 1000 * self.seconds / self.handed

    @property
    def worker_milliseconds(self) -> float:
        return 1000 * self.worker_seconds / self.handed


class Frames:
    """Counts what the worker publishes for the web processes, by audience and type."""

    def __init__(self) -> None:
        import redis
        from django.conf import settings

        self.seen: Counter[str] = Counter()
        self.last_at = time.monotonic()
        self._client = redis.Redis.from_url(settings.REDIS_URL, protocol=2)
        self._subscription = self._client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._subscription.subscribe("parley.frames")
        self._subscription.get_message(timeout=5)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()
        self._client.close()

    def _listen(self) -> None:
        import msgspec

        from chat.realtime.wire import Envelope

        decoder = msgspec.msgpack.Decoder(Envelope)
        while not self._done.is_set():
            with suppress(TimeoutError):
                message = self._subscription.get_message(timeout=0.2)
                if message is not None:
                    self._count(decoder.decode(message["data"]).parcels)

    def _count(self, parcels: list[Any]) -> None:
        for parcel in parcels:
            frame = json.loads(parcel.text)
            audience = parcel.address.split(".")[0]
            self.seen[f"{audience} {frame['type']}"] += 1
            if audience == "customer":
                self.last_at = time.monotonic()


def main() -> None:
    asked = _arguments()
    with Environment(durable=True) as environment:
        report = _measure(asked, environment)
    report.tell(asked.json)


def _measure(asked: argparse.Namespace, environment: Environment) -> Report:
    import django

    django.setup()
    from tests.load import queued
    from tests.servers import Worker

    report = Report(f"Assignment: {asked.agents} agents", machine=this_machine())
    queued.migrated()
    with queued.consoles_open():
        _bare(asked, report)
        with Worker(LOG_LEVEL="INFO") as worker:
            _drain(asked, 200, 200, worker, environment)  # what is imported and planned first is not counted
            runs = [_drain(asked, size, asked.most, worker, environment) for size in asked.sizes]
            whole = _drain(asked, asked.drain, asked.drain, worker, environment)
    _tell(report, runs, whole)
    return report


def _drain(asked: argparse.Namespace, size: int, most: int, worker: Worker, environment: Environment) -> Run:
    from routing.tasks import route_open
    from tests.load import queued

    handed = min(size, most)
    places = PLACES if handed == size else handed // asked.agents
    office = queued.empty_office(agents=asked.agents, capacity=places, auto_assign=True)
    handed = min(handed, office.places)
    queued.fill(office, count=size)
    frames = Frames()
    before = _cpu(worker, environment)
    began = asked_at = time.monotonic()
    route_open.delay()
    while (seen := frames.seen["customer conversation.changed"]) < handed:
        if time.monotonic() - began > PATIENCE_S:
            raise SystemExit(f"{seen} of {handed} after {PATIENCE_S} s:\n{worker.output[-3000:]}")
        if time.monotonic() - asked_at > ASK_EVERY_S:
            route_open.delay()
            asked_at = time.monotonic()
        time.sleep(0.01)
    time.sleep(1.0)  # more than was asked for would be seen as well
    after = _cpu(worker, environment)
    frames.stop()
    _check(office, handed)
    _check_frames(frames.seen, handed)
    sys.stderr.write(f"{size:>7} queued, {handed} handed out in {frames.last_at - began:.1f} s\n")
    return Run(
        queued=size,
        handed=handed,
        seconds=frames.last_at - began,
        worker_seconds=after[0] - before[0],
        postgres_seconds=after[1] - before[1],
        frames=frames.seen,
    )


def _check(office: Office, handed: int) -> None:
    """Each once: one record with its reason, one step, one line; and nobody holds more than they may."""
    from django.db.models import Sum

    from chat.models import Conversation, Message, Transition
    from chat.states import State, Verb
    from routing.models import Offer, OfferState

    active = Conversation.objects.filter(state=State.ACTIVE, turn=2, latest_seq=2, agent__isnull=False)
    offers = Offer.objects.filter(state=OfferState.ACCEPTED, why__rule__isnull=False)
    steps = Transition.objects.filter(verb=Verb.ASSIGN, turn=2)
    told = {
        "active": active.count(),
        "offers": offers.count(),
        "all offers": Offer.objects.count(),
        "conversations with an offer": offers.values("conversation").distinct().count(),
        "steps": steps.count(),
        "lines": Message.objects.filter(seq=2, author_kind="system").count(),
    }
    assert set(told.values()) == {handed}, told
    held = active.values("agent").annotate(units=Sum("units")).values_list("units", flat=True)
    assert max(held) <= office.agents[0].capacity, max(held)


def _check_frames(seen: Counter[str], handed: int) -> None:
    for audience in ("customer", "agent", "supervisors"):
        kinds = ("conversation.changed", *(["message.posted"] if audience != "supervisors" else []))
        for kind in kinds:
            assert seen[f"{audience} {kind}"] >= handed, seen


def _cpu(worker: Worker, environment: Environment) -> tuple[float, float]:
    assert environment.services.postgres
    postgres = environment.services.postgres.child.process
    assert postgres
    return family_seconds(worker.pid), family_seconds(postgres.pid)


def _bare(asked: argparse.Namespace, report: Report) -> None:
    from routing.drain import TOGETHER
    from tests.load import queued
    from tests.load.bare import drain

    for together, name in ((1, "one a transaction"), (TOGETHER, f"{TOGETHER} a transaction")):
        office = queued.empty_office(agents=asked.agents, capacity=PLACES, auto_assign=True)
        queued.fill(office, count=asked.bare)
        seconds = drain(office, together=together)
        _check_bare(asked.bare)
        report.figure(f"bare SQL, {name}", asked.bare / seconds, "assignments/s")


def _check_bare(handed: int) -> None:
    from chat.models import Conversation
    from chat.states import State
    from routing.models import Offer

    assert Conversation.objects.filter(state=State.ACTIVE).count() == Offer.objects.count() == handed


def _tell(report: Report, runs: list[Run], whole: Run) -> None:
    report.figure(f"drained {whole.queued}", whole.rate, "assignments/s")
    bare = next(value for name, (value, _unit) in report.figures.items() if name.startswith("bare"))
    assert isinstance(bare, float)
    report.figure("of the bare SQL limit, one a transaction", 100 * whole.rate / bare, "%")
    report.figure("worker CPU for it", whole.worker_seconds, "s")
    report.figure("worker CPU an assignment", whole.worker_milliseconds, "ms")
    report.figure("PostgreSQL CPU an assignment", 1000 * whole.postgres_seconds / whole.handed, "ms")
    report.figure("frames an assignment", sum(whole.frames.values()) / whole.handed, "")
    for run in runs:
        name = f"{run.queued} queued, {run.handed} handed out"
        report.figure(name, run.milliseconds, f"ms each, worker CPU {run.worker_milliseconds:.2f} ms")
    if len(runs) > 1:
        costs = [run.worker_milliseconds for run in runs]
        report.figure("dearest to cheapest size, worker CPU", max(costs) / min(costs), "times")
        walls = [run.milliseconds for run in runs]
        report.figure("dearest to cheapest size, time", max(walls) / min(walls), "times")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1_000, 10_000, 100_000])
    parser.add_argument("--most", type=int, default=2_000, help="handed out of each size")
    parser.add_argument("--drain", type=int, default=10_000, help="queued and handed out for the headline")
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--bare", type=int, default=2_000, help="assignments of the bare SQL limit")
    parser.add_argument("--json", type=Path, help="write the report there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
