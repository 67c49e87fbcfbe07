"""Distribution: who is held out what, and in which order. Reads and chooses; the actions take the locks and write.

It runs from the courier when something has changed, and from sweeps for whatever was missed.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime

from chat.models import Conversation
from routing import why
from routing.actions.base import NoAgent
from routing.actions.handing import (
    Overtaken,
    RoomTaken,
    RowLocked,
    hand_out,
    hold_for_keeper,
    release_from_keeper,
)
from routing.floor import Floor, work_of
from routing.line import in_line, queues_in_service
from routing.matching import Work, match
from routing.models import Agent, Membership, Offer
from workstreams import hours
from workstreams.models import Distribution, Queue

logger = logging.getLogger(__name__)
LOOKS = 8  # how often a choice is made again because others were faster
STRICT_LOOKS = 3  # for so long the chosen agent must have all the room that was seen
AT_ONCE = 500


def route_conversation(*, conversation_id: uuid.UUID, now: datetime) -> Offer | None:
    """Hold this open conversation out to whoever should have it; None when there is nobody, or nothing to do.

    The agent who had it first (spec §4, Same agent), then the queue's members. Raises Busy.
    """
    conversation = _to_be_routed(conversation_id, now)
    if conversation is not None and conversation.preferred_agent_id is not None:
        offer = _hold(conversation, conversation.preferred_agent_id, now)
        if offer is not None:
            return offer
        conversation = _to_be_routed(conversation_id, now)
    if conversation is None or conversation.workstream.distribution != Distribution.PUSH:
        return None
    return _give(conversation, Floor(queue_ids=[conversation.queue_id], now=now), now)


def route_queues(*, queues: Iterable[Queue], now: datetime, limit: int = AT_ONCE) -> int:
    """Hand out what waits in these queues, in order, while anybody has room. Returns how much was handed out.

    Queues outside their hours are passed over. Rows that others have locked are left to the end, then waited for.
    """
    served = queues_in_service(queues, now=now)
    if not served:
        return 0
    floor = Floor(queue_ids=[queue.pk for queue in served], now=now)
    done, passed = 0, []
    for conversation in in_line(served, floor=floor):
        if done >= limit:
            break
        try:
            done += _gave(conversation, floor, now, skip_locked=True)
        except RowLocked:
            passed.append(conversation)
    return done + sum(_gave(conversation, floor, now) for conversation in passed)


def route_agent(*, user_id: int, now: datetime) -> int:
    """An agent has become free, or available: serve their queues."""
    agent = Agent.objects.active().with_connection(now=now).filter(pk=user_id, missed=False).first()
    if agent is None or not agent.is_here or agent.free(now=now) <= 0:
        return 0
    return route_queues(queues=Queue.objects.filter(memberships__agent=user_id), now=now)


def may_be_offered(conversation: Conversation, *, now: datetime) -> bool:
    """In its queue's hours; a live one that entered in hours also after them (spec §4, Outside hours)."""
    calendar = conversation.queue.calendar()
    if hours.is_open(calendar=calendar, at=now):
        return True
    if conversation.rules.starts_outside_hours:
        return False
    return hours.is_open(calendar=calendar, at=conversation.queued_at)


def _to_be_routed(conversation_id: uuid.UUID, now: datetime) -> Conversation | None:
    """The conversation, if it is open, in its hours, and nobody is being asked."""
    conversation = Conversation.objects.open().with_people().filter(pk=conversation_id).first()
    if conversation is None or not may_be_offered(conversation, now=now):
        return None
    return None if Offer.objects.pending().filter(conversation=conversation_id).exists() else conversation


def _hold(conversation: Conversation, keeper: int, now: datetime) -> Offer | None:
    """Offer it to the agent who had it; end the affinity when that agent may not have it any more."""
    may_keep = Membership.objects.filter(
        agent=keeper, queue=conversation.queue_id, agent__user__is_active=True
    )
    if not may_keep.exists():
        turn = conversation.turn
        release_from_keeper(conversation_id=conversation.pk, now=now, is_due=lambda row: row.turn == turn)
        return None
    try:
        return hold_for_keeper(
            conversation_id=conversation.pk, turn=conversation.turn, user_id=keeper, now=now
        )
    except (Overtaken, NoAgent):
        return None


def _gave(conversation: Conversation, floor: Floor, now: datetime, *, skip_locked: bool = False) -> bool:
    """One of many: trouble with it is logged and keeps nobody else from being served."""
    try:
        return _give(conversation, floor, now, skip_locked=skip_locked) is not None
    except RowLocked:
        raise
    except Exception:
        logger.exception("routing.row_failed", extra={"conversation": str(conversation.pk)})
        floor.look()
        return False


def _give(
    conversation: Conversation, floor: Floor, now: datetime, *, skip_locked: bool = False
) -> Offer | None:
    """Choose among the members and hand it out; whenever others were faster, look and choose again."""
    work = work_of(conversation, now=now)
    for look in range(LOOKS):
        try:
            strictly = look < STRICT_LOOKS
            return _give_to_best(conversation, work, floor, now, as_seen=strictly, skip_locked=skip_locked)
        except RoomTaken:
            floor.look()
        except Overtaken:
            return None
    return None


def _give_to_best(
    conversation: Conversation, work: Work, floor: Floor, now: datetime, **how: bool
) -> Offer | None:
    found = match(candidates=floor.candidates(conversation.queue_id), work=work, now=now)
    if found.choice is None:
        return None
    offer = hand_out(
        conversation_id=conversation.pk,
        turn=conversation.turn,
        choice=found.choice,
        work=work,
        told=why.of_match(found),
        now=now,
        **how,
    )
    floor.has_taken(
        user_id=found.choice.candidate.user_id, queue_id=conversation.queue_id, units=work.units, at=now
    )
    return offer
