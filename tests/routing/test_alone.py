"""One drains a queue, one waits, and whoever comes then leaves it to the one who waits."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import OperationalError

from chat.models import Conversation
from chat.states import State
from routing import alone
from routing.alone import awaited_among, draining_alone
from routing.distribution import route_queues
from tests import crowd, make, people
from tests.routing.clock import NOW, later
from tests.routing.threads import all_at_once, somebody_waits_for_a_lock
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]


def test_the_one_who_waits_does_it_for_all_who_come_meanwhile() -> None:
    shop = people.shop(auto_assign=True)
    crowd.agents(queues=[shop.queue], capacities=[100], now=NOW)
    has_begun = threading.Event()
    left: list[int] = []

    def drain_slowly() -> None:
        with draining_alone([shop.queue.pk]) as mine:
            assert mine == {shop.queue.pk}
            has_begun.set()
            wait_until(somebody_waits_for_a_lock, what="the second to wait for its turn")
            assert awaited_among([shop.queue.pk, shop.queue.pk + 1]) == {shop.queue.pk}
            crowd.open_conversations(widget=shop.widget, count=3, now=NOW)
            left.append(route_queues(queues=[shop.queue], now=later(1)))

    def come_second() -> int:
        has_begun.wait(10)
        return route_queues(queues=[shop.queue], now=later(1))

    _, served = all_at_once([drain_slowly, come_second])
    assert (left, served) == ([0], 3)
    assert awaited_among([shop.queue.pk]) == set()


def test_many_who_drain_at_once_do_the_work_of_one() -> None:
    shop = people.shop(auto_assign=True)
    agents = crowd.agents(queues=[shop.queue], capacities=[500] * 5, now=NOW)
    crowd.open_conversations(widget=shop.widget, count=120, now=NOW)
    served = all_at_once([partial(route_queues, queues=[shop.queue], now=later(1)) for _ in range(8)])
    assert sum(served) == Conversation.objects.filter(state=State.ACTIVE).count() == 100
    assert all(agent.used(now=later(1)) == agent.capacity for agent in agents)


def test_whatever_happens_while_one_comes_nothing_stays_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = people.shop().queue.pk, make.queue().pk
    ask = alone._ask

    def ask_until_the_second(question: str, space: int, queue_id: int) -> bool:
        if queue_id == second:
            raise OperationalError("canceling statement due to statement timeout")
        return ask(question, space, queue_id)

    with monkeypatch.context() as patched:
        patched.setattr(alone, "_ask", ask_until_the_second)
        with pytest.raises(OperationalError), draining_alone([first, second]):
            raise AssertionError("unreachable")

    def come() -> set[int]:
        with draining_alone([first, second]) as mine:
            return mine

    assert all_at_once([come]) == [{first, second}]


def test_who_drains_several_queues_leaves_the_awaited_one_and_goes_on_with_the_others() -> None:
    shop = people.shop(auto_assign=True)
    other = make.queue()
    crowd.agents(queues=[shop.queue, other], capacities=[10_000], now=NOW)
    for queue in (shop.queue, other):
        crowd.open_conversations(widget=shop.widget, queue=queue, count=60, now=NOW)
    served = all_at_once(
        [
            partial(route_queues, queues=[shop.queue, other], now=later(1)),
            partial(route_queues, queues=[shop.queue], now=later(1)),
        ]
    )
    assert sum(served) == Conversation.objects.filter(state=State.ACTIVE).count() == 120
