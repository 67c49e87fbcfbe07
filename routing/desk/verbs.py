"""What an agent does with a conversation by its verb: each frame is one action."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from chat import actions as chat_actions
from chat.models import Conversation
from chat.states import Actor, State
from routing import actions
from routing.access import conversation_for_agent
from routing.actions.base import require_supervisor
from routing.desk import frames
from routing.models import Agent


def apply(agent: Agent, frame: frames.Verb) -> None:
    """Whose it is decides as whom a supervisor acts."""
    conversation = conversation_for_agent(agent=agent, conversation_id=frame.conversation)
    common: dict[str, Any] = {
        "user": agent.user,
        "conversation_id": conversation.pk,
        "now": timezone.now(),
    }
    match frame:
        case frames.Pick():
            actions.pick_conversation(**common)
        case frames.Resume():
            actions.resume_conversation(**common)
        case frames.Park():
            chat_actions.park_conversation(**common, seen_seq=frame.seen_seq)
        case frames.End():
            chat_actions.end_conversation(**common, seen_seq=frame.seen_seq)
        case frames.Requeue():
            chat_actions.requeue_conversation(**common, actor=_acting_as(agent, conversation, State.ACTIVE))
        case frames.Close():
            chat_actions.close_conversation(**common, actor=_acting_as(agent, conversation, State.WRAP_UP))


def _acting_as(agent: Agent, conversation: Conversation, agents_state: State) -> Actor:
    """``agents_state``: in which any agent may do it with their own; a supervisor does so as one of them."""
    as_any_agent = conversation.agent_id == agent.pk and conversation.state == agents_state
    if as_any_agent or not agent.is_supervisor:
        return Actor.AGENT
    require_supervisor(agent.user)  # still: the socket knows the role of when it opened
    return Actor.SUPERVISOR
