"""How this agent is told of what happens: kept for them, whatever browser they use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from routing.actions import set_alert
from routing.alerts import Kind, Way, alerts_of
from routing.desk.people import for_agents
from routing.models import Agent


@dataclass(frozen=True)
class Switch:
    kind: str
    way: str
    label: str
    is_on: bool


@dataclass(frozen=True)
class Line:
    """One kind of thing that happens, with a switch for each way."""

    kind: str
    label: str
    switches: Sequence[Switch]


@require_POST
@for_agents
def alerts(request: HttpRequest, agent: Agent) -> HttpResponse:
    """One switch: ``kind``, ``way`` and ``on``."""
    told = request.POST
    set_alert(
        user=agent.user, kind=told.get("kind", ""), way=told.get("way", ""), on=told.get("on") == "true"
    )
    return HttpResponse(status=204)


def lines_of(agent: Agent) -> list[Line]:
    chosen = alerts_of(agent.alerts)
    return [
        Line(kind.value, str(kind.label), [_switch(kind, way, chosen[kind][way]) for way in Way])
        for kind in Kind
    ]


def _switch(kind: Kind, way: Way, is_on: bool) -> Switch:
    return Switch(kind.value, way.value, f"{way.label}: {kind.label}", is_on)
