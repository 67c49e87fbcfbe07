"""Rows in bulk for the programs about assignment: a queue, connected agents in it, and conversations that wait.

Everything else that the rows would have left behind is there too: the first message and the START transition.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from chat.models import AuthorKind, Conversation, Customer, Message, Transition
from chat.states import Actor, State, Verb
from routing.models import Agent, Connection, Membership
from tests import flushing, make
from workstreams.models import Queue, Widget, Workstream

AT_ONCE = 5_000
BEAT_EVERY_S = 4.0


@dataclass(frozen=True)
class Office:
    """One queue, its workstream and widget, and the agents who serve it."""

    queue: Queue
    workstream: Workstream
    widget: Widget
    agents: list[Agent]

    @property
    def places(self) -> int:
        return sum(agent.capacity // self.workstream.units for agent in self.agents)


def empty_office(*, agents: int, capacity: int, connected: bool = True, **workstream: Any) -> Office:
    """An office in an otherwise empty database; a conversation costs one unit."""
    _forget_everything()
    stream = make.workstream(**({"units": 1} | workstream))
    return Office(
        queue=stream.queue,
        workstream=stream,
        widget=make.widget(workstream=stream),
        agents=_agents(agents, capacity, stream.queue, connected=connected),
    )


def fill(office: Office, *, count: int) -> None:
    """``count`` conversations of as many customers, a millisecond apart, all of the last hour."""
    first_at = timezone.now() - timedelta(hours=1)
    for start in range(0, count, AT_ONCE):
        moments = [
            first_at + timedelta(milliseconds=number) for number in range(start, min(start + AT_ONCE, count))
        ]
        _fill_page(office, moments)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def consoles_open() -> Iterator[None]:
    """Meanwhile the process that holds the agents' consoles gives its signs of life."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT_EVERY_S):
            make.beat()
        connection.close()

    make.beat()
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def migrated() -> None:
    call_command("migrate", verbosity=0)


def _agents(count: int, capacity: int, queue: Queue, *, connected: bool) -> list[Agent]:
    names = [f"agent-{number:04d}" for number in range(count)]
    users = User.objects.bulk_create(
        [User(username=name, first_name=name.capitalize(), password="!") for name in names]
    )
    agents = Agent.objects.bulk_create([Agent(user=user, capacity=capacity) for user in users])
    Membership.objects.bulk_create([Membership(agent=agent, queue=queue) for agent in agents])
    if connected:
        now, process = timezone.now(), make.beat()
        Connection.objects.bulk_create(
            [Connection(agent=agent, process_id=process, joined_at=now) for agent in agents]
        )
    return agents


def _fill_page(office: Office, moments: list[datetime]) -> None:
    with transaction.atomic():
        customers = Customer.objects.bulk_create(
            [
                Customer(
                    auth_setting=office.widget.auth_setting,
                    subject=uuid.uuid4().hex,
                    name="Carla",
                    locale="en",
                    created_at=moment,
                )
                for moment in moments
            ]
        )
        conversations = Conversation.objects.bulk_create(
            [_open(office, customer, moment) for customer, moment in zip(customers, moments, strict=True)]
        )
        Message.objects.bulk_create([_first_message(conversation) for conversation in conversations])
        Transition.objects.bulk_create([_start(conversation) for conversation in conversations])


def _open(office: Office, customer: Customer, moment: datetime) -> Conversation:
    return Conversation(
        customer=customer,
        widget=office.widget,
        workstream=office.workstream,
        queue=office.queue,
        mode=office.workstream.mode,
        units=office.workstream.units,
        state=State.OPEN,
        turn=1,
        latest_seq=1,
        last_customer_seq=1,
        queued_at=moment,
        started_at=moment,
        state_changed_at=moment,
        last_message_at=moment,
        idle_since=moment,
    )


def _first_message(conversation: Conversation) -> Message:
    return Message(
        conversation=conversation,
        seq=1,
        author_kind=AuthorKind.CUSTOMER,
        author_customer=conversation.customer,
        author_name="Carla",
        body="Hello, where is my parcel?",
        client_id=uuid.uuid4(),
        sent_at=conversation.started_at,
    )


def _start(conversation: Conversation) -> Transition:
    return Transition(
        conversation=conversation,
        turn=1,
        verb=Verb.START,
        target=State.OPEN,
        actor=Actor.CUSTOMER,
        queue=conversation.queue,
        at=conversation.started_at,
    )


def _forget_everything() -> None:
    """TRUNCATE: what was deleted row by row would be walked over by the next measurement."""
    kept = flushing.KEPT | {flushing.PROCESSES}
    tables = [
        name for name in connection.introspection.django_table_names(only_existing=True) if name not in kept
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, tables))}")
