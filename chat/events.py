"""What has happened, told after commit.

Models publish; subscribers (delivery of frames, routing) hear of it from the courier thread, in order of
commit within this process. An event is a hint: whoever missed one finds the truth in the database.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from chat.models import Conversation, Message, Participant
    from chat.states import Actor, State, Verb


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, kw_only=True)
class MessagePosted(Event):
    """A message, public or internal, is in the database."""

    conversation: Conversation = field(repr=False)
    message: Message = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ConversationMoved(Event):
    """A verb was applied. ``agent_before`` is the user id of the agent who had it, if any."""

    conversation: Conversation = field(repr=False)
    verb: Verb
    source: State | None
    actor: Actor
    agent_before: int | None


@dataclass(frozen=True, kw_only=True)
class ConversationChanged(Event):
    """Its snapshot has a new version, though no verb was applied."""

    conversation: Conversation = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CustomerCameBack(ConversationChanged):
    """The customer of a waiting conversation opened the widget after at least five minutes away."""


@dataclass(frozen=True, kw_only=True)
class CustomerReturned(Event):
    """Its agent is to be told of that, once; a task says so."""

    conversation: Conversation = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ColleagueConsulted(Event):
    """Its agent has asked a colleague for advice, who takes part from now on."""

    conversation: Conversation = field(repr=False)
    participant: Participant = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ParticipantsLeft(Event):
    """These users take part no longer."""

    conversation: Conversation = field(repr=False)
    user_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ColleaguesMentioned(Event):
    """An internal message names these users."""

    conversation: Conversation = field(repr=False)
    message: Message = field(repr=False)
    user_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class MessagesSeen(Event):
    """Somebody's read pointer moved on: the customer's (``user_id`` None) or an agent's."""

    conversation: Conversation = field(repr=False)
    user_id: int | None
    seq: int


@dataclass(frozen=True, kw_only=True)
class MessagesArrived(Event):
    """The customer's messages up to ``seq`` are at the agent's desk, read or not. Never stored, never replayed."""

    conversation: Conversation = field(repr=False)
    seq: int


@dataclass(frozen=True, kw_only=True)
class SessionRevoked(Event):
    """A customer's session ended before its time: its sockets close at once."""

    session_id: int


@dataclass(frozen=True, kw_only=True)
class SomebodyTyping(Event):
    """Never stored, never replayed. ``user_id`` None: the customer types."""

    conversation: Conversation = field(repr=False)
    user_id: int | None
    name: str


Subscriber = Callable[[Sequence[Event]], None]

committed: queue.Queue[Event] = queue.Queue()
_subscribers: list[Subscriber] = []
_wake_courier: list[Callable[[], None]] = []


def publish(event: Event) -> None:
    """Tell the subscribers once the present transaction has committed; at once when there is none."""
    transaction.on_commit(lambda: _enqueue(event), robust=True)


def subscribe(subscriber: Subscriber) -> None:
    """Have ``subscriber`` called from the courier's thread with all that happened since it last was, in order.

    Mostly that is one event; after a burst it is many, of which it may make one piece of work. Subscribing twice
    counts once.
    """
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)


def subscribers() -> tuple[Subscriber, ...]:
    return tuple(_subscribers)


def on_enqueue(start: Callable[[], None]) -> None:
    """Set what makes sure that somebody drains ``committed``: the courier."""
    _wake_courier[:] = [start]


def _enqueue(event: Event) -> None:
    committed.put(event)
    for start in _wake_courier:
        start()
