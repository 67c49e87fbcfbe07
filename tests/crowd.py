"""Many at once, in a few statements: rows as the actions would have left them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from chat.models import AuthorKind, Conversation, Customer, Message, Transition
from chat.states import Actor, State, Verb
from routing.models import Agent, Connection, Membership
from tests import make
from workstreams.models import Queue, Widget

APART = timedelta(milliseconds=10)


def open_conversations(
    *, widget: Widget, count: int, now: datetime, queue: Queue | None = None
) -> list[Conversation]:
    """Each of a customer of its own, begun with one message, one after the other, the last one at ``now``. Without a
    ``queue``: in the widget's fallback queue."""
    moments = [now - APART * number for number in reversed(range(count))]
    customers = Customer.objects.bulk_create(
        Customer(auth_setting=widget.auth_setting, subject=subject, created_at=moment)
        for moment in moments
        for subject in [str(uuid.uuid4()) if widget.auth_setting else None]
    )
    where = queue or widget.workstream.queue
    begun = Conversation.objects.bulk_create(
        _begun(customer, widget, where, at) for customer, at in zip(customers, moments, strict=True)
    )
    Transition.objects.bulk_create(map(_start, begun))
    Message.objects.bulk_create(map(_first_message, begun))
    return begun


def agents(
    *, queues: Sequence[Queue], capacities: Sequence[int], now: datetime, **fields: object
) -> list[Agent]:
    """One of each capacity, members of all the queues, connected since ``now``."""
    names = [f"agent-{uuid.uuid4()}" for _ in capacities]
    users = User.objects.bulk_create(User(username=name, first_name=name[:12]) for name in names)
    made = Agent.objects.bulk_create(
        Agent(user=user, capacity=capacity, **fields)
        for user, capacity in zip(users, capacities, strict=True)
    )
    Membership.objects.bulk_create(Membership(agent=agent, queue=queue) for agent in made for queue in queues)
    process_id = make.beat(now=now)
    Connection.objects.bulk_create(
        Connection(agent=agent, process_id=process_id, joined_at=now) for agent in made
    )
    return made


def _begun(customer: Customer, widget: Widget, queue: Queue, at: datetime) -> Conversation:
    stream = widget.workstream
    return Conversation(
        customer=customer,
        widget=widget,
        workstream=stream,
        queue=queue,
        mode=stream.mode,
        units=stream.units,
        state=State.OPEN,
        turn=1,
        latest_seq=1,
        last_customer_seq=1,
        queued_at=at,
        started_at=at,
        state_changed_at=at,
        last_message_at=at,
        idle_since=at,
    )


def _start(begun: Conversation) -> Transition:
    return Transition(
        conversation=begun,
        turn=1,
        verb=Verb.START,
        target=State.OPEN,
        actor=Actor.CUSTOMER,
        queue_id=begun.queue_id,
        at=begun.started_at,
    )


def _first_message(begun: Conversation) -> Message:
    return Message(
        conversation=begun,
        seq=1,
        author_kind=AuthorKind.CUSTOMER,
        author_customer_id=begun.customer_id,
        client_id=uuid.uuid4(),
        body="Hello",
        sent_at=begun.started_at,
    )
