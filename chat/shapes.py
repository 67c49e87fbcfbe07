"""What a customer sees of a conversation and a message, over HTTP and the socket alike.

A customer's shape can never hold a note, a queue or an e-mail address.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NotRequired, TypedDict

from chat.files.addresses import address_of
from chat.masking import Shown, ShownAnswer, answer_to_staff, to_staff
from chat.models import Attachment, Conversation, Message, SurveyAnswer, display_name
from chat.models.attachment import fetch_attachments


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


class AttachmentShape(TypedDict):
    """``url`` is good for ten minutes. Pictures have their measures."""

    id: str
    name: str
    type: str
    size: int
    url: str
    width: NotRequired[int]
    height: NotRequired[int]


class MessageShape(TypedDict):
    id: int
    conversation: str
    seq: int | None
    client_id: str | None
    author: AuthorShape
    body: str
    sent_at: str
    attachments: list[AttachmentShape]


class SaidShape(TypedDict):
    question: str
    answer: str


class SurveyShape(TypedDict):
    rating: int
    answers: list[SaidShape]
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


def message_shape(message: Message, *, shown: Shown = to_staff) -> MessageShape:
    """``shown``: what its reader sees of the text."""
    return {
        "id": message.pk,
        "conversation": str(message.conversation_id),
        "seq": message.seq,
        "client_id": str(message.client_id) if message.client_id else None,
        "author": {"kind": message.author_kind, "name": message.author_name},
        "body": shown(message),
        "sent_at": iso(message.sent_at),
        "attachments": [attachment_shape(file) for file in message.files],
    }


def message_shapes(messages: Iterable[Message], *, shown: Shown = to_staff) -> list[MessageShape]:
    """Of many: their attachments take one statement, if there are any."""
    return [message_shape(message, shown=shown) for message in fetch_attachments(list(messages))]


def attachment_shape(file: Attachment) -> AttachmentShape:
    shape: AttachmentShape = {
        "id": str(file.pk),
        "name": file.name,
        "type": file.content_type,
        "size": file.size,
        "url": address_of(file),
    }
    if file.width is not None and file.height is not None:
        shape["width"], shape["height"] = file.width, file.height
    return shape


def survey_shape(answer: SurveyAnswer, *, shown: ShownAnswer = answer_to_staff) -> SurveyShape:
    return {
        "rating": answer.rating,
        "answers": [
            {"question": said["question"], "answer": shown(said["answer"])} for said in answer.answers
        ],
        "comment": shown(answer.comment),
        "answered_at": iso(answer.answered_at),
    }
