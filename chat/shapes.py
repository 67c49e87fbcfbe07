"""What a customer sees of a conversation and a message, over HTTP and the socket alike.

A customer's shape can never hold a note, a queue or an e-mail address.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypedDict

from chat.models import Conversation, Message, SurveyAnswer, display_name


class NameShape(TypedDict):
    name: str


class ConversationShape(TypedDict):
    id: str
    mode: str
    state: str
    version: int
    latest_seq: int
    started_at: str
    ended_at: str | None
    agent: NameShape | None
    survey_due: bool


class AuthorShape(TypedDict):
    kind: str
    name: str


class MessageShape(TypedDict):
    id: int
    conversation: str
    seq: int | None
    client_id: str | None
    author: AuthorShape
    body: str
    sent_at: str
    attachments: list[Any]


class SurveyShape(TypedDict):
    rating: int
    comment: str
    answered_at: str


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def conversation_shape(conversation: Conversation) -> ConversationShape:
    """Needs ``with_people()``."""
    agent = conversation.agent
    style = conversation.widget.agent_display_name
    return {
        "id": str(conversation.pk),
        "mode": conversation.mode,
        "state": conversation.state,
        "version": conversation.version,
        "latest_seq": conversation.latest_seq,
        "started_at": iso(conversation.started_at),
        "ended_at": iso(conversation.ended_at) if conversation.ended_at else None,
        "agent": {"name": display_name(agent, style=style)} if agent else None,
        "survey_due": conversation.survey_due,
    }


def message_shape(message: Message) -> MessageShape:
    return {
        "id": message.pk,
        "conversation": str(message.conversation_id),
        "seq": message.seq,
        "client_id": str(message.client_id) if message.client_id else None,
        "author": {"kind": message.author_kind, "name": message.author_name},
        "body": message.body,
        "sent_at": iso(message.sent_at),
        "attachments": [],
    }


def survey_shape(answer: SurveyAnswer) -> SurveyShape:
    return {"rating": answer.rating, "comment": answer.comment, "answered_at": iso(answer.answered_at)}
