"""One drains a queue, one waits, and whoever comes then leaves it to the one who waits."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from chat.models import Conversation
from chat.states import State
from routing.distribution import route_queues
from routing.turns import turn
from tests import crowd, people
from tests.routing.clock import NOW, later
from tests.routing.threads import all_at_once, somebody_waits_for_a_lock
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]


def test_the_one_who_waits_does_it_for_all_who_come_meanwhile() -> None:
    shop = people.shop(auto_assign=True)
    crowd.agents(queues=[shop.queue], capacities=[100], now=NOW)
    has_begun = threading.Event()
    left = []

    def drain_slowly() -> None:
        with turn([shop.queue.pk]) as mine:
            assert mine == {shop.queue.pk}
            has_begun.set()
            wait_until(somebody_waits_for_a_lock, what="the second to wait for its turn")
            crowd.open_conversations(widget=shop.widget, count=3, now=NOW)
            left.append(route_queues(queues=[shop.queue], now=later(1)))

    def come_second() -> int:
        has_begun.wait(10)
        return route_queues(queues=[shop.queue], now=later(1))

    _, served = all_at_once([drain_slowly, come_second])
    assert (left, served) == ([0], 3)


def test_many_who_drain_at_once_do_the_work_of_one() -> None:
    shop = people.shop(auto_assign=True)
    agents = crowd.agents(queues=[shop.queue], capacities=[500] * 5, now=NOW)
    crowd.open_conversations(widget=shop.widget, count=120, now=NOW)
    served = all_at_once([partial(route_queues, queues=[shop.queue], now=later(1)) for _ in range(8)])
    assert sum(served) == Conversation.objects.filter(state=State.ACTIVE).count() == 100
    assert all(agent.used(now=later(1)) == agent.capacity for agent in agents)
