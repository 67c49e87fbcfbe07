"""Asking a colleague for advice, and a supervisor's joining. Neither takes capacity."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from chat.actions.base import action
from chat.actions.lifecycle import locked_conversation
from chat.models import Conversation, Participant
from chat.states import InvalidTransition, State
from routing.absence import gone_since, unentitled
from routing.actions.base import agent_named, locked_agent, require_supervisor
from routing.actions.transfers import NotAvailable, own_active
from routing.matching import Obstacle
from routing.models import Agent


@action
def consult_colleague(*, user: User, conversation_id: uuid.UUID, agent_id: int, now: datetime) -> Participant:
    """The agent of an active conversation asks a connected colleague, of whatever queue, for advice.

    They see it whole and may write internally, until they are added, leave, or are sent away.
    Raises NotFound, NotYours, InvalidTransition, NotAvailable, Busy.
    """
    agent_named(agent_id)
    # Against a deactivation at the same time, which locks the agent first.
    colleague = locked_agent(agent_id)
    conversation = own_active(conversation_id, user)
    if agent_id == user.pk:
        raise NotAvailable(_("This conversation is your own."), reason="oneself")
    if conversation.participants.present().of(colleague.user).exists():
        raise NotAvailable(_("This colleague takes part already."), reason="takes_part")
    if not colleague.is_connected(now=now):
        raise NotAvailable(_("This colleague is not connected."), reason=Obstacle.OFFLINE)
    return Participant.consult(conversation=conversation, user=colleague.user, by=user, now=now)


@action
def join_conversation(*, user: User, conversation_id: uuid.UUID, now: datetime) -> Participant:
    """A supervisor takes part in somebody else's active conversation; the customer is told.

    Raises SupervisorsOnly, NotFound, InvalidTransition, Busy.
    """
    require_supervisor(user)
    locked_agent(user.pk)
    conversation = locked_conversation(conversation_id)
    if conversation.state != State.ACTIVE:
        raise InvalidTransition
    if conversation.agent_id == user.pk:
        raise InvalidTransition(_("This conversation is your own."))
    return Participant.join(conversation=conversation, user=user, now=now)


@action
def see_off(*, guest: tuple[uuid.UUID, int], now: datetime) -> bool:
    """Somebody is gone, or may take part no longer. ``guest``: the conversation's id and their user id.

    False when they have left already, or are back.
    """
    conversation_id, user_id = guest
    # Whoever is no agent any more has no row to lock.
    Agent.objects.locked().filter(pk=user_id).values_list("pk").first()
    conversation = locked_conversation(conversation_id)
    part = conversation.participants.present().filter(user=user_id)
    offline_at = gone_since(user_id, now=now)
    is_gone = offline_at is not None and part.filter(joined_at__lt=offline_at).exists()
    if not is_gone and not unentitled(part).exists():
        return False
    return leave(conversation, user_id=user_id, now=now)


def leave(conversation: Conversation, *, user_id: int, now: datetime) -> bool:
    """``user_id`` takes part no longer, inside an action that holds the conversation's lock. False: they did not."""
    found = conversation.participants.present().filter(user=user_id).select_related("user").first()
    if found is not None:
        found.leave(now=now)
    return found is not None
