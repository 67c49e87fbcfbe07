"""From events to the customer's frames. Runs in the courier's thread, after commit."""

from __future__ import annotations

from collections.abc import Sequence

from chat import events
from chat.models import Conversation, Message
from chat.realtime.audience import customer_of
from chat.realtime.frames import Frame
from chat.realtime.hub import Delivery, Standing, hub
from chat.shapes import conversation_shape, message_shape

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
            return [_changed(conversation)]
        # A colleague who only looks is nobody the customer waits for.
        case events.MessagesSeen(conversation=conversation, user_id=reader, seq=seq) if reader in (
            None,
            conversation.agent_id,
        ):
            by = "customer" if reader is None else "agent"
            frame = {"type": "seen", "conversation": str(conversation.pk), "by": by, "seq": seq}
            return [_to_customer(conversation, frame)]
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


def _posted(conversation: Conversation, message: Message) -> Delivery:
    frame = {
        "type": "message.posted",
        "conversation": str(conversation.pk),
        "message": message_shape(message),
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
