"""Distribution: who is held out what, and in which order. Reads and chooses; the actions take the locks and write.

It runs from the courier when something has changed, and from sweeps for whatever was missed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from chat.models import Conversation
from routing.actions.base import NoAgent
from routing.actions.handing import Overtaken, hold_for_keeper, release_from_keeper
from routing.alone import draining_alone
from routing.drain import Drain, give
from routing.floor import Floor, Floors
from routing.line import queues_in_service
from routing.models import Agent, Membership, Offer
from workstreams import hours
from workstreams.models import Distribution, Queue

AT_ONCE = 500


def route_conversation(
    *, conversation_id: uuid.UUID, now: datetime, floors: Floors | None = None
) -> Offer | None:
    """Hold this open conversation out to whoever should have it; None when there is nobody, or nothing to do.

    The agent who had it first (spec §4, Same agent), then the queue's members. ``floors``: shared by those that are
    routed in one go. Raises Busy.
    """
    conversation = _to_be_routed(conversation_id, now)
    if conversation is not None and conversation.preferred_agent_id is not None:
        offer = _hold(conversation, conversation.preferred_agent_id, now, floors)
        if offer is not None:
            return offer
        conversation = _to_be_routed(conversation_id, now)
    if conversation is None or conversation.workstream.distribution != Distribution.PUSH:
        return None
    return give(conversation, Floor(queue_ids=[conversation.queue_id], now=now), now)


def route_queues(*, queues: Iterable[Queue], now: datetime, limit: int = AT_ONCE) -> int:
    """Hand out what waits in these queues, in order, while anybody has room. Returns how much was handed out.

    Queues outside their hours are passed over, and those for which somebody else waits to do the same.
    """
    left = {queue.pk: queue for queue in queues_in_service(queues, now=now)}
    done = 0
    while left and done < limit:
        with draining_alone(left) as mine:
            drain = Drain(queues=[left[pk] for pk in sorted(mine)], now=now, limit=limit - done)
            done += drain.run()
        left = {pk: left[pk] for pk in mine - drain.left_to_others} if drain.left_to_others else {}
    return done


def route_agent(*, user_id: int, now: datetime) -> int:
    """An agent has become free, or available: serve their queues."""
    seen = Agent.objects.active().with_load(now=now).with_connection(now=now)
    agent = seen.filter(pk=user_id, missed=False).first()
    if agent is None or not agent.is_here or agent.used_units >= agent.capacity:
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


def may_keep(*, user_id: int, queue_id: int) -> bool:
    """Whether a conversation of this queue is still offered first to the agent who had it."""
    members = Membership.objects.filter(agent=user_id, queue=queue_id)
    return members.filter(agent__user__is_active=True).exists()


def _to_be_routed(conversation_id: uuid.UUID, now: datetime) -> Conversation | None:
    """The conversation, if it is open, in its hours, and nobody is being asked."""
    conversation = Conversation.objects.open().with_people().filter(pk=conversation_id).first()
    if conversation is None or not may_be_offered(conversation, now=now):
        return None
    return None if Offer.objects.pending().filter(conversation=conversation_id).exists() else conversation


def _hold(conversation: Conversation, keeper: int, now: datetime, floors: Floors | None) -> Offer | None:
    """Offer it to the agent who had it; end the affinity when that agent may not have it any more."""
    if not may_keep(user_id=keeper, queue_id=conversation.queue_id):
        turn = conversation.turn
        release_from_keeper(conversation_id=conversation.pk, now=now, is_due=lambda row: row.turn == turn)
        return None
    # For the record; read before there are locks for others to wait for.
    floors = floors or Floors(now=now)
    floors.of(conversation.queue_id)
    try:
        return hold_for_keeper(
            conversation_id=conversation.pk, turn=conversation.turn, user_id=keeper, now=now, floors=floors
        )
    except (Overtaken, NoAgent):
        return None
