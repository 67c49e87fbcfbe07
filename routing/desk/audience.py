"""Whom an event concerns among agents. Addresses are people; a queue's and a watched conversation's carry hints."""

from __future__ import annotations

from uuid import UUID

from chat.models import Conversation
from chat.realtime.audience import agent_address
from chat.states import State


def holder_of(conversation: Conversation) -> int | None:
    """The user on whose desk it lies: its agent, or the one for whom it is held."""
    return conversation.preferred_agent_id if conversation.state == State.OPEN else conversation.agent_id


def queue_address(queue_id: int) -> str:
    """Members of the queue. Says only that something changed: what they may see, they ask for."""
    return f"queue.{queue_id}"


def watch_address(conversation_id: UUID | str) -> str:
    """Supervisors who read along."""
    return f"watch.{conversation_id}"


def people_of(conversation: Conversation) -> list[int]:
    """The users on whose desks it lies: its holder, and those who take part beside them."""
    holder = holder_of(conversation)
    desk = [holder] if holder else []
    if conversation.has_participants:
        desk += conversation.participants.present().values_list("user", flat=True)
    return desk


def readers_of(conversation: Conversation) -> list[str]:
    """Who gets its messages at once."""
    desks = [agent_address(user_id) for user_id in people_of(conversation)]
    return [*desks, watch_address(conversation.pk)]
