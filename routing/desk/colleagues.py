"""Whom a note can mention."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from routing.access import conversation_for_agent
from routing.desk.people import for_agents
from routing.models import Agent


@for_agents
def colleagues(request: HttpRequest, agent: Agent, conversation_id: uuid.UUID) -> HttpResponse:
    """Everybody who works here but the agent who asks."""
    conversation_for_agent(agent=agent, conversation_id=conversation_id)
    others = Agent.objects.active().exclude(pk=agent.pk).select_related("user")
    named = sorted(others, key=lambda one: one.name.casefold())
    return render(request, "console/_colleagues.html", {"colleagues": named})
