"""What is set up so that conversations wait for nobody: sentences for administrators that say what to change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from routing.models import Agent
from routing.presence import CHOOSABLE, Status
from workstreams import hours
from workstreams.models import Distribution, Queue, Workstream
from workstreams.opening import hours_in_words

# In these somebody may be offered work; nobody who is offline is.
PRESENT = frozenset(CHOOSABLE) - {Status.OFFLINE}


def of_queue(queue: Queue, *, now: datetime) -> list[str]:
    return [
        *_of_its_members(queue),
        *_of_its_hours(queue, now),
        *(told for stream in leading_to(queue) for told in _of_its_room(queue, stream)),
    ]


def of_workstream(stream: Workstream, *, now: datetime) -> list[str]:
    """What stands in its own way, and in that of its fallback queue."""
    return [
        *_of_its_presences(stream),
        *_of_its_fallback(stream, now),
        *_of_its_members(stream.queue),
        *(told for queue in led_to(stream) for told in _of_its_room(queue, stream)),
    ]


def of_agent(agent: Agent) -> list[str]:
    if not agent.user.is_active:
        return []
    queues = list(agent.queues.filter(retired_at=None).order_by("name"))
    if not queues and agent.is_supervisor:
        return []  # whoever runs the floor need not take conversations
    if not queues:
        told = _("%(name)s serves no queue: nothing is offered to them. Add a queue.")
        return [told % {"name": agent}]
    if not agent.capacity:
        told = _(
            "%(name)s has a capacity of 0: nothing new is ever offered to them. Give them what one conversation costs, "
            "or more."
        )
        return [told % {"name": agent}]
    return list(_of_their_room(agent, queues))


def leading_to(queue: Queue) -> QuerySet[Workstream]:
    """Workstreams in service whose conversations begin there, as far as their own settings say."""
    rules = Q(rules_in_order__queues_in_order__queue=queue)
    return Workstream.objects.filter(Q(queue=queue) | rules, retired_at=None).distinct().order_by("name")


def led_to(stream: Workstream) -> QuerySet[Queue]:
    rules = Q(rules__rule__workstream=stream)
    return Queue.objects.filter(Q(workstreams=stream) | rules, retired_at=None).distinct().order_by("name")


def _of_its_members(queue: Queue) -> Iterator[str]:
    members = Agent.objects.members_of(queue)
    if not members.exists():
        told = _("“%(queue)s” has no members: conversations will wait there until somebody joins.")
        yield told % {"queue": queue}
    elif not members.active().exists():
        told = _(
            "No member of “%(queue)s” may sign in any more: conversations will wait there until somebody joins. Add a "
            "member, or retire the queue."
        )
        yield told % {"queue": queue}


def _of_its_hours(queue: Queue, now: datetime) -> Iterator[str]:
    if queue.operating_hours is not None and hours.opens_at(calendar=queue.calendar(), after=now) is None:
        told = _(
            "“%(queue)s” never opens: nothing that waits there is offered. Add an interval to “%(hours)s”, or choose "
            "other hours."
        )
        yield told % {"queue": queue, "hours": queue.operating_hours}


def _of_its_fallback(stream: Workstream, now: datetime) -> Iterator[str]:
    queue = stream.queue
    named = {"queue": queue, "stream": stream, "hours": hours_in_words(queue, at=now)}
    if queue.retired_at is not None:
        told = _(
            "“%(queue)s”, the fallback queue of “%(stream)s”, is retired. Choose another fallback queue."
        )
        yield told % named
    yield from _of_its_hours(queue, now)
    if not queue.is_open(now):
        told = _("The fallback queue “%(queue)s” is outside its hours: what comes now waits. %(hours)s.")
        yield told % named


def _of_its_presences(stream: Workstream) -> Iterator[str]:
    allowed = PRESENT.intersection(stream.allowed_presences)
    if not allowed:
        told = _(
            "Nobody can have a presence that “%(stream)s” allows: nothing is offered. Allow “Available”."
        )
        yield told % {"stream": stream}
    elif Status.AVAILABLE not in allowed:
        told = _("“%(stream)s” offers nothing to agents who are available. Allow “Available” as well.")
        yield told % {"stream": stream}


def _of_its_room(queue: Queue, stream: Workstream) -> Iterator[str]:
    """Nobody there can ever hold one conversation of the workstream."""
    if stream.distribution == Distribution.PICK and stream.pick_over_capacity:
        return
    most = Agent.objects.members_of(queue).active().aggregate(most=Max("capacity"))["most"]
    if most is not None and most < stream.units:
        told = _(
            "A conversation of “%(stream)s” costs %(units)d units, and no member of “%(queue)s” has more than "
            "%(most)d: nobody can ever be offered it. Raise a capacity, or lower the units."
        )
        yield told % {"stream": stream, "units": stream.units, "queue": queue, "most": most}


def _of_their_room(agent: Agent, queues: Iterable[Queue]) -> Iterator[str]:
    """Queues where this agent has too little for every conversation that comes."""
    for queue in queues:
        units = [stream.units for stream in leading_to(queue)]
        if units and min(units) > agent.capacity:
            told = _(
                "%(name)s can hold %(capacity)d units, and what comes to “%(queue)s” costs at least %(units)d: nothing "
                "from there is offered to them. Raise the capacity."
            )
            yield told % {"name": agent, "capacity": agent.capacity, "queue": queue, "units": min(units)}
