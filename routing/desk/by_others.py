"""What others do with an agent's work is told to that agent, by name: it was given, taken away or closed."""

from __future__ import annotations

from django.contrib.auth.models import User

from chat import events
from chat.models import Conversation, Transition
from chat.realtime.audience import agent_address
from chat.realtime.frames import Frame
from chat.realtime.hub import Delivery, Standing
from chat.states import Actor, Verb
from routing.desk.party import name_of


def doer_of(event: events.ConversationMoved) -> User | None:
    """The supervisor whose doing it is, if it is one's."""
    if event.actor != Actor.SUPERVISOR:
        return None
    moves = Transition.objects.filter(conversation=event.conversation, turn=event.conversation.turn)
    move = moves.select_related("user").first()
    return move.user if move else None


def given(event: events.ConversationMoved, *, by: User | None) -> list[Delivery]:
    """To an agent who was not asked. Without a name where the workstream assigns by itself."""
    user_id = event.conversation.agent_id
    unasked = event.actor == Actor.SYSTEM or (by is not None and by.pk != user_id)
    if event.verb != Verb.ASSIGN or user_id is None or not unasked:
        return []
    frame: Frame = {"type": "conversation.given", "conversation": str(event.conversation.pk), **_name(by)}
    return [Delivery(agent_address(user_id), frame)]


def removed(conversation: Conversation, user_id: int, *, by: User | None = None) -> Delivery:
    """It has left this agent's desk."""
    frame: Frame = {
        "type": "conversation.removed",
        "conversation": str(conversation.pk),
        "version": conversation.version,
        **_name(by if by and by.pk != user_id else None),
    }
    standing = Standing(version=conversation.version)
    return Delivery(agent_address(user_id), frame, str(conversation.pk), standing)


def _name(by: User | None) -> Frame:
    return {"by": name_of(by)} if by else {}
