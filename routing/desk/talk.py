"""What an agent's socket says and asks of the talk in a conversation: posting, typing, what was seen, what came before."""

from __future__ import annotations

import uuid

from django.utils import timezone

from chat import actions as chat_actions
from chat import events
from chat.actions import ColleagueAnswered, NotYours
from chat.errors import Refusal
from chat.models import Conversation
from chat.models.author import Author
from chat.realtime.frames import Frame
from chat.shapes import iso
from routing.access import conversation_for_agent
from routing.desk import frames
from routing.desk.audience import holder_of
from routing.desk.log import page_of
from routing.desk.shapes import AgentMessageShape, message_for_agents
from routing.mentions import mentioned_in
from routing.models import Agent


def post(agent: Agent, frame: frames.MessageSend) -> Frame:
    """Whoever may answer the customer sees the conversation: that is only asked before notes, and of the refused."""
    if frame.internal:
        conversation_for_agent(agent=agent, conversation_id=frame.conversation)
    try:
        posted = chat_actions.post_agent_message(
            user=agent.user,
            conversation_id=frame.conversation,
            client_id=frame.client_id,
            body=frame.body,
            attachments=frame.attachments,
            internal=frame.internal,
            seen_seq=frame.seen_seq,
            confirm=frame.confirm,
            mentions=mentioned_in(frame.body) if frame.internal else (),
            now=timezone.now(),
        )
    except Refusal as refusal:
        conversation = conversation_for_agent(agent=agent, conversation_id=frame.conversation)
        if isinstance(refusal, ColleagueAnswered):
            refusal.extra["messages"] = _said_since(conversation, frame.seen_seq)
        raise
    message = posted.message
    return {
        "type": "message.accepted",
        "client_id": str(frame.client_id),
        "seq": message.seq,
        "note_seq": message.note_seq,
        "conversation": str(message.conversation_id),
        "sent_at": iso(message.sent_at),
        "message": message_for_agents(message),
    }


def _said_since(conversation: Conversation, seen_seq: int | None) -> list[AgentMessageShape]:
    """What a reply was held back for, to be read before it is sent all the same."""
    page, _has_more = page_of(conversation, after=seen_seq or 0, after_note=conversation.latest_note_seq)
    return [message_for_agents(message) for message in page]


def tell_typing(agent: Agent, conversation_id: uuid.UUID) -> None:
    """Only whoever may write to the customer is seen typing."""
    conversation = conversation_for_agent(agent=agent, conversation_id=conversation_id)
    if holder_of(conversation) != agent.pk and not conversation.is_shared_with(agent.user):
        raise NotYours
    name = Author.of_agent(agent.user, widget=conversation.widget).name
    events.publish(events.SomebodyTyping(conversation=conversation, user_id=agent.pk, name=name))


def see(agent: Agent, frame: frames.Seen) -> None:
    conversation = conversation_for_agent(agent=agent, conversation_id=frame.conversation)
    chat_actions.agent_sees(
        user=agent.user, conversation=conversation, seq=frame.seq, note_seq=frame.note_seq
    )


def tell_arrival(agent: Agent, frame: frames.Received) -> None:
    """A hint: it has gone to another desk meanwhile, or never lay here, and then it means nothing."""
    conversation = conversation_for_agent(agent=agent, conversation_id=frame.conversation)
    if conversation.agent_id == agent.pk:
        seq = min(frame.seq, conversation.latest_seq)
        events.publish(events.MessagesArrived(conversation=conversation, seq=seq))


def history(agent: Agent, frame: frames.History) -> Frame:
    conversation = conversation_for_agent(agent=agent, conversation_id=frame.conversation)
    page, has_more = page_of(
        conversation,
        before=frame.before,
        after=frame.after,
        after_note=frame.after_note,
        limit=frame.limit,
    )
    return {
        "type": "history",
        "conversation": str(conversation.pk),
        "messages": [message_for_agents(message) for message in page],
        "has_more": has_more,
    }
