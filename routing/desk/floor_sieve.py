"""To what a supervisor has narrowed the floor's conversations: a state, a queue, an agent. Kept in the page's address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet
from django.utils.http import urlencode

from chat.models.conversation_queries import ConversationQuerySet
from chat.states import State
from routing.desk.sieve import number_in
from routing.models import Agent
from routing.models.agent import AgentQuerySet
from routing.standing import STANDING
from workstreams.models import Queue

GOING_ON = (State.OPEN, State.ACTIVE)
LATE = "late"


@dataclass(frozen=True)
class FloorSieve:
    """Without a state: what goes on. ``late``: of that, only what waits for an answer too long. Values that mean nothing
    are left out."""

    state: State | None = None
    late: bool = False
    queue: int | None = None
    agent: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> FloorSieve:
        state = query.get("state", "")
        return cls(
            state=State(state) if state in STANDING else None,
            late=state == LATE,
            queue=number_in(query.get("queue", "")),
            agent=number_in(query.get("agent", "")),
        )

    def at(self, state: State | None) -> FloorSieve:
        return replace(self, state=state, late=False)

    @property
    def overdue(self) -> FloorSieve:
        return replace(self, state=None, late=True)

    @property
    def standing(self) -> str:
        """As the address has it."""
        return LATE if self.late else self.state or ""

    @property
    def query(self) -> str:
        """``?state=waiting&queue=3``; empty for the floor as it usually is."""
        told = {"state": self.standing, "queue": self.queue or "", "agent": self.agent or ""}
        kept = {name: value for name, value in told.items() if value}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def is_narrow(self) -> bool:
        return self != FloorSieve()

    @property
    def states(self) -> tuple[State, ...]:
        return GOING_ON if self.state is None else (self.state,)

    def placed(self, rows: ConversationQuerySet) -> ConversationQuerySet:
        """Those of the queue and the agent, in whatever state; what is kept for an agent counts as theirs."""
        if self.queue is not None:
            rows = rows.filter(queue=self.queue)
        if self.agent is not None:
            rows = rows.filter(Q(agent=self.agent) | Q(preferred_agent=self.agent))
        return rows


# -- as the form shows it


def queue_choices() -> QuerySet[Queue]:
    return Queue.objects.filter(retired_at=None).order_by("name")


def agent_choices() -> AgentQuerySet:
    return Agent.objects.active().select_related("user").order_by("user__first_name", "user__username")
