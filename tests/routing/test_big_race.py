"""Two thousand conversations, room for fifteen hundred, sixteen routers at once: no place is ever taken twice.

The last tests take the agent's lock away, and keep it, in one and the same interleaving: it is the lock that keeps
the promise.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User

from chat.actions import close_conversation, end_conversation, park_conversation
from chat.errors import Busy
from chat.models import Conversation, Transition
from chat.states import Actor, State, Verb
from routing import tasks
from routing.actions import base
from routing.distribution import route_agent, route_conversation, route_queues
from routing.models import Offer
from routing.models.agent import AgentQuerySet
from tests import crowd, invariants, make, people
from tests.routing.clock import NOW, later
from tests.routing.threads import all_at_once, somebody_waits_for_a_lock
from tests.waiting import wait_until
from workstreams.models import Queue, Workstream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]

ROUTERS = 16
BY_NAME = 5  # conversations that each of them routes alone
STEP = 20  # conversations of a queue that it takes up together
CREWS = 10
# A crew has two queues of large and two of small conversations, which are drained at the same time, and these agents,
# by capacity. Whatever they are given, some units are left over.
LARGE, FOR_LARGE = 25, (1000, 510, 260, 110, 35)  # units; 40 + 20 + 10 + 4 + 1 places
SMALL, FOR_SMALL = 10, (400, 255, 64, 19)  # 40 + 25 + 6 + 1 places
FOR_ALL = (24, 12)  # too small for the large ones: 2 + 1 places
CONVERSATIONS, PLACES = 200, 150  # of one crew


def test_sixteen_routers_fill_every_place_once_and_all_are_served_as_places_are_freed() -> None:
    queues = a_rush()
    waiting = list(Conversation.objects.values_list("pk", flat=True))
    assert len(waiting) == CONVERSATIONS * CREWS

    all_of(partial(route, queues=queues), waiting, later(1))
    assert in_state(State.ACTIVE) == assignments() == PLACES * CREWS
    assert in_state(State.OPEN) == (CONVERSATIONS - PLACES) * CREWS
    assert invariants.broken(now=later(1)) == []

    all_of(free, as_many_as_wait(queues), later(2))
    assert in_state(State.OPEN) == 0
    assert assignments() == CONVERSATIONS * CREWS
    assert invariants.broken(now=later(2)) == []


def a_rush() -> list[Queue]:
    """Two workstreams of different cost; each crew has two queues for each, which share their agents."""
    queues: list[Queue] = []
    widgets = [make.widget(workstream=a_stream(units)) for units in (LARGE, SMALL)]
    for _ in range(CREWS):
        pairs = [[make.queue(), make.queue()] for _ in widgets]
        members = [*zip(pairs, (FOR_LARGE, FOR_SMALL), strict=True), (pairs[0] + pairs[1], FOR_ALL)]
        for members_of, capacities in members:
            crowd.agents(queues=members_of, capacities=capacities, now=NOW)
        for widget, pair in zip(widgets, pairs, strict=True):
            for queue in pair:
                crowd.open_conversations(widget=widget, queue=queue, count=CONVERSATIONS // 4, now=NOW)
        queues += pairs[0] + pairs[1]
    return queues


def a_stream(units: int) -> Workstream:
    return make.workstream(auto_assign=True, units=units, wrap_up_block="never")


def as_many_as_wait(queues: list[Queue]) -> list[uuid.UUID]:
    """Of each queue as many active conversations as are still open in it."""
    chosen: list[uuid.UUID] = []
    for queue in queues:
        there = Conversation.objects.filter(queue=queue)
        held = list(there.filter(state=State.ACTIVE).values_list("pk", flat=True))
        chosen += random.Random(1).sample(held, there.open().count())
    return chosen


def all_of(work: Callable[..., None], ids: list[uuid.UUID], now: datetime) -> None:
    """Sixteen threads share them; what a lock kept from one of them, the sweep does."""
    mixed = random.Random(2).sample(ids, len(ids))
    shares = [mixed[number::ROUTERS] for number in range(ROUTERS)]
    answers = all_at_once([partial(work, share, now=now) for share in shares], seconds=600)
    assert [answer for answer in answers if answer is not None] == []
    tasks.route_open(now=now.isoformat())


def route(share: list[uuid.UUID], *, queues: list[Queue], now: datetime) -> None:
    """Some by name, as when they come; the others queue by queue, in steps, until nothing moves."""
    for pk in share[:BY_NAME]:
        with suppress(Busy):
            route_conversation(conversation_id=pk, now=now)
    for queue in random.sample(queues, len(queues)):
        while route_queues(queues=[queue], now=now, limit=STEP):
            pass


def free(share: list[uuid.UUID], *, now: datetime) -> None:
    """Its agent parks or ends each, or it is closed by force: by its number. Then the agent has room."""
    for pk in share:
        user = User.objects.get(conversations=pk)
        if pk.int % 3 == 0:
            park_conversation(user=user, conversation_id=pk, seen_seq=None, now=now)
        elif pk.int % 3 == 1:
            end_conversation(user=user, conversation_id=pk, seen_seq=None, now=now)
        else:
            close_conversation(user=user, conversation_id=pk, actor=Actor.SUPERVISOR, now=now)
        with suppress(Busy):
            route_agent(user_id=user.pk, now=now)


def in_state(state: State) -> int:
    return Conversation.objects.filter(state=state).count()


def assignments() -> int:
    """How many there were; each of a conversation of its own, and each with its record."""
    assigned = Transition.objects.filter(verb=Verb.ASSIGN)
    count = assigned.count()
    assert assigned.values("conversation").distinct().count() == count
    assert Offer.objects.count() == count
    return count


@pytest.fixture
def both_look_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has read what an agent holds goes on once another has read it too, or waits for the lock to read it."""
    looks: list[object] = []
    read = base.locked_candidates

    def read_and_wait(*args: Any, **kwargs: Any) -> Any:
        looks.append(found := read(*args, **kwargs))
        wait_until(lambda: len(looks) > 1 or somebody_waits_for_a_lock(), what="the other router")
        return found

    monkeypatch.setattr("routing.actions.handing.locked_candidates", read_and_wait)


@pytest.mark.usefixtures("both_look_first")
def test_with_the_lock_the_last_place_is_taken_once() -> None:
    assert units_taken_by_two_routers_of_one_place() == LARGE


@pytest.mark.usefixtures("both_look_first")
def test_without_the_lock_it_would_be_taken_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AgentQuerySet, "locked", lambda agents: agents)
    assert units_taken_by_two_routers_of_one_place() == 2 * LARGE
    assert "units" in invariants.broken(now=later(1))[0]


def units_taken_by_two_routers_of_one_place() -> int:
    shop = people.shop(auto_assign=True, units=LARGE)
    (agent,) = crowd.agents(queues=[shop.queue], capacities=[LARGE], now=NOW)
    conversations = crowd.open_conversations(widget=shop.widget, count=2, now=NOW)
    all_at_once(
        [partial(route_conversation, conversation_id=each.pk, now=later(1)) for each in conversations]
    )
    return agent.used(now=later(1))
