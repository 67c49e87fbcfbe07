"""How many conversations stand in which state: in each queue, and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from chat.states import State
from chat.words import STATES
from routing.desk.floor_sieve import FloorSieve
from routing.standing import STANDING, Standing

ONGOING = _("Ongoing")
UNANSWERED = _("Unanswered for 24 h")


@dataclass(frozen=True)
class StateCount:
    """``query``: of the address that lists them."""

    label: str | Promise
    count: int | None
    query: str
    is_chosen: bool = False
    is_late: bool = False


def counts_for(sieve: FloorSieve, standing: Standing, *, late: int) -> list[StateCount]:
    """What the list can show, within the chosen queue and agent. What goes on is the first two together."""
    counts = _of_agent(sieve) if sieve.agent is not None else in_queues(standing, sieve.queue)
    going_on = StateCount(ONGOING, None, sieve.at(None).query, not sieve.standing)
    overdue = StateCount(UNANSWERED, late, sieve.overdue.query, sieve.late, is_late=True)
    return [going_on, *counted(STANDING, counts, sieve), *([overdue] if late or sieve.late else [])]


def in_queues(standing: Standing, queue_id: int | None = None) -> Counter[State]:
    """In this one, or in all."""
    if queue_id is not None:
        return standing.get(queue_id, Counter())
    return sum(standing.values(), Counter())


def counted(states: Iterable[State], counts: Counter[State], sieve: FloorSieve) -> Sequence[StateCount]:
    return [
        StateCount(STATES[state], counts[state], sieve.at(state).query, state == sieve.state)
        for state in states
    ]


def _of_agent(sieve: FloorSieve) -> Counter[State]:
    rows = sieve.placed(Conversation.objects.filter(state__in=STANDING)).values_list("state")
    return Counter({State(state): count for state, count in rows.annotate(count=Count("pk"))})
