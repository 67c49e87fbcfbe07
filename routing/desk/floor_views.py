"""The supervisor's page: the floor, drawn by the server, refreshed when something has changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from chat.errors import NotFound
from routing.desk.floor_page import floor_page, waiting_with
from routing.desk.floor_sieve import FloorSieve, agent_choices, queue_choices
from routing.desk.people import for_supervisors
from routing.desk.views import page_context
from routing.models import Agent


@for_supervisors
def floor(request: HttpRequest, agent: Agent) -> HttpResponse:
    sieve = FloorSieve.read(request.GET)
    context = {"sieve": sieve, "floor": floor_page(sieve, now=timezone.now())}
    if request.headers.get("HX-Request") == "true":
        return render(request, "console/floor_panel.html", context | {"oob": True})
    choices = {"queues": queue_choices(), "agents": agent_choices()}
    return render(request, "console/floor.html", page_context(agent, part="floor") | context | choices)


@for_supervisors
def waiting(request: HttpRequest, agent: Agent, user_id: int) -> HttpResponse:
    """What waits with one agent: to give it to others, or to release it while they are on leave."""
    whose = Agent.objects.select_related("user").filter(pk=user_id).first()
    if whose is None:
        raise NotFound
    rows = waiting_with(user_id, now=timezone.now())
    return render(request, "console/_waiting_with.html", {"whose": whose, "rows": rows})
