"""Who takes part beside a conversation's agent: added, sent away, gone. Asking and joining need to know who is there
and who supervises: they are routing's."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.auth.models import User

from chat.actions.base import action
from chat.actions.lifecycle import locked_conversation, own_conversation
from chat.errors import NotFound
from chat.models import Conversation, Participant, ParticipantRole


@action
def add_consultant(
    *, user: User, conversation_id: uuid.UUID, consultant_id: int, now: datetime
) -> Participant:
    """The conversation's agent lets a consultant write to the customer too. Adding them again changes nothing.

    Raises NotFound (this colleague is not being consulted), NotYours, Busy.
    """
    participant = _consultant(own_conversation(conversation_id, user), consultant_id)
    if not participant.may_answer:
        participant.let_answer(now=now)
    return participant


@action
def end_consultation(*, user: User, conversation_id: uuid.UUID, consultant_id: int, now: datetime) -> None:
    """The conversation's agent needs this colleague's advice no more. Raises NotFound, NotYours, Busy."""
    _consultant(own_conversation(conversation_id, user), consultant_id).leave(now=now)


@action
def leave_conversation(*, user: User, conversation_id: uuid.UUID, now: datetime) -> None:
    """A consultant or supervisor takes part no longer. Raises NotFound, Busy."""
    _present(locked_conversation(conversation_id), user.pk).leave(now=now)


def _consultant(conversation: Conversation, user_id: int) -> Participant:
    participant = _present(conversation, user_id)
    if participant.role != ParticipantRole.CONSULTANT:
        raise NotFound
    return participant


def _present(conversation: Conversation, user_id: int) -> Participant:
    found = conversation.participants.present().filter(user=user_id).select_related("user").first()
    if found is None:
        raise NotFound
    return found
