"""Parking, ending, releasing and closing. Taking a conversation costs capacity and is routing's."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from chat.access import conversation_for_customer
from chat.actions.base import action
from chat.errors import Forbidden, NotFound, Refusal
from chat.models import Conversation, CustomerSession
from chat.states import Actor, State
from workstreams.models import Queue


class NewerMessage(Refusal):
    code = "newer_message"
    status = 409
    message = _("The customer has written since you last looked. Read it first.")


class NotYours(Forbidden):
    message = _("This conversation is not yours.")


@action
def park_conversation(
    *, user: User, conversation_id: uuid.UUID, seen_seq: int | None, now: datetime
) -> Conversation:
    """The agent's cross: it waits, its places are free. ``seen_seq``: the last message the agent has seen."""
    conversation = own_conversation(conversation_id, user)
    _require_seen(conversation, seen_seq)
    conversation.park(actor=Actor.AGENT, user=user, now=now)
    return conversation


@action
def end_conversation(
    *, user: User, conversation_id: uuid.UUID, seen_seq: int | None, now: datetime
) -> Conversation:
    conversation = own_conversation(conversation_id, user)
    _require_seen(conversation, seen_seq)
    conversation.end(actor=Actor.AGENT, user=user, now=now)
    return conversation


@action
def requeue_conversation(
    *,
    user: User,
    conversation_id: uuid.UUID,
    now: datetime,
    actor: Actor = Actor.AGENT,
    queue: Queue | None = None,
) -> Conversation:
    """Back to its queue, or to another one. An agent releases their own; a supervisor any."""
    conversation = (
        own_conversation(conversation_id, user)
        if actor is Actor.AGENT
        else locked_conversation(conversation_id)
    )
    conversation.requeue(actor=actor, user=user, now=now, queue=queue)
    return conversation


@action
def close_conversation(
    *, user: User, conversation_id: uuid.UUID, now: datetime, actor: Actor = Actor.AGENT
) -> Conversation:
    """Wrap-up is done; or a supervisor closes it by force, whatever its state."""
    conversation = (
        own_conversation(conversation_id, user)
        if actor is Actor.AGENT
        else locked_conversation(conversation_id)
    )
    conversation.close(actor=actor, user=user, now=now)
    return conversation


@action
def end_by_customer(
    *, session: CustomerSession, conversation_id: uuid.UUID | str, now: datetime
) -> Conversation:
    """The customer ends a live conversation; ending it again changes nothing. Persistent: CustomerMayNotEnd."""
    conversation = locked_conversation(
        conversation_for_customer(session=session, conversation_id=conversation_id).pk
    )
    if conversation.is_ended and conversation.rules.customer_may_end:
        return conversation
    if conversation.state == State.OPEN:
        conversation.close(actor=Actor.CUSTOMER, user=None, now=now)
    else:
        conversation.end(actor=Actor.CUSTOMER, user=None, now=now)
    return conversation


def locked_conversation(conversation_id: uuid.UUID) -> Conversation:
    found = Conversation.objects.with_people().locked().filter(pk=conversation_id).first()
    if found is None:
        raise NotFound
    return found


def own_conversation(conversation_id: uuid.UUID, user: User) -> Conversation:
    """Locked; raises NotFound, and NotYours when ``user`` is not its agent."""
    conversation = locked_conversation(conversation_id)
    if conversation.agent_id != user.pk:
        raise NotYours
    return conversation


def _require_seen(conversation: Conversation, seen_seq: int | None) -> None:
    """Nothing said is left unseen. A client that names no seq takes that upon itself."""
    if seen_seq is not None and conversation.last_customer_seq > seen_seq:
        raise NewerMessage(latest_seq=conversation.latest_seq)
