"""What an agent sees of a conversation, a message and an offer on the wire: more than a customer does."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict, cast

from django.contrib.auth.models import User

from chat.masking import to_staff
from chat.models import Conversation, Message, Participant
from chat.shapes import ConversationShape, MessageShape, iso, message_shape
from chat.shapes import conversation_shape as customers_shape
from routing.desk.sight import Sight
from routing.desk.words import briefly
from routing.floor import skills_asked
from routing.models import Agent, Offer
from routing.presence import effective
from routing.why import in_words


class AgentMessageShape(MessageShape, total=False):
    """Internal ones have ``internal`` True, no ``seq`` and a ``note_seq``."""

    internal: bool
    note_seq: int | None


class ParticipantShape(TypedDict):
    id: int
    name: str
    role: str
    may_answer: bool


class AgentConversationShape(ConversationShape):
    customer: dict[str, Any]
    queue: dict[str, Any]
    workstream: dict[str, Any]
    units: int
    turn: int
    latest_note_seq: int
    read_seq: int
    customer_read_seq: int
    queued_at: str
    customer_back_at: str | None
    last_message: AgentMessageShape | None
    held_for_me: bool
    participants: list[ParticipantShape]


def message_for_agents(message: Message) -> AgentMessageShape:
    shape: dict[str, Any] = {**message_shape(message, shown=to_staff)}
    shape["author"] = {**shape["author"], "id": message.author_user_id}  # which colleague it was
    if message.is_internal:
        shape |= {"internal": True, "note_seq": message.note_seq}
    return cast(AgentMessageShape, shape)


def conversation_for_agents(sight: Sight, *, user_id: int) -> AgentConversationShape:
    conversation = sight.conversation
    last = sight.last_message
    back_at = conversation.customer_back_at
    return {
        **customers_shape(conversation),
        "agent": _agent_of(conversation),  # type: ignore[typeddict-item]  # with the id, and the full name
        "customer": {
            "id": str(conversation.customer_id),
            "name": conversation.customer.display_name,
            "authenticated": conversation.customer.is_authenticated,
        },
        "queue": {"id": conversation.queue_id, "name": conversation.queue.name},
        "workstream": {"id": conversation.workstream_id, "name": conversation.workstream.name},
        "units": conversation.units,
        "turn": conversation.turn,
        "latest_note_seq": conversation.latest_note_seq,
        "read_seq": sight.read.seq,
        "customer_read_seq": sight.customer_read_seq,
        "queued_at": iso(conversation.queued_at),
        "customer_back_at": iso(back_at) if back_at else None,
        "last_message": message_for_agents(last) if last else None,
        "held_for_me": conversation.preferred_agent_id == user_id,
        "participants": [_participant(each) for each in sight.participants],
    }


def offer_shape(offer: Offer, sight: Sight, *, now: datetime) -> dict[str, Any]:
    """``expires_in_ms`` is counted from ``now``: the client's clock may be wrong."""
    left = (offer.expires_at - now).total_seconds() if offer.expires_at else None
    return {
        "id": str(offer.pk),
        "conversation": conversation_for_agents(sight, user_id=offer.agent_id),
        "reason": offer.reason,
        "why": in_words(offer.why),
        "briefly": briefly(offer.why),
        "skills": [f"{need.name} {need.level}" for need in skills_asked(offer.conversation)],
        "made_at": iso(offer.made_at),
        "expires_at": iso(offer.expires_at) if offer.expires_at else None,
        "expires_in_ms": max(0, round(left * 1000)) if left is not None else None,
    }


def agent_shape(agent: Agent, *, now: datetime) -> dict[str, Any]:
    """``presence`` is what counts, ``chosen`` what the agent said."""
    return _shape_of_agent(agent, used=agent.used(now=now), is_here=agent.is_connected(now=now))


def loaded_agent_shape(agent: Agent) -> dict[str, Any]:
    """The same of one read ``with_load`` and ``with_connection``."""
    return _shape_of_agent(agent, used=agent.used_units, is_here=agent.is_here)


def _shape_of_agent(agent: Agent, *, used: int, is_here: bool) -> dict[str, Any]:
    status = effective(
        chosen=agent.presence,
        missed=agent.missed,
        is_connected=is_here,
        used=used,
        capacity=agent.capacity,
    )
    return {
        "id": agent.pk,
        "name": agent.name,
        "presence": status.value,
        "chosen": agent.presence,
        "capacity": agent.capacity,
        "used": used,
        "role": agent.role,
    }


def _agent_of(conversation: Conversation) -> dict[str, Any] | None:
    agent = conversation.agent
    return {"id": agent.pk, "name": _full_name(agent)} if agent else None


def _participant(participant: Participant) -> ParticipantShape:
    return {
        "id": participant.user_id,
        "name": _full_name(participant.user),
        "role": participant.role,
        "may_answer": participant.may_answer,
    }


def _full_name(user: User) -> str:
    return user.get_full_name() or user.get_username()
