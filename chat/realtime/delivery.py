"""From events to the customer's frames. Runs in the courier's thread, after commit."""

from __future__ import annotations

from collections.abc import Sequence

from chat import events
from chat.access import agent_read_seq
from chat.masking import to_customer
from chat.models import Conversation, Message
from chat.realtime.audience import customer_of
from chat.realtime.frames import Frame
from chat.realtime.hub import Delivery, Standing, hub
from chat.shapes import conversation_shape, message_shape
from chat.states import Verb

Deliveries = list[Delivery]


def subscribe() -> None:
    events.subscribe(deliver_to_customers)


def deliver_to_customers(happened: Sequence[events.Event]) -> None:
    hub.deliver(delivery for event in happened for delivery in frames_of(event))


def frames_of(event: events.Event) -> Deliveries:
    match event:
        case events.MessagePosted(conversation=conversation, message=message) if not message.is_internal:
            return [_posted(conversation, message)]
        case (
            events.ConversationMoved(conversation=conversation)
            | events.ConversationChanged(conversation=conversation)
        ):
            return [_changed(conversation), *_read_before(event)]
        # A colleague who only looks is nobody the customer waits for.
        case events.MessagesSeen(conversation=conversation, user_id=reader, seq=seq) if reader in (
            None,
            conversation.agent_id,
        ):
            return [_seen(conversation, by="customer" if reader is None else "agent", seq=seq)]
        case events.MessagesArrived(conversation=conversation, seq=seq):
            frame = {"type": "delivered", "conversation": str(conversation.pk), "seq": seq}
            return [_to_customer(conversation, frame)]
        case events.SomebodyTyping(conversation=conversation, user_id=int(), name=name):
            author = {"kind": "agent", "name": name}
            frame = {"type": "typing", "conversation": str(conversation.pk), "author": author}
            return [_to_customer(conversation, frame)]
        case events.SessionRevoked(session_id=session_id):
            hub.disconnect(kind="customer_session", key=session_id)
    return []


def _read_before(event: events.Event) -> Deliveries:
    """Who takes a conversation may have read it before it was theirs."""
    match event:
        case events.ConversationMoved(conversation=conversation, verb=Verb.ASSIGN):
            seq = agent_read_seq(conversation)
            return [_seen(conversation, by="agent", seq=seq)] if seq else []
    return []


def _seen(conversation: Conversation, *, by: str, seq: int) -> Delivery:
    return _to_customer(
        conversation, {"type": "seen", "conversation": str(conversation.pk), "by": by, "seq": seq}
    )


def _posted(conversation: Conversation, message: Message) -> Delivery:
    frame = {
        "type": "message.posted",
        "conversation": str(conversation.pk),
        "message": message_shape(message, shown=to_customer(conversation)),
    }
    return _to_customer(conversation, frame, Standing(seq=message.seq or 0))


def _changed(conversation: Conversation) -> Delivery:
    frame = {"type": "conversation.changed", "conversation": conversation_shape(conversation)}
    return _to_customer(conversation, frame, Standing(version=conversation.version))


def _to_customer(conversation: Conversation, frame: Frame, standing: Standing | None = None) -> Delivery:
    return Delivery(
        address=customer_of(conversation),
        frame=frame,
        conversation=str(conversation.pk) if standing else "",
        standing=standing or Standing(),
    )
