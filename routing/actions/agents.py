"""What agents do with themselves: presence, consoles, leaving a queue, leaving altogether."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime
from functools import reduce
from operator import or_

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.actions.base import action
from chat.errors import Invalid
from chat.models import Conversation, Participant
from chat.models.conversation_queries import ConversationQuerySet
from chat.models.lines import add_line, agent_name
from chat.states import Actor, State
from routing.absence import gone_since
from routing.actions.base import NoAgent, agent_named, lock_agent, locked_agent, require_supervisor
from routing.actions.participants import leave
from routing.alerts import Kind, Way
from routing.models import Agent, Connection, Membership, Offer, OfferState, Status
from routing.models.offer import OfferQuerySet
from routing.presence import ABSENT, CHOOSABLE
from workstreams.automated import Trigger

logger = logging.getLogger(__name__)


@action
def set_presence(*, user: User, status: str, now: datetime, agent_id: int | None = None) -> Agent:
    """``user``'s choice, which also ends being inactive. Who goes away hands back what was offered with a deadline.

    ``agent_id``: a supervisor chooses for somebody else. Raises Invalid for a status that cannot be chosen;
    SupervisorsOnly, NotFound, NoAgent, Busy.
    """
    if status not in CHOOSABLE:
        raise Invalid(_("There is no such presence."), field="status")
    agent = locked_agent(_whose_presence(user, agent_id))
    agent.choose(Status(status))
    if agent.pk != user.pk:
        logger.info("presence.set_by_supervisor", extra={"agent": agent.pk, "by": user.pk, "status": status})
    if status in ABSENT:
        _withdraw(agent.offers.pending().with_deadline(), now)
    return agent


@action
def set_alert(*, user: User, kind: str, way: str, on: bool) -> Agent:
    """Whether ``user`` is told of this in this way, on every device. Raises Invalid, NoAgent, Busy."""
    if kind not in Kind or way not in Way:
        raise Invalid(field="kind")
    agent = locked_agent(user.pk)
    agent.choose_alert(kind, way, on=on)
    return agent


@action
def sign_in(*, user: User, now: datetime) -> None:
    """Signing in begins at the agent's default presence, unless another console of theirs is open."""
    agent = Agent.objects.locked().filter(pk=user.pk).first()
    if agent is not None and not agent.is_connected(now=now):
        agent.choose(Status(agent.default_presence))


@action
def connect(*, user: User, process_id: uuid.UUID, now: datetime) -> Connection:
    """A console opens, on a socket that this process holds. Raises NoAgent."""
    agent = Agent.objects.active().filter(pk=user.pk).first()
    if agent is None:
        raise NoAgent
    was_here = agent.is_connected(now=now)
    connection = Connection.objects.join(agent=agent, process_id=process_id, now=now)
    if not was_here:
        agent.announce()
    return connection


@action
def disconnect(*, connection_id: int, now: datetime) -> None:
    """A console closes. Its agent is offline some seconds later, if no other opens: a sweep tells."""
    Connection.objects.filter(pk=connection_id, left_at=None).update(left_at=now)


@action
def hand_back(*, user_id: int, now: datetime) -> int:
    """An agent is offline: their offers with a deadline go to others at once, and do not count as missed."""
    lock_agent(user_id)
    agent = Agent.objects.get(pk=user_id)
    if agent.is_connected(now=now):
        return 0
    return _withdraw(agent.offers.pending().with_deadline(), now)


@action
def leave_queue(*, left: tuple[int, int], now: datetime) -> bool:
    """No longer a member: offers from that queue are withdrawn, and what was held for this agent becomes the queue's.

    ``left``: user id and queue id. False when they are a member after all.
    """
    user_id, queue_id = left
    lock_agent(user_id)
    if Membership.objects.filter(agent=user_id, queue=queue_id).exists():
        return False
    held = Conversation.objects.open().filter(preferred_agent=user_id, queue=queue_id)
    _end_affinity(held)
    _withdraw(Offer.objects.pending().filter(agent=user_id, conversation__queue=queue_id), now)
    return True


