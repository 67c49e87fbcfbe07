"""The queues on the supervisor's floor: a card each, and one for all of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from chat.models import Conversation
from chat.states import State
from routing.desk.floor_rows import Calendars
from routing.desk.floor_sieve import FloorSieve
from routing.desk.floor_states import StateCount, counted, in_queues
from routing.matching import Candidate
from routing.models import Membership
from routing.presence import Status
from routing.standing import Standing
from workstreams import hours
from workstreams.models import Queue

LATE_AFTER = timedelta(minutes=5)
RECEIVING = (Status.AVAILABLE, Status.BUSY)
BESIDE_OPEN = (State.ACTIVE, State.WAITING, State.WRAP_UP)

type Candidates = Mapping[int, Candidate]


@dataclass(frozen=True)
class Load:
    """What stands there, and who could take it. ``open`` and ``states`` lead to what they count."""

    open: StateCount
    states: Sequence[StateCount]
    oldest_at: datetime | None
    free: int


@dataclass(frozen=True)
class QueueCard:
    name: str
    load: Load
    is_served: bool  # somebody who may sign in is a member
    is_open: bool
    until: datetime | None  # when that changes
    is_late: bool


@dataclass(frozen=True)
class Cards:
    """``everything``: of all queues, where there are several."""

    everything: Load | None
    queues: Sequence[QueueCard]


def queues_of_the_floor() -> list[Queue]:
    """The retired too: conversations may still be in them."""
    rows = Queue.objects.select_related("operating_hours")
    rows = rows.prefetch_related("operating_hours__intervals", "operating_hours__holidays")
    return list(rows.order_by("priority", "name"))


def cards_of(
    queues: Iterable[Queue],
    *,
    calendars: Calendars,
    standing: Standing,
    candidates: Candidates,
    now: datetime,
) -> Cards:
    in_use = [queue for queue in queues if queue.retired_at is None]
    oldest = _oldest_in_queues()
    members = _members(candidates)
    cards = [
        _card(
            queue,
            _load(
                standing.get(queue.pk, Counter()), queue.pk, oldest.get(queue.pk), members.get(queue.pk, ())
            ),
            calendar=calendars[queue.pk],
            is_served=queue.pk in members,
            now=now,
        )
        for queue in in_use
    ]
    served = {person.user_id: person for queue in in_use for person in members.get(queue.pk, ())}
    everything = _load(in_queues(standing), None, min(oldest.values(), default=None), served.values())
    return Cards(everything if len(cards) > 1 else None, cards)


def _oldest_in_queues() -> dict[int, datetime]:
    return dict(Conversation.objects.open().values_list("queue_id").annotate(Min("queued_at")))


def _members(candidates: Candidates) -> dict[int, list[Candidate]]:
    members: dict[int, list[Candidate]] = {}
    for queue_id, user_id in Membership.objects.values_list("queue_id", "agent_id"):
        if user_id in candidates:
            members.setdefault(queue_id, []).append(candidates[user_id])
    return members


def _load(
    counts: Counter[State], queue_id: int | None, oldest_at: datetime | None, people: Iterable[Candidate]
) -> Load:
    here = FloorSieve(queue=queue_id)
    [is_open] = counted([State.OPEN], counts, here)
    return Load(
        open=is_open,
        states=counted(BESIDE_OPEN, counts, here),
        oldest_at=oldest_at,
        free=sum(person.status in RECEIVING and person.free > 0 for person in people),
    )


def _card(
    queue: Queue, load: Load, *, calendar: hours.Calendar | None, is_served: bool, now: datetime
) -> QueueCard:
    is_open = hours.is_open(calendar=calendar, at=now)
    change = hours.closes_at if is_open else hours.opens_at
    return QueueCard(
        name=queue.name,
        load=load,
        is_served=is_served,
        is_open=is_open,
        until=change(calendar=calendar, after=now),
        is_late=is_open and load.oldest_at is not None and load.oldest_at < now - LATE_AFTER,
    )
