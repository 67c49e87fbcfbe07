"""The people on the supervisor's floor: how each stands, what they hold, what is held for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chat.models import Conversation
from chat.states import State
from routing.desk.floor_sieve import FloorSieve
from routing.desk.places import cost_of_all, held_in_words
from routing.floor import as_candidate
from routing.matching import Candidate
from routing.models import Agent
from routing.models.agent import AgentQuerySet
from routing.presence import Status
from workstreams.models import Workstream

PLACES_SHOWN = 12
LOADED = (Status.BUSY, Status.DO_NOT_DISTURB)  # chosen, or derived from the load


@dataclass(frozen=True)
class PersonRow:
    id: int
    name: str
    status: str
    status_label: str | Promise
    reason: str  # for a status that nobody chose
    chosen: str
    places: Sequence[str]  # of each place: "used", "over" or ""
    used: int
    capacity: int
    active: int
    waiting: int
    held: int
    held_since: datetime | None
    is_here: bool
    query: str  # of the address that lists what is active with them


def agents_of_the_floor(now: datetime) -> AgentQuerySet:
    """Everybody who takes conversations, with their load."""
    agents = Agent.objects.active().select_related("user").with_load(now=now).with_connection(now=now)
    return agents.order_by("user__first_name", "user__username")


def people_rows(agents: Sequence[Agent]) -> list[PersonRow]:
    cost = cost_of_all()
    cheapest = Workstream.objects.filter(retired_at=None).aggregate(cost=Min("units"))["cost"] or 1
    work = _work_by_agent()
    held = _held_by_agent()
    return [
        _person(agent, work.get(agent.pk, {}), held.get(agent.pk, (0, None)), cost=cost, cheapest=cheapest)
        for agent in agents
    ]


def _person(
    agent: Agent,
    work: dict[str, int],
    held: tuple[int, datetime | None],
    *,
    cost: int | None,
    cheapest: int,
) -> PersonRow:
    stands = as_candidate(agent)
    return PersonRow(
        id=agent.pk,
        name=agent.name,
        status=stands.status.value,
        status_label=stands.status.label,
        reason=_reason(agent, stands, cost),
        chosen=agent.presence,
        places=_places(stands, cheapest),
        used=stands.used,
        capacity=stands.capacity,
        active=work.get(State.ACTIVE, 0),
        waiting=work.get(State.WAITING, 0),
        held=held[0],
        held_since=held[1],
        is_here=agent.is_here,
        query=FloorSieve(state=State.ACTIVE, agent=agent.pk).query,
    )


def _reason(agent: Agent, stands: Candidate, cost: int | None) -> str:
    """What the system knows where it says more than the agent did."""
    if stands.status is Status.INACTIVE:
        return _("let an offer run out")
    if stands.status in LOADED and stands.status != agent.presence:
        return held_in_words(used=stands.used, capacity=stands.capacity, cost=cost)
    return ""


def _places(stands: Candidate, cost: int) -> list[str]:
    """One for each conversation of the cheapest workstream; what exceeds the capacity stands out."""
    room, used = max(1, stands.capacity // cost), -(-stands.used // cost)
    places = ["used"] * min(used, room) + [""] * (room - used) + ["over"] * (used - room)
    return places[:PLACES_SHOWN]


def _work_by_agent() -> dict[int, dict[str, int]]:
    rows = Conversation.objects.filter(agent__isnull=False, state__in=[State.ACTIVE, State.WAITING])
    counts: dict[int, dict[str, int]] = {}
    for agent_id, state, count in rows.values_list("agent_id", "state").annotate(count=Count("pk")):
        counts.setdefault(agent_id, {})[state] = count
    return counts


def _held_by_agent() -> dict[int, tuple[int, datetime | None]]:
    held = Conversation.objects.open().filter(preferred_agent__isnull=False)
    rows = held.values_list("preferred_agent_id").annotate(count=Count("pk"), oldest=Min("queued_at"))
    return {agent_id: (count, oldest) for agent_id, count, oldest in rows}
