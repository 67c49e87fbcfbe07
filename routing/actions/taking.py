"""Taking a conversation without being asked: picking it, going on with one's own, and a supervisor's assignment."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.auth.models import User

from chat.actions import NotYours
from chat.actions.base import action
from chat.actions.lifecycle import locked_conversation
from chat.errors import NotFound
from chat.models import Conversation
from chat.states import Actor, InvalidTransition, State
from routing import why
from routing.actions.answers import take
from routing.actions.base import (
    OVER_CAPACITY,
    AgentAbsent,
    HeldForOther,
    NoRoom,
    NotPicked,
    agent_named,
    locked_candidate,
    looking_first,
    pending_offer,
    require_supervisor,
)
from routing.floor import Floors, matched
from routing.matching import Candidate, Rule
from routing.models import Agent, Offer, OfferReason, OfferState
from workstreams.models import Distribution


@looking_first
@action
def pick_conversation(
    *, user: User, conversation_id: uuid.UUID, now: datetime, floors: Floors | None = None
) -> Conversation:
    """Take an open conversation out of one's queues; at any hour. One that is offered to oneself is accepted.

    Raises NotFound, InvalidTransition, HeldForOther, NotPicked, NoRoom, NoAgent, Busy.
    """
    agent, stands = locked_candidate(user.pk, now=now)
    conversation = locked_conversation(conversation_id)
    if not agent.is_supervisor and not agent.is_member_of(conversation.queue_id):
        raise NotFound
    if conversation.state != State.OPEN:
        raise InvalidTransition
    if offer := _own_offer(conversation, agent):
        take(agent=agent, offer=offer, now=now)
        return conversation
    _require_may_pick(conversation, agent)
    if _exceeds(conversation, stands) and not (
        conversation.workstream.pick_over_capacity or agent.is_supervisor
    ):
        raise NoRoom(free=stands.free, units=conversation.units)
    _begin(conversation, agent, stands, OfferReason.PICKED, now=now, floors=floors)
    return conversation


@looking_first
@action
def resume_conversation(
    *, user: User, conversation_id: uuid.UUID, now: datetime, floors: Floors | None = None
) -> Conversation:
    """Go on with one's own waiting conversation, or take up an open one that is held for oneself; whatever the room.

    Raises NotFound, NotYours, InvalidTransition, HeldForOther, NoAgent, Busy.
    """
    agent, stands = locked_candidate(user.pk, now=now)
    conversation = locked_conversation(conversation_id)
    if user.pk not in (conversation.agent_id, conversation.preferred_agent_id):
        raise NotYours
    if conversation.state not in (State.WAITING, State.OPEN):
        raise InvalidTransition
    if offer := _own_offer(conversation, agent):
        take(agent=agent, offer=offer, now=now)
    else:
        _begin(conversation, agent, stands, OfferReason.RESUMED, now=now, floors=floors)
    return conversation


@looking_first
@action
def assign_conversation(
    *,
    user: User,
    conversation_id: uuid.UUID,
    agent_id: int,
    now: datetime,
    anyway: bool = False,
    floors: Floors | None = None,
) -> Conversation:
    """A supervisor gives an open, active or waiting conversation to anybody, at once. ``agent_id``: a user's id.

    Raises SupervisorsOnly, NotFound, AgentAbsent (unless ``anyway``), InvalidTransition, Busy.
    """
    supervisor = require_supervisor(user)
    agent_named(agent_id)
    agent, stands = locked_candidate(agent_id, now=now)
    conversation = locked_conversation(conversation_id)
    if not anyway and not agent.is_here:
        raise AgentAbsent
    if conversation.agent_id == agent_id and conversation.state == State.ACTIVE:
        return conversation
    _withdraw_any_offer(conversation, now)
    told = why.of_rule(
        Rule.SUPERVISOR,
        agent=stands,
        units=conversation.units,
        among=matched(conversation, agent=stands, now=now, floors=floors),
        by=supervisor.name,
    )
    Offer.record(
        conversation=conversation,
        agent=agent,
        reason=OfferReason.ASSIGNED,
        now=now,
        why=told,
        made_by=user,
    )
    agent.note_assignment(queue_id=conversation.queue_id, now=now)
    reason = "assigned by a supervisor" + _exceeds(conversation, stands)
    conversation.assign(agent=agent.user, actor=Actor.SUPERVISOR, user=user, now=now, reason=reason)
    return conversation


@action
def release_from_agent(*, user: User, conversation_id: uuid.UUID, now: datetime) -> Conversation:
    """A supervisor frees a waiting conversation from its agent, who is on leave, say: the customer's next message goes
    to the queue. Raises SupervisorsOnly, NotFound, InvalidTransition, Busy.
    """
    require_supervisor(user)
    conversation = locked_conversation(conversation_id)
    if conversation.agent_id is None:
        raise InvalidTransition
    conversation.release(user=user, now=now, reason="released from its agent")
    return conversation


def _own_offer(conversation: Conversation, agent: Agent) -> Offer | None:
    """What is pending for this agent. Raises HeldForOther when somebody else is being asked."""
    offer = pending_offer(conversation.pk)
    if offer is not None and offer.agent_id != agent.pk:
        raise HeldForOther
    if offer is not None:
        offer.conversation = conversation
    return offer


def _require_may_pick(conversation: Conversation, agent: Agent) -> None:
    if conversation.preferred_agent_id not in (None, agent.pk):
        raise HeldForOther
    stream = conversation.workstream
    is_held_for_them = conversation.preferred_agent_id == agent.pk
    if not (
        stream.distribution == Distribution.PICK
        or stream.pick_from_push
        or is_held_for_them
        or agent.is_supervisor
    ):
        raise NotPicked


def _exceeds(conversation: Conversation, stands: Candidate) -> str:
    return OVER_CAPACITY if stands.free < conversation.units else ""


def _withdraw_any_offer(conversation: Conversation, now: datetime) -> None:
    offer = pending_offer(conversation.pk)
    if offer is not None:
        offer.end(OfferState.WITHDRAWN, now=now)


def _begin(
    conversation: Conversation,
    agent: Agent,
    stands: Candidate,
    reason: OfferReason,
    *,
    now: datetime,
    floors: Floors | None,
) -> None:
    """Picked or resumed: the rule bears the name of the reason."""
    among = matched(conversation, agent=stands, now=now, floors=floors)
    told = why.of_rule(Rule(reason.value), agent=stands, units=conversation.units, among=among)
    Offer.record(conversation=conversation, agent=agent, reason=reason, now=now, why=told)
    agent.note_assignment(queue_id=conversation.queue_id, now=now)
    on_record = reason.value + _exceeds(conversation, stands)
    conversation.assign(agent=agent.user, actor=Actor.AGENT, user=agent.user, now=now, reason=on_record)
