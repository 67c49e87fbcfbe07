"""What routing does when something has happened. Runs in the courier's thread, after commit; sweeps do what it missed."""

from __future__ import annotations

import logging
from datetime import datetime

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.utils import timezone

from chat import events
from chat.errors import Busy
from chat.models import Conversation
from chat.states import State, Verb
from routing.actions import leave_queue, note_freed, sign_in, withdraw_void_offers
from routing.distribution import route_agent, route_conversation, route_queues
from routing.events import MembershipChanged, OfferEnded, PresenceChanged
from routing.models import Offer, OfferState
from workstreams.models import Queue

logger = logging.getLogger(__name__)
FREEING = frozenset({Verb.PARK, Verb.REQUEUE, Verb.END, Verb.CLOSE, Verb.ASSIGN})


def subscribe() -> None:
    events.subscribe(receive)
    user_logged_in.connect(_begin_at_default_presence, dispatch_uid="routing.sign_in")


def receive(event: events.Event) -> None:
    react(event, now=timezone.now())


def react(event: events.Event, *, now: datetime) -> None:
    """``receive`` at a given time."""
    match event:
        case events.ConversationMoved():
            _after_move(event, now)
        case OfferEnded(offer=offer) if offer.state != OfferState.ACCEPTED:
            _after_refusal(offer, now)
        case PresenceChanged(user_id=user_id):
            route_agent(user_id=user_id, now=now)
        case MembershipChanged(user_id=user_id, queue_id=queue_id):
            leave_queue(left=(user_id, queue_id), now=now)
            route_queues(queues=Queue.objects.filter(pk=queue_id), now=now)


def _after_move(event: events.ConversationMoved, now: datetime) -> None:
    conversation = event.conversation
    if event.verb is not Verb.START:
        withdraw_void_offers(conversation_id=conversation.pk, now=now)
    if conversation.state == State.OPEN:
        _serve(conversation, now)
    if event.agent_before is not None and event.verb in FREEING:
        note_freed(user_id=event.agent_before, now=now)
        route_agent(user_id=event.agent_before, now=now)


def _after_refusal(offer: Offer, now: datetime) -> None:
    """Somebody else may have it, and whoever let it go has room for something else."""
    conversation = Conversation.objects.open().filter(pk=offer.conversation_id).first()
    if conversation is not None:
        _serve(conversation, now)
    route_agent(user_id=offer.agent_id, now=now)


def _serve(conversation: Conversation, now: datetime) -> None:
    """Its own agent is asked at once; otherwise its queue is served in order, so that nobody is overtaken."""
    if conversation.preferred_agent_id is None and conversation.queue.is_open(now):
        route_queues(queues=[conversation.queue], now=now)
    else:
        route_conversation(conversation_id=conversation.pk, now=now)


def _begin_at_default_presence(*, user: User, **_: object) -> None:
    try:
        sign_in(user=user, now=timezone.now())
    except Busy:  # the presence of before will do; nobody should be kept out by it
        logger.warning("routing.sign_in_busy", extra={"user": user.pk})
