"""The conversations an agent has open side by side. Which ones, their browser remembers, in a cookie; how they stand is
looked up anew each time.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise

from chat.states import State
from chat.words import STATES
from routing.access import conversations_for_agent
from routing.desk.sight import unread_of
from routing.models import Agent

MOST = 12
WITH_KEYS = 9
LENGTH = 36  # of an id as it is written


@dataclass(frozen=True)
class Opened:
    """``key``: the digit that leads there."""

    id: uuid.UUID
    name: str
    state: str
    state_label: str | Promise
    unread: int
    key: int | None
    is_shown: bool


def opened_by(agent: Agent, request: HttpRequest) -> Sequence[Opened]:
    """In the order in which they were opened. What is closed leaves with the next step of its reader."""
    shown = _shown_in(request)
    ids = _ids_in(request.COOKIES.get(cookie_of(agent), ""), shown)
    found = conversations_for_agent(agent).filter(pk__in=ids).select_related("customer")
    rows = {row.pk: row for row in found if row.state != State.CLOSED or row.pk == shown}
    unread = unread_of(list(rows.values()), user_id=agent.pk)
    return [
        Opened(
            id=row.pk,
            name=row.customer.display_name,
            state=row.state,
            state_label=STATES[State(row.state)],
            unread=unread.get(row.pk, 0),
            key=place if place <= WITH_KEYS else None,
            is_shown=row.pk == shown,
        )
        for place, row in enumerate((rows[pk] for pk in ids if pk in rows), start=1)
    ]


def cookie_of(agent: Agent) -> str:
    """static/console/opened.js writes it: whoever else signs in at this browser has another."""
    return f"opened_{agent.pk}"


def _ids_in(cookie: str, shown: uuid.UUID | None) -> list[uuid.UUID]:
    """As the cookie names them, and the one that is shown, were it named or not."""
    named = [pk for text in cookie.split(".")[-MOST:] if (pk := _id(text))]
    if shown is not None and shown not in named:
        named.append(shown)
    return list(dict.fromkeys(named))[-MOST:]


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) == LENGTH else None
    except ValueError:
        return None


def _shown_in(request: HttpRequest) -> uuid.UUID | None:
    """By the page's address, of which htmx tells when it asks for a panel."""
    try:
        match = resolve(urlsplit(request.headers.get("HX-Current-URL", request.path)).path)
    except (Resolver404, ValueError):
        return None
    shown = match.kwargs.get("conversation_id")
    return shown if isinstance(shown, uuid.UUID) else None
