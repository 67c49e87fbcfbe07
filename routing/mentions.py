"""Whom an internal message mentions: @ and a colleague's whole name, or the name they sign in with."""

from __future__ import annotations

import re

from routing.models import Agent


def mentioned_in(body: str) -> list[int]:
    """The user ids of those who work here and are named. Of two who share a name, both."""
    if "@" not in body:
        return []
    agents = Agent.objects.active().select_related("user")
    return [agent.pk for agent in agents if _is_named(agent, body)]


def _is_named(agent: Agent, body: str) -> bool:
    names = "|".join(re.escape(name) for name in (agent.name, agent.user.get_username()))
    return re.search(rf"(?<!\w)@(?:{names})(?!\w)", body, re.IGNORECASE) is not None
