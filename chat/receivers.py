"""What the chat itself does when something has happened: a line in the log, and tasks for the worker."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from chat import events
from chat.courier import send_out

log = structlog.get_logger(__name__)


def subscribe() -> None:
    events.subscribe(write_log)
    events.subscribe(notify_of_return)


def write_log(happened: Sequence[events.Event]) -> None:
    """Ids and names of events; never bodies, tokens or e-mail addresses."""
    for event in happened:
        _log(event)


def notify_of_return(happened: Sequence[events.Event]) -> None:
    """A task tells the agent. Should the broker be away, the sweep of unsent notices does."""
    for event in happened:
        if isinstance(event, events.CustomerCameBack):
            _send_notice(str(event.conversation.pk))


def _log(event: events.Event) -> None:
    match event:
        case events.ConversationMoved(conversation=conversation, verb=verb, actor=actor):
            log.info(
                f"conversation.{verb}",
                conversation=str(conversation.pk),
                turn=conversation.turn,
                state=conversation.state,
                actor=actor,
            )
        case events.MessagePosted(conversation=conversation, message=message):
            log.info("message.posted", conversation=str(conversation.pk), message=message.pk, seq=message.seq)
        case events.SessionRevoked(session_id=session_id):
            log.info("session.revoked", session_id=session_id)


def _send_notice(conversation_id: str) -> None:
    from chat.tasks import notify_customer_returned

    send_out(lambda: notify_customer_returned.delay(conversation_id=conversation_id))
