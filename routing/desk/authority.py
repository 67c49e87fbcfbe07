"""By what right an agent's socket is open: a session, a password and a role. When one of them ends, it closes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from chat.errors import NotFound
from chat.models import Participant
from chat.realtime import keeper
from chat.realtime.audience import agent_address
from chat.realtime.hub import Standing, hub
from chat.states import State
from routing.access import agent_for_user
from routing.desk.audience import people_of
from routing.models import Agent, Connection

AGENT_SESSION = "agent_session"


@dataclass(frozen=True)
class Right:
    session_key: str
    user_id: int
    password_mark: str
    role: str

    def __str__(self) -> str:
        return self.session_key  # by which the hub closes every socket of one session

    def agent(self) -> Agent:
        return Agent.objects.select_related("user").get(pk=self.user_id)


def right_of(scope: Mapping[str, Any]) -> Right | None:
    """The right of a connection that brings a signed-in agent's session cookie; None for everybody else."""
    user: User | AnonymousUser = scope["user"]
    try:
        agent = agent_for_user(user)
    except NotFound:
        return None
    session_key = scope["session"].session_key
    return (
        Right(session_key, agent.pk, agent.user.get_session_auth_hash(), agent.role) if session_key else None
    )


def still_valid(keys: set[Hashable], now: datetime) -> set[Hashable]:
    """Two queries for all sockets of this process."""
    rights = {key for key in keys if isinstance(key, Right)}
    sessions = Session.objects.filter(
        session_key__in={right.session_key for right in rights}, expire_date__gt=now
    )
    living = set(sessions.values_list("session_key", flat=True))
    agents = Agent.objects.active().select_related("user").filter(pk__in={right.user_id for right in rights})
    standing = {agent.pk: (agent.user.get_session_auth_hash(), agent.role) for agent in agents}
    return {
        right
        for right in rights
        if right.session_key in living and standing.get(right.user_id) == (right.password_mark, right.role)
    }


def tail_of_agents(recent: keeper.Recent) -> Iterable[keeper.Expected]:
    """How far the consoles of agents should be in conversations where something has happened."""
    for conversation in recent.conversations:
        if conversation.state != State.CLOSED:
            for user_id in people_of(conversation):
                pk = str(conversation.pk)
                yield keeper.Expected(agent_address(user_id), pk, recent.standings[pk])
    yield from _of_guests(recent.since, recent.until)


def _of_guests(since: datetime, until: datetime) -> Iterable[keeper.Expected]:
    """Whoever was asked for advice or has joined, which is no transition, should know of it."""
    came = Participant.objects.present().filter(joined_at__gte=since, joined_at__lt=until)
    for user_id, pk, version in came.values_list("user", "conversation", "conversation__version"):
        yield keeper.Expected(agent_address(user_id), str(pk), Standing(version=version))


def watch() -> None:
    """Have the keeper ask these questions, and do not wait for it when somebody signs out."""
    keeper.add_tail(tail_of_agents)
    keeper.add_authority(AGENT_SESSION, still_valid)
    keeper.add_presence(Connection)
    user_logged_out.connect(_close_consoles, dispatch_uid="routing.desk.sign_out")


def _close_consoles(request: HttpRequest, **_: object) -> None:
    """Every tab of this session, in every process."""
    if request.session.session_key:
        hub.disconnect(kind=AGENT_SESSION, key=request.session.session_key)
