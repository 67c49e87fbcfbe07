"""Handing one conversation to one agent: the transactions of distribution. Each locks the agent, then reads their room."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from chat.actions.base import action
from chat.models import Conversation
from chat.states import Actor, State
from routing import why
from routing.actions.base import OVER_CAPACITY, NoAgent, locked_candidate, pending_offer
from routing.matching import Candidate, Choice, Rule, Work, obstacle
from routing.models import Agent, Offer, OfferReason, OfferState


class Overtaken(Exception):
    """The conversation is no longer to be handed out, or not in the way that was planned."""


class RoomTaken(Exception):
    """The agent stands differently than they were seen: look again, and choose again."""


class RowLocked(Exception):
    """Somebody else has the conversation's row just now."""


@action
def hand_out(
    *,
    conversation_id: uuid.UUID,
    turn: int,
    choice: Choice,
    work: Work,
    told: why.Why,
    now: datetime,
    as_seen: bool = True,
    skip_locked: bool = False,
) -> Offer:
    """Offer the conversation to whom ``choice`` names, or assign it where the workstream does not ask.

    ``as_seen``: only if the agent still has all the room by which they were chosen; otherwise enough will do.
    Raises RoomTaken, Overtaken, RowLocked (only with ``skip_locked``), Busy.
    """
    seen = choice.candidate
    agent, stands = _candidate_for(seen.user_id, now)
    stands = replace(stands, skills=seen.skills)  # what somebody is good at is not taken by anybody else
    if obstacle(candidate=stands, work=work, now=now) or (as_seen and stands.free < seen.free):
        raise RoomTaken
    conversation = _still_open(conversation_id, turn=turn, keeper=None, skip_locked=skip_locked)
    agent.note_assignment(queue_id=conversation.queue_id, now=now)
    if conversation.workstream.auto_assign:
        return _assign(conversation, agent, OfferReason.NEW, told, now)
    return Offer.hold_out(
        conversation=conversation,
        agent=agent,
        reason=OfferReason.NEW,
        now=now,
        expires_at=now + timedelta(seconds=conversation.workstream.offer_seconds),
        why=told,
    )


@action
def hold_for_keeper(*, conversation_id: uuid.UUID, turn: int, user_id: int, now: datetime) -> Offer:
    """Offer a returned conversation to the agent who had it: no deadline, whatever their presence and room.

    Where the workstream does not ask, a connected one is given it. Raises Overtaken, NoAgent, Busy.
    """
    agent, stands = locked_candidate(user_id, now=now)
    conversation = _still_open(conversation_id, turn=turn, keeper=user_id)
    if not agent.is_member_of(conversation.queue_id):
        raise Overtaken
    told = why.of_rule(Rule.SAME_AGENT, agent=stands, units=conversation.units)
    agent.note_assignment(queue_id=conversation.queue_id, now=now)
    if conversation.workstream.auto_assign and agent.is_here:
        return _assign(conversation, agent, OfferReason.RETURNING, told, now)
    return Offer.hold_out(
        conversation=conversation,
        agent=agent,
        reason=OfferReason.RETURNING,
        now=now,
        expires_at=None,
        why=told,
    )


@action
def release_from_keeper(
    *,
    conversation_id: uuid.UUID,
    now: datetime,
    is_due: Callable[[Conversation], bool],
) -> bool:
    """End the affinity of an open conversation: from now on it is the queue's. False when it is nobody's to end.

    ``is_due`` judges the row once it is locked.
    """
    conversation = Conversation.objects.open().with_people().locked().filter(pk=conversation_id).first()
    if conversation is None or conversation.preferred_agent_id is None or not is_due(conversation):
        return False
    offer = pending_offer(conversation_id)
    if offer is not None:
        offer.end(OfferState.WITHDRAWN, now=now)
    conversation.end_affinity()
    return True


def _candidate_for(user_id: int, now: datetime) -> tuple[Agent, Candidate]:
    try:
        return locked_candidate(user_id, now=now)
    except NoAgent:  # deactivated since they were seen
        raise RoomTaken from None


def _assign(
    conversation: Conversation, agent: Agent, reason: OfferReason, told: why.Why, now: datetime
) -> Offer:
    offer = Offer.record(conversation=conversation, agent=agent, reason=reason, now=now, why=told)
    on_record = "assigned without asking" + (OVER_CAPACITY if told.get("exceeds_by") else "")
    conversation.assign(agent=agent.user, actor=Actor.SYSTEM, user=None, now=now, reason=on_record)
    return offer


def _still_open(
    conversation_id: uuid.UUID, *, turn: int, keeper: int | None, skip_locked: bool = False
) -> Conversation:
    """The conversation, locked, if it still stands where it was seen and nobody is being asked."""
    rows = Conversation.objects.with_people().filter(pk=conversation_id)
    conversation = rows.locked(skip_locked=skip_locked).first()
    if conversation is None:
        raise RowLocked if skip_locked else Overtaken
    as_seen = conversation.turn == turn and conversation.preferred_agent_id == keeper
    if conversation.state != State.OPEN or not as_seen or pending_offer(conversation_id) is not None:
        raise Overtaken
    return conversation
