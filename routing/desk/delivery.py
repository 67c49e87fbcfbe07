"""From events to the agents' frames. Runs in the courier's thread, after commit."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from chat import events
from chat.models import AuthorKind, Conversation, Message, Participant, Transition
from chat.realtime.audience import SUPERVISORS, agent_address
from chat.realtime.frames import Frame
from chat.realtime.hub import Delivery, Standing, hub
from chat.states import State, Verb
from routing.desk.audience import holder_of, people_of, queue_address, readers_of, watch_address
from routing.desk.by_others import doer_of, given, removed
from routing.desk.hints import Hints
from routing.desk.scene import Scene, renews_offers
from routing.desk.shapes import (
    conversation_for_agents,
    loaded_agent_shape,
    message_for_agents,
)
from routing.events import MembershipChanged, OfferEnded, OfferMade, PresenceChanged
from routing.models import Agent, Offer, OfferReason, OfferState
from routing.models.offer import REFUSED

hints = Hints(send=hub.deliver)


def subscribe() -> None:
    events.subscribe(deliver_to_agents)


def deliver_to_agents(happened: Sequence[events.Event]) -> None:
    scene = Scene(happened, now=timezone.now())
    hub.deliver(_frames(happened, scene))
    hints.give([hint for event in happened for hint in _hints(event, scene)])


def frames_of(event: events.Event, *, now: datetime) -> list[Delivery]:
    """What each agent is to be told of ``event``; hints for many are not among it."""
    return _frames([event], Scene([event], now=now))


def _frames(happened: Sequence[events.Event], scene: Scene) -> list[Delivery]:
    """Event by event; then how loaded the agents concerned are, once for each."""
    frames = [delivery for event in happened for delivery in _frames_of(event, scene)]
    return [*frames, *_loads({user_id for event in happened for user_id in _loaded_by(event)}, scene.now)]


def _frames_of(event: events.Event, scene: Scene) -> list[Delivery]:
    match event:
        case OfferMade() | OfferEnded() | MembershipChanged():
            return _of_routing(event, scene)
        case events.MessagePosted(conversation=conversation, message=message):
            renewed = scene.offers_of(conversation) if renews_offers(event) else []
            return [*_posted(conversation, message), *renewed]
        case events.ConversationMoved():
            return _moved(event, scene)
        case events.ConversationChanged(conversation=conversation):
            return _changed(conversation, scene)
    return _of_people(event)


def _of_people(event: events.Event) -> list[Delivery]:
    """What customers and agents do besides writing."""
    match event:
        case events.CustomerReturned(conversation=conversation) if conversation.agent_id:
            frame: Frame = {"type": "customer.returned", "conversation": str(conversation.pk)}
            return [Delivery(agent_address(conversation.agent_id), frame)]
        case events.ColleagueConsulted() | events.ColleaguesMentioned():
            return _called(event)
        case events.ParticipantsLeft(conversation=conversation, user_ids=user_ids):
            gone = set(user_ids) - {holder_of(conversation)}
            return [removed(conversation, user_id) for user_id in gone]
        case events.MessagesSeen():
            return _seen(event)
        case events.SomebodyTyping(conversation=conversation, user_id=None, name=name):
            author = {"kind": AuthorKind.CUSTOMER.value, "name": name}
            frame = {"type": "typing", "conversation": str(conversation.pk), "author": author}
            return _to_readers(conversation, frame)
    return []


def _of_routing(event: OfferMade | OfferEnded | MembershipChanged, scene: Scene) -> list[Delivery]:
    match event:
        case OfferMade(offer=offer):
            return scene.offer(offer.pk)
        case OfferEnded(offer=offer):
            frame: Frame = {"type": "offer.withdrawn", "offer": str(offer.pk)}
            return [Delivery(agent_address(offer.agent_id), frame), *_let_go(offer), *_not_taken(offer)]
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


def _moved(event: events.ConversationMoved, scene: Scene) -> list[Delivery]:
    conversation, by = event.conversation, doer_of(event)
    left = {event.agent_before} - {holder_of(conversation), None}
    if conversation.state == State.CLOSED:
        left |= {conversation.agent_id} - {None}
    gone = [removed(conversation, user_id, by=by) for user_id in left if user_id]
    return [*_changed(conversation, scene), *gone, *given(event, by=by)]


def _changed(conversation: Conversation, scene: Scene) -> list[Delivery]:
    return [
        _shown(conversation, scene, user_id=user_id, address=agent_address(user_id))
        for user_id in people_of(conversation)
    ]


def _shown(conversation: Conversation, scene: Scene, *, user_id: int, address: str) -> Delivery:
    shape = conversation_for_agents(scene.sights.of(conversation, user_id=user_id), user_id=user_id)
    frame = {"type": "conversation.changed", "conversation": shape}
    return Delivery(address, frame, str(conversation.pk), Standing(version=conversation.version))


def _called(event: events.ColleagueConsulted | events.ColleaguesMentioned) -> list[Delivery]:
    """Somebody wants something of a colleague: their consoles may ring."""
    match event:
        case events.ColleagueConsulted(conversation=conversation, participant=participant):
            return [_asked(conversation, participant)]
        case events.ColleaguesMentioned():
            return _mentioned(event)


def _asked(conversation: Conversation, participant: Participant) -> Delivery:
    asker = participant.invited_by
    name = (asker.get_full_name() or asker.get_username()) if asker else ""
    frame: Frame = {"type": "consult.asked", "conversation": str(conversation.pk), "by": name}
    return Delivery(agent_address(participant.user_id), frame)


def _mentioned(event: events.ColleaguesMentioned) -> list[Delivery]:
    """Whoever is named may not have this conversation before them, nor know it."""
    frame: Frame = {
        "type": "mentioned",
        "conversation": str(event.conversation.pk),
        "customer": event.conversation.customer.display_name,
        "message": message_for_agents(event.message),
    }
    return [Delivery(agent_address(user_id), frame) for user_id in event.user_ids]


# -- offers and agents


def _let_go(offer: Offer) -> list[Delivery]:
    """A conversation that was held for this agent and is not any more."""
    if offer.reason != OfferReason.RETURNING:
        return []
    conversation = Conversation.objects.only("agent", "preferred_agent", "state", "version").get(
        pk=offer.conversation_id
    )
    return [] if holder_of(conversation) == offer.agent_id else [removed(conversation, offer.agent_id)]


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


def _loaded_by(event: events.Event) -> set[int | None]:
    """Whose load or presence is another after it."""
    match event:
        case OfferMade(offer=offer) | OfferEnded(offer=offer):
            return {offer.agent_id}
        case PresenceChanged(user_id=user_id):
            return {user_id}
        case events.ConversationMoved(conversation=conversation, agent_before=before):
            return {conversation.agent_id, before}
    return set()


def _loads(user_ids: set[int | None], now: datetime) -> list[Delivery]:
    """Their own consoles and the supervisors learn how much they hold and how they stand."""
    known = user_ids - {None}
    if not known:
        return []
    agents = Agent.objects.filter(pk__in=known).select_related("user")
    loaded = agents.with_load(now=now).with_connection(now=now)
    frames = [(agent.pk, {"type": "presence", "agent": loaded_agent_shape(agent)}) for agent in loaded]
    return [Delivery(address, frame) for pk, frame in frames for address in (agent_address(pk), SUPERVISORS)]


# -- hints


type _Hint = tuple[Hashable, Delivery]


def _hints(event: events.Event, scene: Scene) -> list[_Hint]:
    match event:
        case events.ConversationMoved(conversation=conversation):
            return [*_to_queues(_queues_touched(event)), *_to_supervisors(conversation, scene)]
        case events.ConversationChanged(conversation=conversation):
            return [*_to_queues({conversation.queue_id}), *_to_supervisors(conversation, scene)]
        case events.MessagePosted(conversation=conversation) if conversation.state == State.OPEN:
            return _to_queues({conversation.queue_id})
    return []


def _queues_touched(event: events.ConversationMoved) -> set[int]:
    conversation = event.conversation
    if State.OPEN not in (event.source, conversation.state):
        return set()
    if event.verb != Verb.REQUEUE:
        return {conversation.queue_id}
    turns = Transition.objects.filter(conversation=conversation, turn__gte=conversation.turn - 1)
    return set(turns.values_list("queue_id", flat=True))


def _to_queues(queue_ids: set[int]) -> list[_Hint]:
    addresses = [queue_address(queue_id) for queue_id in queue_ids]
    return [(address, Delivery(address, {"type": "inbox.changed"})) for address in addresses]


def _to_supervisors(conversation: Conversation, scene: Scene) -> list[_Hint]:
    shown = _shown(conversation, scene, user_id=0, address=SUPERVISORS)
    addresses = (SUPERVISORS, watch_address(conversation.pk))
    return [((address, conversation.pk), replace(shown, address=address)) for address in addresses]
