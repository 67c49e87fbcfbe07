"""The supervisor's floor: queues, people, what is held for somebody absent, what waits with nobody, and what goes on
or else is asked for. Some queries in all, however much there is.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from django.db.models import F, Q

from chat.models import Conversation
from chat.models.conversation_queries import ConversationQuerySet
from chat.states import State
from routing.desk.floor_people import PersonRow, agents_of_the_floor, people_rows
from routing.desk.floor_queues import Cards, cards_of, queues_of_the_floor
from routing.desk.floor_rows import UNANSWERED_FOR, Calendars, OngoingRow, overdue, rows_of
from routing.desk.floor_sieve import GOING_ON, FloorSieve
from routing.desk.floor_states import StateCount, counts_for
from routing.floor import as_candidate
from routing.standing import standing_in_queues

LONGEST = 200
# Longest in this state first; what has ended, latest first.
ORDERS: Mapping[State | None, Sequence[str]] = {
    None: ("-state", "queued_at"),
    State.OPEN: ("queued_at",),
    State.ACTIVE: ("queued_at",),
    State.WAITING: ("last_message_at",),
    State.WRAP_UP: ("-state_changed_at",),
}


@dataclass(frozen=True)
class Part:
    rows: Sequence[OngoingRow]
    count: int  # with those that are not listed

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class FloorPage:
    cards: Cards
    people: Sequence[PersonRow]
    held: Part  # for somebody absent
    nobodys: Part  # waiting
    listed: Part  # what goes on, or what it is narrowed to
    states: Sequence[StateCount]


def floor_page(sieve: FloorSieve, *, now: datetime) -> FloorPage:
    agents = list(agents_of_the_floor(now))
    here = {agent.pk: agent.is_here for agent in agents}
    queues = queues_of_the_floor()
    calendars = {queue.pk: queue.calendar() for queue in queues}
    standing = standing_in_queues()
    candidates = {agent.pk: as_candidate(agent) for agent in agents}
    late = _late(sieve, calendars, now)
    held, nobodys, listed = _parts(sieve, late=late, here=here, calendars=calendars, now=now)
    return FloorPage(
        cards=cards_of(queues, calendars=calendars, standing=standing, candidates=candidates, now=now),
        people=people_rows(agents),
        held=held,
        nobodys=nobodys,
        listed=listed,
        states=counts_for(sieve, standing, late=len(late)),
    )


def waiting_with(user_id: int, *, now: datetime) -> list[OngoingRow]:
    """What this agent has parked, the longest silent first."""
    waiting = Conversation.objects.filter(agent=user_id, state=State.WAITING).with_people()
    return rows_of(list(waiting.order_by("last_message_at")[:LONGEST]), here={}, calendars={}, now=now)


def _parts(
    sieve: FloorSieve,
    *,
    late: Collection[uuid.UUID],
    here: Mapping[int, bool],
    calendars: Calendars,
    now: datetime,
) -> list[Part]:
    """What is held for somebody absent, what waits with nobody, and what is listed: none crowds out another."""
    absent = Q(preferred_agent__isnull=False) & ~Q(preferred_agent__in=[pk for pk in here if here[pk]])
    parts: list[ConversationQuerySet] = [
        Conversation.objects.held().filter(absent).order_by("queued_at"),
        _waiting_with_nobody().order_by("last_message_at"),
        _listed(sieve, late, absent),
    ]
    found = [list(part.with_people()[:LONGEST]) for part in parts]
    shown = iter(rows_of([*chain(*found)], here=here, calendars=calendars, now=now))
    return [
        Part(rows=list(islice(shown, len(rows))), count=_count(part, rows))
        for part, rows in zip(parts, found, strict=True)
    ]


def _late(sieve: FloorSieve, calendars: Calendars, now: datetime) -> set[uuid.UUID]:
    """Persistent, and unanswered for a day of opening time (spec §7). Only what is as old can be."""
    unanswered = Conversation.objects.filter(
        state__in=GOING_ON, last_customer_seq__gt=F("last_agent_seq"), started_at__lt=now - UNANSWERED_FOR
    )
    return overdue(list(sieve.placed(unanswered)), calendars, now)


def _listed(sieve: FloorSieve, late: Collection[uuid.UUID], absent: Q) -> ConversationQuerySet:
    """What is held stands above the list already; one that was narrowed is whole."""
    if sieve.late:
        return Conversation.objects.filter(pk__in=late).order_by("queued_at")
    rows = sieve.placed(Conversation.objects.filter(state__in=sieve.states)).order_by(*ORDERS[sieve.state])
    return rows if sieve.is_narrow else rows.exclude(absent)


def _waiting_with_nobody() -> ConversationQuerySet:
    """Released from their agent, or with one whose account is closed: who writes again goes to the queue."""
    nobody = Q(agent=None) | Q(agent__is_active=False)
    return Conversation.objects.filter(nobody, state=State.WAITING)


def _count(part: ConversationQuerySet, rows: Sequence[Conversation]) -> int:
    """Asked for only where the list is cut."""
    return len(rows) if len(rows) < LONGEST else max(part.count(), len(rows))
