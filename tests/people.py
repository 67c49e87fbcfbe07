"""Alice and Bob are agents, Sue is a supervisor, Carla a customer. A stranger belongs nowhere: each permission test
has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.models import CustomerSession
from routing.models import Agent
from tests import make
from workstreams.models import Queue, Widget, Workstream
from workstreams.modes import Mode


def alice(*queues: Queue, **fields: Any) -> Agent:
    return make.agent("alice", queues=queues, **fields)


def bob(*queues: Queue, **fields: Any) -> Agent:
    return make.agent("bob", queues=queues, **fields)


def sue(*queues: Queue, **fields: Any) -> Agent:
    return make.supervisor("sue", queues=queues, **fields)


def stranger() -> Agent:
    """An agent of another queue, with nothing to look for here."""
    return make.agent("mallory", queues=[make.queue()])


def carla(widget: Widget, *, now: datetime | None = None) -> CustomerSession:
    return make.session("carla", widget=widget, now=now)


@dataclass(frozen=True)
class Shop:
    """A queue with Alice and Bob in it, Sue above them, and the widget that leads there."""

    queue: Queue
    workstream: Workstream
    widget: Widget
    alice: Agent
    bob: Agent
    sue: Agent


def shop(*, mode: str = Mode.PERSISTENT, queue: Queue | None = None, **workstream: Any) -> Shop:
    """Nobody is connected yet: ``make.connected(shop.alice)``."""
    queue = queue or make.queue("Support")
    stream = make.workstream(mode=mode, queue=queue, **workstream)
    return Shop(
        queue=queue,
        workstream=stream,
        widget=make.widget(workstream=stream),
        alice=alice(queue),
        bob=bob(queue),
        sue=sue(),
    )
