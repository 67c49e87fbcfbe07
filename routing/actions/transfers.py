"""Handing one's conversation on: to a colleague, who is asked, or to a queue. And out of a queue that is retired."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from chat.actions import NotYours
from chat.actions.base import action
from chat.actions.lifecycle import locked_conversation, own_conversation
from chat.actions.starting import QueueClosed
from chat.errors import NotFound, Refusal
from chat.models import Conversation
from chat.states import Actor, InvalidTransition, State
from routing import why
from routing.actions.base import (
    HeldForOther,
    agent_named,
    locked_candidate,
    looking_first,
    pending_offer,
    supervises,
)
from routing.floor import Floors, matched
from routing.matching import Candidate, Obstacle, Rule, Work, obstacle
from routing.models import Agent, Membership, Offer, OfferReason
from workstreams import hours
from workstreams.models import Queue


class NotAvailable(Refusal):
    """``extra["reason"]``: ``offline``, ``presence``, ``no_room``, ``skills``, ``not_a_member``, ``takes_part`` or ``oneself``."""

    code = "agent_not_available"
    status = 409
    message = _("This agent cannot take it now.")


class QueueRetired(Refusal):
    code = "queue_retired"
    status = 409
    message = _("This queue takes no new work.")


@looking_first
@action
def transfer_to_agent(
    *, user: User, conversation_id: uuid.UUID, agent_id: int, now: datetime, floors: Floors | None = None
) -> Offer:
    """Ask a connected colleague of its queue, with room, to take over one's active conversation (spec §4).

    It stays one's own until they accept; a decline or the end of the time changes nothing.
    Raises NotFound, NotYours, InvalidTransition, HeldForOther (somebody is being asked), NotAvailable, Busy.
    """
    agent_named(agent_id)
    agent, stands = locked_candidate(agent_id, now=now)
    conversation = own_active(conversation_id, user)
    if pending_offer(conversation.pk) is not None:
        raise HeldForOther
    if agent_id == user.pk:
        raise InvalidTransition
    work = _work(conversation)
    _require_available(conversation, work, agent, stands, now)
    among = matched(conversation, agent=stands, work=work, now=now, floors=floors)
    by = user.get_full_name() or user.get_username()
    return Offer.hold_out(
        conversation=conversation,
        agent=agent,
        reason=OfferReason.TRANSFER,
        now=now,
        expires_at=now + timedelta(seconds=conversation.workstream.offer_seconds),
        why=why.of_rule(Rule.TRANSFER, agent=stands, units=conversation.units, among=among, by=by),
        made_by=user,
    )


@action
def transfer_to_queue(
    *, user: User, conversation_id: uuid.UUID, queue_id: int, now: datetime
) -> Conversation:
    """Hand on to a queue that is open now. An agent one's own active conversation; a supervisor any unfinished one.

    Raises NotFound, NotYours, QueueRetired, QueueClosed, InvalidTransition, Busy.
    """
    queue = Queue.objects.filter(pk=queue_id).first()
    if queue is None:
        raise NotFound
    supervisor = supervises(user)
    conversation = locked_conversation(conversation_id)
    if conversation.agent_id != user.pk and not supervisor:
        raise NotYours
    _require_takes_work(queue, now)
    actor = Actor.SUPERVISOR if supervisor else Actor.AGENT
    conversation.requeue(actor=actor, user=user, now=now, queue=queue, reason="transferred")
    return conversation


@action
def leave_retired_queue(*, conversation_id: uuid.UUID, now: datetime) -> bool:
    """Its queue is retired: an open conversation goes to its workstream's fallback queue, and keeps its place (spec §4).

    The agent who had it keeps it if they are a member there too. False when it has nothing to leave.
    """
    conversation = locked_conversation(conversation_id)
    target = conversation.queue_in_service
    if conversation.state != State.OPEN or target == conversation.queue:
        return False
    stays = Membership.objects.filter(agent=conversation.preferred_agent_id, queue=target).exists()
    conversation.requeue(
        actor=Actor.SYSTEM, user=None, now=now, keep_affinity=stays, reason="its queue was retired"
    )
    return True


def own_active(conversation_id: uuid.UUID, user: User) -> Conversation:
    """Locked; raises NotFound, NotYours, InvalidTransition."""
    conversation = own_conversation(conversation_id, user)
    if conversation.state != State.ACTIVE:
        raise InvalidTransition
    return conversation


def _require_takes_work(queue: Queue, now: datetime) -> None:
    if queue.retired_at is not None:
        raise QueueRetired(_("“%(queue)s” is retired: it takes no new work.") % {"queue": queue.name})
    if not hours.is_open(calendar=queue.calendar(), at=now):
        raise QueueClosed(_("“%(queue)s” is closed now.") % {"queue": queue.name})


def _work(conversation: Conversation) -> Work:
    """What is asked of a colleague: room and presence, no skills."""
    return Work(
        units=conversation.units,
        allowed=frozenset(conversation.workstream.allowed_presences),
        held_by=conversation.agent_id,
    )


def _require_available(
    conversation: Conversation, work: Work, agent: Agent, stands: Candidate, now: datetime
) -> None:
    if not agent.is_member_of(conversation.queue_id):
        raise NotAvailable(reason=Obstacle.NOT_A_MEMBER)
    if found := obstacle(candidate=stands, work=work, now=now):
        raise NotAvailable(reason=found)
