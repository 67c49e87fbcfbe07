"""From events to the agents' frames. Runs in the courier's thread, after commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from chat import events
from chat.models import AuthorKind, Conversation, Message, Transition
from chat.realtime.audience import SUPERVISORS, agent_address
from chat.realtime.frames import Frame
from chat.realtime.hub import Delivery, Standing, hub
from chat.states import State, Verb
from routing.desk.audience import holder_of, queue_address, readers_of, watch_address
from routing.desk.hints import Hints
from routing.desk.shapes import agent_shape, conversation_for_agents, message_for_agents
from routing.desk.sight import sight_of
from routing.desk.snapshot import offered
from routing.events import MembershipChanged, OfferEnded, OfferMade, PresenceChanged
from routing.models import Agent, Offer, OfferReason, OfferState
from routing.models.offer import REFUSED

hints = Hints(send=lambda delivery: hub.deliver([delivery]))


def subscribe() -> None:
    events.subscribe(deliver_to_agents)


def deliver_to_agents(event: events.Event) -> None:
    hub.deliver(frames_of(event, now=timezone.now()))
    _hint(event)


def frames_of(event: events.Event, *, now: datetime) -> list[Delivery]:
    """What each agent is to be told of ``event``; hints for many are not among it."""
    match event:
        case OfferMade() | OfferEnded() | PresenceChanged() | MembershipChanged():
            return _of_routing(event, now)
        case events.MessagePosted(conversation=conversation, message=message):
            return [*_posted(conversation, message), *_renewed_offers(conversation, message, now)]
        case events.ConversationMoved(conversation=conversation, agent_before=before):
            return [*_moved(conversation, before), *_loads({conversation.agent_id, before}, now)]
        case events.ConversationChanged(conversation=conversation):
            return _changed(conversation)
    return _of_people(event)


def _of_people(event: events.Event) -> list[Delivery]:
    """What customers and agents do besides writing."""
    match event:
        case events.CustomerReturned(conversation=conversation) if conversation.agent_id:
            frame: Frame = {"type": "customer.returned", "conversation": str(conversation.pk)}
            return [Delivery(agent_address(conversation.agent_id), frame)]
        case events.MessagesSeen():
            return _seen(event)
        case events.SomebodyTyping(conversation=conversation, user_id=None, name=name):
            author = {"kind": AuthorKind.CUSTOMER.value, "name": name}
            frame = {"type": "typing", "conversation": str(conversation.pk), "author": author}
            return _to_readers(conversation, frame)
    return []


def _of_routing(
    event: OfferMade | OfferEnded | PresenceChanged | MembershipChanged, now: datetime
) -> list[Delivery]:
    match event:
        case OfferMade(offer=offer):
            return [*_offers([offer.pk], now), *_loads({offer.agent_id}, now)]
        case OfferEnded(offer=offer):
            frame: Frame = {"type": "offer.withdrawn", "offer": str(offer.pk)}
            gone = Delivery(agent_address(offer.agent_id), frame)
            return [gone, *_let_go(offer), *_not_taken(offer), *_loads({offer.agent_id}, now)]
        case PresenceChanged(user_id=user_id):
            return _loads({user_id}, now)
        case MembershipChanged(user_id=user_id):
            return [Delivery(agent_address(user_id), {"type": "resync"})]


# -- messages


def _posted(conversation: Conversation, message: Message) -> list[Delivery]:
    frame = {
        "type": "message.posted",
        "conversation": str(conversation.pk),
        "message": message_for_agents(message),
    }
    return _to_readers(conversation, frame, Standing(seq=message.seq or 0, note_seq=message.note_seq or 0))


def _renewed_offers(conversation: Conversation, message: Message, now: datetime) -> list[Delivery]:
    """Whoever is asked to take it sees what the customer says meanwhile."""
    if conversation.state != State.OPEN or message.author_kind != AuthorKind.CUSTOMER:
        return []
    pending = Offer.objects.filter(conversation=conversation).pending()
    return _offers(list(pending.values_list("pk", flat=True)), now)


def _seen(event: events.MessagesSeen) -> list[Delivery]:
    by = "customer" if event.user_id is None else "agent"
    frame = {"type": "seen", "conversation": str(event.conversation.pk), "by": by, "seq": event.seq}
    if event.user_id is None:
        return _to_readers(event.conversation, frame)
    return [Delivery(agent_address(event.user_id), frame)]


def _to_readers(conversation: Conversation, frame: Frame, standing: Standing | None = None) -> list[Delivery]:
    return [
        Delivery(address, frame, str(conversation.pk) if standing else "", standing or Standing())
        for address in readers_of(conversation)
    ]


# -- conversations


def _moved(conversation: Conversation, before: int | None) -> list[Delivery]:
    left = {before} - {holder_of(conversation), None}
    if conversation.state == State.CLOSED:
        left |= {conversation.agent_id} - {None}
    return [*_changed(conversation), *(_removed(conversation, user_id) for user_id in left if user_id)]


def _changed(conversation: Conversation) -> list[Delivery]:
    holder = holder_of(conversation)
    if holder is None:
        return []
    return [_shown(conversation, user_id=holder, address=agent_address(holder))]


def _shown(conversation: Conversation, *, user_id: int, address: str) -> Delivery:
    shape = conversation_for_agents(sight_of(conversation, user_id=user_id), user_id=user_id)
    frame = {"type": "conversation.changed", "conversation": shape}
    return Delivery(address, frame, str(conversation.pk), Standing(version=conversation.version))


def _removed(conversation: Conversation, user_id: int) -> Delivery:
    frame = {
        "type": "conversation.removed",
        "conversation": str(conversation.pk),
        "version": conversation.version,
    }
    return Delivery(
        agent_address(user_id), frame, str(conversation.pk), Standing(version=conversation.version)
    )


# -- offers and agents


def _offers(ids: Iterable[object], now: datetime) -> list[Delivery]:
    offers = Offer.objects.filter(pk__in=list(ids)).pending().with_people()
    return [Delivery(agent_address(offer.agent_id), offered(offer, now=now)) for offer in offers]


def _let_go(offer: Offer) -> list[Delivery]:
    """A conversation that was held for this agent and is not any more."""
    if offer.reason != OfferReason.RETURNING:
        return []
    conversation = Conversation.objects.only("agent", "preferred_agent", "state", "version").get(
        pk=offer.conversation_id
    )
    return [] if holder_of(conversation) == offer.agent_id else [_removed(conversation, offer.agent_id)]


def _not_taken(offer: Offer) -> list[Delivery]:
    """Whoever asked a colleague to take their conversation learns that it stays theirs (spec §4, Transfer).

    Withdrawn: the colleague has gone; not worth telling when the conversation itself has moved on.
    """
    if offer.reason != OfferReason.TRANSFER or offer.made_by_id is None:
        return []
    stands = Conversation.objects.filter(pk=offer.conversation_id, turn=offer.turn)
    if offer.state not in REFUSED and not (offer.state == OfferState.WITHDRAWN and stands.exists()):
        return []
    frame: Frame = {
        "type": "offer.ended",
        "offer": str(offer.pk),
        "conversation": str(offer.conversation_id),
        "state": offer.state,
        "agent": {"id": offer.agent_id, "name": offer.agent.name},
    }
    return [Delivery(agent_address(offer.made_by_id), frame)]


def _loads(user_ids: set[int | None], now: datetime) -> list[Delivery]:
    """Their own consoles and the supervisors learn how much they hold and how they stand."""
    agents = Agent.objects.select_related("user").filter(pk__in=user_ids - {None})
    frames = [(agent.pk, {"type": "presence", "agent": agent_shape(agent, now=now)}) for agent in agents]
    return [Delivery(address, frame) for pk, frame in frames for address in (agent_address(pk), SUPERVISORS)]


# -- hints


def _hint(event: events.Event) -> None:
    match event:
        case events.ConversationMoved(conversation=conversation):
            _hint_queues(_queues_touched(event))
            _hint_supervisors(conversation)
        case events.ConversationChanged(conversation=conversation):
            _hint_queues({conversation.queue_id})
            _hint_supervisors(conversation)
        case events.MessagePosted(conversation=conversation) if conversation.state == State.OPEN:
            _hint_queues({conversation.queue_id})


def _queues_touched(event: events.ConversationMoved) -> set[int]:
    conversation = event.conversation
    if State.OPEN not in (event.source, conversation.state):
        return set()
    if event.verb != Verb.REQUEUE:
        return {conversation.queue_id}
    turns = Transition.objects.filter(conversation=conversation, turn__gte=conversation.turn - 1)
    return set(turns.values_list("queue_id", flat=True))


def _hint_queues(queue_ids: set[int]) -> None:
    for queue_id in queue_ids:
        address = queue_address(queue_id)
        hints.give(address, Delivery(address, {"type": "inbox.changed"}))


def _hint_supervisors(conversation: Conversation) -> None:
    shown = _shown(conversation, user_id=0, address=SUPERVISORS)
    for address in (SUPERVISORS, watch_address(conversation.pk)):
        hints.give((address, conversation.pk), replace(shown, address=address))