@action
def deactivate_agent(*, user_id: int, now: datetime, by: User | None = None) -> None:
    """The account is closed in one go (spec §4): it may not sign in, its offers are withdrawn, what it has goes on.

    Active conversations return to their queue without affinity, wrap-ups are closed; waiting ones go to the queue
    when they wake; what they took part in beside others goes on without them. The sockets end with the next look at who may still be connected, within 5 s.
    """
    lock_agent(user_id)
    User.objects.filter(pk=user_id).update(is_active=False)
    for conversation in _concerned(user_id):
        if conversation.preferred_agent_id == user_id:
            conversation.end_affinity()
        elif conversation.agent_id == user_id:
            _let_go(conversation, now, by)
        else:
            leave(conversation, user_id=user_id, now=now)
    _withdraw(Offer.objects.pending().filter(agent=user_id), now)
    Agent(pk=user_id).announce()


@action
def leave_behind(*, held: tuple[uuid.UUID, int], now: datetime) -> bool:
    """The agent is gone: an unanswered customer is queued again, and meets the same agent if they come back;
    otherwise the conversation waits for its agent, where the mode knows waiting.

    ``held``: the conversation's id and its agent's user id. False when it is no longer theirs, or they are back.
    """
    conversation_id, user_id = held
    lock_agent(user_id)
    conversation = Conversation.objects.locked().filter(pk=conversation_id, agent=user_id).first()
    if conversation is None or conversation.state != State.ACTIVE:
        return False
    offline_at = gone_since(user_id, now=now)
    if offline_at is None or conversation.state_changed_at >= offline_at:
        return False
    may_wait = conversation.rules.may_wait
    if may_wait and not conversation.is_unanswered:
        conversation.park(actor=Actor.SYSTEM, user=None, now=now, reason="its agent is gone")
    else:
        add_line(
            conversation,
            Trigger.AGENT_DISCONNECTED,
            now=now,
            agent=agent_name(conversation, conversation.agent),
        )
        # Nobody waits live for somebody who is gone.
        conversation.requeue(
            actor=Actor.SYSTEM, user=None, now=now, keep_affinity=may_wait, reason="its agent is gone"
        )
    return True


@action
def note_freed(*, user_id: int, now: datetime) -> None:
    """For "longest idle": when this agent's places were last freed."""
    Agent.objects.note_freed(user_id=user_id, now=now)


@action
def forget_connections(*, now: datetime) -> None:
    """Drop what is too old to say anything about absence."""
    Connection.objects.forget(now=now)


def _whose_presence(user: User, agent_id: int | None) -> int:
    if agent_id is None or agent_id == user.pk:
        return user.pk
    require_supervisor(user)
    return agent_named(agent_id).user_id


def _concerned(user_id: int) -> list[Conversation]:
    """What is held for this agent, is theirs and not over, or has them as a guest; locked in one order: two who take
    part in each other's conversations may be deactivated at the same time."""
    guest_in = Participant.objects.present().filter(user=user_id).values("conversation")
    concerned = (
        Q(preferred_agent=user_id, state=State.OPEN),
        Q(agent=user_id, state__in=[State.ACTIVE, State.WRAP_UP]),
        Q(pk__in=guest_in),
    )
    # Each by its own index: in one condition, every conversation there ever was would be read.
    found = {
        pk for each in concerned for pk in Conversation.objects.filter(each).values_list("pk", flat=True)
    }
    still = Conversation.objects.filter(reduce(or_, concerned), pk__in=found)
    return list(still.locked().order_by("pk"))


def _let_go(conversation: Conversation, now: datetime, by: User | None) -> None:
    reason = "agent deactivated"
    if conversation.state == State.ACTIVE:
        conversation.requeue(actor=Actor.SYSTEM, user=by, now=now, reason=reason)
    else:
        conversation.close(actor=Actor.SYSTEM, user=by, now=now, reason=reason)


def _end_affinity(held: ConversationQuerySet) -> None:
    for conversation in Conversation.objects.filter(pk__in=held.values("pk")).locked().order_by("pk"):
        if conversation.preferred_agent_id is not None:
            conversation.end_affinity()


def _withdraw(offers: OfferQuerySet, now: datetime) -> int:
    """Callers hold the agent's lock: nobody can answer these meanwhile."""
    found = list(offers.locked().order_by("pk"))
    for offer in found:
        offer.end(OfferState.WITHDRAWN, now=now)
    return len(found)
