"""The supervisor's floor: queues, people, what is held for somebody absent, what waits with nobody, and what goes on.
A few queries in all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from django.db.models import Count, Min, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from chat.models import Conversation
from chat.models.conversation_queries import ConversationQuerySet
from chat.states import State
from routing.desk.floor_rows import Calendars, OngoingRow, rows_of
from routing.desk.places import cost_of_all, held_in_words
from routing.floor import as_candidate
from routing.matching import Candidate
from routing.models import Agent, Membership
from routing.models.agent import AgentQuerySet
from routing.presence import Status
from workstreams import hours
from workstreams.models import Queue, Workstream

LATE_AFTER = timedelta(minutes=5)
LONGEST = 200
PLACES_SHOWN = 12
RECEIVING = (Status.AVAILABLE, Status.BUSY)
LOADED = (Status.BUSY, Status.DO_NOT_DISTURB)  # chosen, or derived from the load


@dataclass(frozen=True)
class QueueCard:
    name: str
    is_served: bool  # somebody who may sign in is a member
    is_open: bool
    until: datetime | None  # when that changes
    open: int
    oldest_at: datetime | None
    is_late: bool
    free: int


@dataclass(frozen=True)
class PersonRow:
    id: int
    name: str
    status: str
    status_label: str | Promise
    reason: str  # for a status that nobody chose
    chosen: str
    places: Sequence[str]  # of each place: "used", "over" or ""
    used: int
    capacity: int
    active: int
    waiting: int
    held: int
    held_since: datetime | None
    is_here: bool


@dataclass(frozen=True)
class Part:
    rows: Sequence[OngoingRow]
    count: int  # with those that are not listed

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class FloorPage:
    queues: Sequence[QueueCard]
    people: Sequence[PersonRow]
    held: Part  # for somebody absent
    nobodys: Part  # waiting
    ongoing: Part


def floor_page(*, now: datetime) -> FloorPage:
    agents = list(_agents(now))
    here = {agent.pk: agent.is_here for agent in agents}
    queues = list(_queues())
    calendars = {queue.pk: queue.calendar() for queue in queues}
    in_use = [queue for queue in queues if queue.retired_at is None]
    held, nobodys, ongoing = _parts(here=here, calendars=calendars, now=now)
    return FloorPage(
        queues=_cards(in_use, calendars, {agent.pk: as_candidate(agent) for agent in agents}, now),
        people=_people(agents),
        held=held,
        nobodys=nobodys,
        ongoing=ongoing,
    )


def waiting_with(user_id: int, *, now: datetime) -> list[OngoingRow]:
    """What this agent has parked, the longest silent first."""
    waiting = Conversation.objects.filter(agent=user_id, state=State.WAITING).with_people()
    return rows_of(list(waiting.order_by("last_message_at")[:LONGEST]), here={}, calendars={}, now=now)


def _parts(*, here: Mapping[int, bool], calendars: Calendars, now: datetime) -> list[Part]:
    """What is held for somebody absent, what waits with nobody, and what goes on: none crowds out another."""
    absent = Q(preferred_agent__isnull=False) & ~Q(preferred_agent__in=[pk for pk in here if here[pk]])
    under_way = Conversation.objects.filter(state__in=[State.OPEN, State.ACTIVE])
    parts: list[ConversationQuerySet] = [
        Conversation.objects.held().filter(absent).order_by("queued_at"),
        _waiting_with_nobody().order_by("last_message_at"),
        under_way.exclude(absent).order_by("-state", "queued_at"),
    ]
    listed = [list(part.with_people()[:LONGEST]) for part in parts]
    shown = iter(rows_of([*chain(*listed)], here=here, calendars=calendars, now=now))
    return [
        Part(rows=list(islice(shown, len(rows))), count=_count(part, rows))
        for part, rows in zip(parts, listed, strict=True)
    ]


def _waiting_with_nobody() -> ConversationQuerySet:
    """Released from their agent, or with one whose account is closed: who writes again goes to the queue."""
    nobody = Q(agent=None) | Q(agent__is_active=False)
    return Conversation.objects.filter(nobody, state=State.WAITING)


def _count(part: ConversationQuerySet, rows: Sequence[Conversation]) -> int:
    """Asked for only where the list is cut."""
    return len(rows) if len(rows) < LONGEST else max(part.count(), len(rows))


# -- queues


def _queues() -> Iterable[Queue]:
    """The retired too: conversations may still be in them."""
    rows = Queue.objects.select_related("operating_hours")
    rows = rows.prefetch_related("operating_hours__intervals", "operating_hours__holidays")
    return rows.order_by("priority", "name")


def _cards(
    queues: Iterable[Queue], calendars: Calendars, candidates: dict[int, Candidate], now: datetime
) -> list[QueueCard]:
    waiting = {
        queue_id: (count, oldest)
        for queue_id, count, oldest in Conversation.objects.open()
        .values_list("queue_id")
        .annotate(count=Count("pk"), oldest=Min("queued_at"))
    }
    members: dict[int, list[int]] = {}
    for queue_id, user_id in Membership.objects.values_list("queue_id", "agent_id"):
        members.setdefault(queue_id, []).append(user_id)
    return [
        _card(
            queue,
            calendars[queue.pk],
            waiting.get(queue.pk, (0, None)),
            _free(members.get(queue.pk, ()), candidates),
            now,
        )
        for queue in queues
    ]


def _free(user_ids: Iterable[int], candidates: dict[int, Candidate]) -> int | None:
    """How many members would be offered work now; None where nobody serves."""
    people = [candidates[pk] for pk in user_ids if pk in candidates]
    return None if not people else sum(person.status in RECEIVING and person.free > 0 for person in people)


def _card(
    queue: Queue,
    calendar: hours.Calendar | None,
    waiting: tuple[int, datetime | None],
    free: int | None,
    now: datetime,
) -> QueueCard:
    count, oldest = waiting
    is_open = hours.is_open(calendar=calendar, at=now)
    change = hours.closes_at if is_open else hours.opens_at
    return QueueCard(
        name=queue.name,
        is_served=free is not None,
        is_open=is_open,
        until=change(calendar=calendar, after=now),
        open=count,
        oldest_at=oldest,
        is_late=is_open and oldest is not None and oldest < now - LATE_AFTER,
        free=free or 0,
    )


# -- people


def _agents(now: datetime) -> AgentQuerySet:
    """Everybody who takes conversations, with their load."""
    agents = Agent.objects.active().select_related("user").with_load(now=now).with_connection(now=now)
    return agents.order_by("user__first_name", "user__username")


def _people(agents: Sequence[Agent]) -> list[PersonRow]:
    cost = cost_of_all()
    cheapest = Workstream.objects.filter(retired_at=None).aggregate(cost=Min("units"))["cost"] or 1
    work = _work_by_agent()
    held = _held_by_agent()
    return [
        _person(agent, work.get(agent.pk, {}), held.get(agent.pk, (0, None)), cost=cost, cheapest=cheapest)
        for agent in agents
    ]


def _person(
    agent: Agent,
    work: dict[str, int],
    held: tuple[int, datetime | None],
    *,
    cost: int | None,
    cheapest: int,
) -> PersonRow:
    stands = as_candidate(agent)
    return PersonRow(
        id=agent.pk,
        name=agent.name,
        status=stands.status.value,
        status_label=stands.status.label,
        reason=_reason(agent, stands, cost),
        chosen=agent.presence,
        places=_places(stands, cheapest),
        used=stands.used,
        capacity=stands.capacity,
        active=work.get(State.ACTIVE, 0),
        waiting=work.get(State.WAITING, 0),
        held=held[0],
        held_since=held[1],
        is_here=agent.is_here,
    )


def _reason(agent: Agent, stands: Candidate, cost: int | None) -> str:
    """What the system knows where it says more than the agent did."""
    if stands.status is Status.INACTIVE:
        return _("let an offer run out")
    if stands.status in LOADED and stands.status != agent.presence:
        return held_in_words(used=stands.used, capacity=stands.capacity, cost=cost)
    return ""


def _places(stands: Candidate, cost: int) -> list[str]:
    """One for each conversation of the cheapest workstream; what exceeds the capacity stands out."""
    room, used = max(1, stands.capacity // cost), -(-stands.used // cost)
    places = ["used"] * min(used, room) + [""] * (room - used) + ["over"] * (used - room)
    return places[:PLACES_SHOWN]


def _work_by_agent() -> dict[int, dict[str, int]]:
    rows = Conversation.objects.filter(agent__isnull=False, state__in=[State.ACTIVE, State.WAITING])
    counts: dict[int, dict[str, int]] = {}
    for agent_id, state, count in rows.values_list("agent_id", "state").annotate(count=Count("pk")):
        counts.setdefault(agent_id, {})[state] = count
    return counts


def _held_by_agent() -> dict[int, tuple[int, datetime | None]]:
    held = Conversation.objects.open().filter(preferred_agent__isnull=False)
    rows = held.values_list("preferred_agent_id").annotate(count=Count("pk"), oldest=Min("queued_at"))
    return {agent_id: (count, oldest) for agent_id, count, oldest in rows}
