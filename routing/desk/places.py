"""How much an agent holds, in words: in places where every conversation costs the same, else in units."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from routing.models import Agent
from workstreams.models import Workstream


def cost_of_all() -> int | None:
    """What a conversation costs, where all workstreams agree."""
    return _only(set(Workstream.objects.filter(retired_at=None).values_list("units", flat=True)))


def cost_for(agent: Agent) -> int | None:
    """The same for the workstreams of this agent's queues alone."""
    streams = Workstream.objects.filter(queue__memberships__agent=agent, retired_at=None)
    return _only(set(streams.values_list("units", flat=True)))


def held_in_words(*, used: int, capacity: int, cost: int | None) -> str:
    """Such as: 3 of 4 places, 75 of 100 units."""
    if cost is None:
        return _("%(used)d of %(all)d units") % {"used": used, "all": capacity}
    places = capacity // cost
    said = ngettext("%(used)d of %(all)d place", "%(used)d of %(all)d places", places)
    return said % {"used": -(-used // cost), "all": places}


def _only(costs: set[int]) -> int | None:
    return costs.pop() if len(costs) == 1 else None
