"""What routing does when something has happened. Runs after commit, in a thread of its own; sweeps do what it missed."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.utils import timezone

from chat import courier, events
from chat.errors import Busy
from chat.models import Conversation
from chat.states import State, Verb
from routing import overflow
from routing.actions import leave_queue, note_freed, overflow_conversation, sign_in, withdraw_void_offers
from routing.distribution import route_agent, route_conversation, route_queues
from routing.events import MembershipChanged, OfferEnded, PresenceChanged
from routing.floor import Floors
from routing.models import Offer, OfferState
from workstreams.models import Queue

logger = logging.getLogger(__name__)
FREEING = frozenset({Verb.PARK, Verb.REQUEUE, Verb.END, Verb.CLOSE, Verb.ASSIGN})


def subscribe() -> None:
    events.subscribe(receive_apart)
    user_logged_in.connect(_begin_at_default_presence, dispatch_uid="routing.sign_in")


def receive(happened: Sequence[events.Event]) -> None:
    react_to_all(happened, now=timezone.now())


# It may wait for locks, and for others who serve the same queue: frames must not wait with it.
receive_apart = courier.apart(receive, name="router")


def react(event: events.Event, *, now: datetime) -> None:
    """``receive`` of one, at a given time."""
    react_to_all([event], now=now)


def react_to_all(happened: Sequence[events.Event], *, now: datetime) -> None:
    """First what each event asks for; then whoever may have work now is served, once for all of them."""
    _withdraw_void_offers(happened, now)
    _overflow(happened, now)
    chances = Chances()
    for event in happened:
        _react(event, chances, now)
    chances.serve(now)


class Chances:
    """Where something may be handed out now: what a burst of events names many times is served once."""

    def __init__(self) -> None:
        self._conversations: dict[uuid.UUID, None] = {}
        self._queues: dict[int, Queue] = {}
        self._agents: dict[int, None] = {}

    def of(self, conversation: Conversation, now: datetime) -> None:
        """Its own agent is asked at once; otherwise its queue is served in order, so that nobody is overtaken."""
        if conversation.preferred_agent_id is None and conversation.queue.is_open(now):
            self.of_queues([conversation.queue])
        else:
            self._conversations[conversation.pk] = None

    def of_queues(self, queues: Iterable[Queue]) -> None:
        self._queues |= {queue.pk: queue for queue in queues}

    def of_agent(self, user_id: int) -> None:
        self._agents[user_id] = None

    def serve(self, now: datetime) -> None:
        floors = Floors(now=now)
        for conversation_id in self._conversations:
            route_conversation(conversation_id=conversation_id, now=now, floors=floors)
        if self._queues:
            route_queues(queues=self._queues.values(), now=now)
        for user_id in self._agents:
            route_agent(user_id=user_id, now=now)


def _react(event: events.Event, chances: Chances, now: datetime) -> None:
    match event:
        case events.ConversationMoved():
            _after_move(event, chances, now)
        case OfferEnded(offer=offer) if offer.state != OfferState.ACCEPTED:
            _after_refusal(offer, chances, now)
        case PresenceChanged(user_id=user_id):
            chances.of_agent(user_id)
        case MembershipChanged(user_id=user_id, queue_id=queue_id):
            leave_queue(left=(user_id, queue_id), now=now)
            chances.of_queues(Queue.objects.filter(pk=queue_id))


def _after_move(event: events.ConversationMoved, chances: Chances, now: datetime) -> None:
    conversation = event.conversation
    if conversation.state == State.OPEN:
        chances.of(conversation, now)
    # A waiting conversation used no places of its agent's: nothing that becomes of it frees any.
    if event.agent_before is not None and event.source != State.WAITING and event.verb in FREEING:
        note_freed(user_id=event.agent_before, now=now)
        chances.of_agent(event.agent_before)


def _after_refusal(offer: Offer, chances: Chances, now: datetime) -> None:
    """Somebody else may have it, and whoever let it go has room for something else."""
    conversation = (
        Conversation.objects.open().select_related("queue").filter(pk=offer.conversation_id).first()
    )
    if conversation is not None:
        chances.of(conversation, now)
    chances.of_agent(offer.agent_id)


def _withdraw_void_offers(happened: Sequence[events.Event], now: datetime) -> None:
    """Of what has moved. Most of it has none: one question finds those that have."""
    moved = [
        event.conversation.pk
        for event in happened
        if isinstance(event, events.ConversationMoved) and event.verb is not Verb.START
    ]
    if moved:
        void = Offer.objects.void().filter(conversation__in=moved)
        for conversation_id in set(void.values_list("conversation", flat=True)):
            withdraw_void_offers(conversation_id=conversation_id, now=now)


def _overflow(happened: Sequence[events.Event], now: datetime) -> None:
    """What arrives in a full queue goes on, or ends, before anybody is asked. Where it goes is told, and served then."""
    arrived = [
        event.conversation
        for event in happened
        if isinstance(event, events.ConversationMoved) and event.conversation.state == State.OPEN
    ]
    for conversation_id in overflow.to_be_judged(arrived):
        try:
            overflow_conversation(conversation_id=conversation_id, now=now)
        except Busy:
            logger.warning("routing.overflow_busy", extra={"conversation": str(conversation_id)})


def _begin_at_default_presence(*, user: User, **_: object) -> None:
    try:
        sign_in(user=user, now=timezone.now())
    except Busy:  # the presence of before will do; nobody should be kept out by it
        logger.warning("routing.sign_in_busy", extra={"user": user.pk})
