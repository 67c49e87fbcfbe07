"""What a customer's page is told first: everything it needs to be whole."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chat.access import (
    agent_read_seq,
    conversation_for_customer,
    customer_read_seq,
    ended_to_show,
    prechat_due,
    unfinished_for_customer,
)
from chat.masking import to_customer
from chat.models import Conversation, CustomerSession
from chat.realtime.frames import PROTOCOL, Frame
from chat.realtime.hub import Standing
from chat.shapes import conversation_shape, message_shapes

NEWEST = 100


@dataclass(frozen=True)
class Snapshot:
    frame: Frame
    conversation: str = ""
    standing: Standing | None = None


def customer_snapshot(*, session: CustomerSession, named: UUID | None, after: int) -> Snapshot:
    """The unfinished conversation with its newest 100 messages beyond ``after``, or the ended one still to be seen.

    ``after`` counts only for the conversation it was said of. Raises NotFound for one that is not this customer's.
    """
    if named is not None:
        conversation_for_customer(session=session, conversation_id=named)
    current = unfinished_for_customer(session)
    frame: Frame = {
        "type": "snapshot",
        "protocol": PROTOCOL,
        "conversation": None,
        "messages": [],
        "has_more": False,
        "ended": None,
        "prechat_due": False,
    }
    if current is None:
        ended = ended_to_show(session)
        frame["ended"] = ended_with_messages(ended) if ended else None
        return Snapshot(frame | {"prechat_due": prechat_due(session)})
    known = after if named in (None, current.pk) else 0
    return Snapshot(
        frame | {"conversation": _with_pointer(current)} | _log(current, after=known),
        conversation=str(current.pk),
        standing=Standing(seq=current.latest_seq, version=current.version),
    )


def ended_with_messages(conversation: Conversation) -> Frame:
    """An ended conversation's shape with its newest messages."""
    return {**conversation_shape(conversation), **_log(conversation, after=0)}


def _log(conversation: Conversation, *, after: int) -> Frame:
    log = (
        conversation.messages.public()
        .filter(seq__gt=after, seq__lte=conversation.latest_seq)
        .newest(NEWEST + 1)
    )
    messages = message_shapes(log[-NEWEST:], shown=to_customer(conversation))
    return {"messages": messages, "has_more": len(log) > NEWEST}


def _with_pointer(conversation: Conversation) -> Frame:
    """The page shows what is unread, and how far the agent has read."""
    return {
        **conversation_shape(conversation),
        "read_seq": customer_read_seq(conversation),
        "agent_read_seq": agent_read_seq(conversation),
    }
