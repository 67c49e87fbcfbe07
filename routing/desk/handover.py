"""To whom a conversation can be handed on, and why not to the others: colleagues, and queues with their hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chat.models import Conversation
from chat.states import State
from routing.desk.party import party_of
from routing.floor import as_candidate
from routing.matching import Candidate, Obstacle, Work, obstacle
from routing.models import Agent, Membership, Offer
from routing.presence import Status
from workstreams import hours
from workstreams.models import Queue


@dataclass(frozen=True)
class Colleague:
    """``hindrance``: why it cannot be handed to them; empty: it can."""

    id: int
    name: str
    status: str
    status_label: str | Promise
    room: str
    hindrance: str
    may_be_asked: bool  # for advice


@dataclass(frozen=True)
class Place:
    """A queue. ``opens_at`` only while it is closed: None then means not within a year."""

    id: int
    name: str
    is_open: bool
    opens_at: datetime | None
    is_present: bool  # where it lies now
    is_served: bool  # somebody who may sign in is a member


@dataclass(frozen=True)
class HandOver:
    """``is_given``: a supervisor gives it at once, to anybody; otherwise a colleague is asked."""

    is_given: bool
    may_consult: bool
    colleagues: Sequence[Colleague]
    others: Sequence[Colleague]  # not in its queue
    queues: Sequence[Place]
    asked: str  # who is being asked to take it over already


def hand_over_of(conversation: Conversation, *, agent: Agent, now: datetime) -> HandOver:
    """``conversation`` was fetched through the agent, with its people."""
    may_consult = conversation.agent_id == agent.pk and conversation.state == State.ACTIVE
    present = {one.user_id for one in party_of(conversation, agent=agent).present}
    work = Work(units=conversation.units, allowed=frozenset(conversation.workstream.allowed_presences))
    members = set(Membership.objects.filter(queue=conversation.queue_id).values_list("agent", flat=True))
    people = [
        _colleague(
            as_candidate(one),
            work,
            now,
            is_given=agent.is_supervisor,
            may_be_asked=may_consult and one.is_here and one.pk not in present,
        )
        for one in _agents(conversation, now)
        # Whoever is neither a member nor there is of no use, but for a supervisor, who may give it to anybody.
        if one.pk in members or one.is_here or agent.is_supervisor
    ]
    return HandOver(
        is_given=agent.is_supervisor,
        may_consult=may_consult,
        colleagues=[person for person in people if person.id in members],
        others=[person for person in people if person.id not in members],
        queues=list(_places(conversation, agent, now)),
        asked=_asked(conversation),
    )


def _agents(conversation: Conversation, now: datetime) -> list[Agent]:
    """Everybody but whoever has it. Those who are there come first: the others mostly say why not."""
    agents = Agent.objects.active().select_related("user").with_load(now=now).with_connection(now=now)
    agents = agents.exclude(pk=conversation.agent_id or 0)
    return sorted(agents.order_by("user__first_name", "user__username"), key=lambda agent: not agent.is_here)


def _colleague(
    stands: Candidate, work: Work, now: datetime, *, is_given: bool, may_be_asked: bool
) -> Colleague:
    return Colleague(
        id=stands.user_id,
        name=stands.name,
        status=stands.status.value,
        status_label=stands.status.label,
        room=_room(stands),
        hindrance="" if is_given else _hindrance(stands, work, now),
        may_be_asked=may_be_asked,
    )


def _asked(conversation: Conversation) -> str:
    offer = Offer.objects.pending().filter(conversation=conversation).select_related("agent__user").first()
    return offer.agent.name if offer else ""


def _hindrance(stands: Candidate, work: Work, now: datetime) -> str:
    """As short as a line of a list takes; the action that decides says the same."""
    found = obstacle(candidate=stands, work=work, now=now)
    if found is Obstacle.NO_ROOM:
        told = _("No room: %(free)d units free, %(units)d needed")
        return told % {"free": max(0, stands.free), "units": work.units}
    if found is Obstacle.OFFLINE:
        return _("Not connected")
    return str(stands.status.label) if found else ""


def _room(stands: Candidate) -> str:
    if stands.status is Status.OFFLINE:
        return ""
    return _("%(free)d of %(all)d units free") % {"free": max(0, stands.free), "all": stands.capacity}


def _places(conversation: Conversation, agent: Agent, now: datetime) -> Iterable[Place]:
    """A supervisor may return it to its own queue here, too; for its agent that is a button of its own."""
    queues = Queue.objects.filter(retired_at=None).select_related("operating_hours")
    queues = queues.prefetch_related("operating_hours__intervals", "operating_hours__holidays")
    if not agent.is_supervisor:
        queues = queues.exclude(pk=conversation.queue_id)
    served = set(Membership.objects.filter(agent__user__is_active=True).values_list("queue", flat=True))
    for queue in queues.order_by("priority", "name"):
        calendar = queue.calendar()
        is_open = hours.is_open(calendar=calendar, at=now)
        yield Place(
            id=queue.pk,
            name=queue.name,
            is_open=is_open,
            opens_at=None if is_open else hours.opens_at(calendar=calendar, after=now),
            is_present=queue.pk == conversation.queue_id,
            is_served=queue.pk in served,
        )
