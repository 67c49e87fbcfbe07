"""What live customers learn of their place in the queue and of the wait; persistent ones never do (spec §2, §8)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import tasks
from chat.actions import keep_wait
from chat.models import Conversation, QueueWait
from chat.realtime import positions
from chat.realtime.audience import customer_of
from chat.realtime.hub import Hub, Place, Socket, Standing
from chat.waits import FEWEST
from tests import make, people
from tests.routing.clock import NOW, later
from workstreams.models import AutomatedMessage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> people.Shop:
    return people.shop(mode="live")


def arrive(shop: people.Shop, *, at: float) -> Conversation:
    return make.conversation(make.session(None, widget=shop.widget, now=later(at)), now=later(at))


def told() -> dict[str, tuple[int, int | None]]:
    return {
        place.conversation: (place.frame["position"], place.frame["wait_s"]) for place in positions._places()
    }


def served(shop: people.Shop, number: int, *, wait: float) -> None:
    for _ in range(number):
        make.ended(arrive(shop, at=0), shop.alice, now=later(wait))


def bodies(conversation: Conversation) -> list[str]:
    return list(conversation.messages.public().order_by("seq").values_list("body", flat=True))


def test_each_stands_behind_who_came_before_and_moves_up(shop: people.Shop) -> None:
    first, second, third = (arrive(shop, at=second) for second in range(3))
    assert told() == {str(first.pk): (1, None), str(second.pk): (2, None), str(third.pk): (3, None)}
    make.given(first, shop.alice, now=later(9))
    assert told() == {str(second.pk): (1, None), str(third.pk): (2, None)}


def test_persistent_ones_take_a_place_and_are_told_of_none(shop: people.Shop) -> None:
    persistent = make.workstream(queue=shop.queue)
    make.conversation(make.session("carla", widget=make.widget(workstream=persistent), now=NOW), now=NOW)
    behind = arrive(shop, at=1)
    assert told() == {str(behind.pk): (2, None)}


def test_it_can_be_switched_off(shop: people.Shop) -> None:
    shop.workstream.show_queue_position = False
    shop.workstream.save()
    arrive(shop, at=0)
    assert told() == {}


def test_a_long_line_is_asked_for_in_as_few_questions_as_a_short_one(shop: people.Shop) -> None:
    costs = []
    for _ in range(2):
        for _ in range(5):
            arrive(shop, at=0)
        with CaptureQueriesContext(connection) as captured:
            assert told()
        costs.append(len(captured))
    assert costs[0] == costs[1] == 4


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    hub._loop = asyncio.new_event_loop()
    yield hub
    hub._loop.close()


def test_a_socket_is_told_what_is_new_to_it(shop: people.Shop, hub: Hub) -> None:
    conversation = arrive(shop, at=0)
    tab, unaware = Socket(), Socket()
    tab.note(str(conversation.pk), Standing(seq=1))
    for socket in (tab, unaware):
        hub.join(customer_of(conversation), socket)

    def look(*places: Place) -> list[int]:
        hub._place(list(places))
        frames = [tab.frames.get_nowait() for _ in range(tab.frames.qsize())]
        return [msgspec.json.decode(frame or "")["position"] for frame in frames]

    def at(position: int, *, turn: int = 1) -> Place:
        frame: dict[str, Any] = positions._frame(str(conversation.pk), position, None)
        return Place(customer_of(conversation), str(conversation.pk), frame, turn)

    assert [look(at(3)), look(at(3)), look(at(2))] == [[3], [], [2]]
    # Taken and given back: the place is told anew, though it is the same.
    assert [look(), look(at(2))] == [[], [2]]
    assert [look(at(2, turn=3)), look(at(2, turn=3))] == [[2], []], "even between two looks"
    assert unaware.frames.empty()


def test_the_average_wait_is_told_once_twenty_have_waited(shop: people.Shop) -> None:
    served(shop, FEWEST - 1, wait=240)
    assert not keep_wait(queue_id=shop.queue.pk, now=later(300))
    assert bodies(arrive(shop, at=300)) == ["Hello"]
    served(shop, 1, wait=240)
    assert tasks.measure_waits(now=later(300).isoformat()) == 1
    assert QueueWait.objects.get().seconds == 240
    newcomer = arrive(shop, at=301)
    assert bodies(newcomer) == ["Hello", "An answer takes about 4 minutes just now."]
    assert told()[str(newcomer.pk)][1] == 240
    make.posted(newcomer.customer.sessions.get(), "Hello?", now=later(302))
    assert len(bodies(newcomer)) == 3
    shop.workstream.show_average_wait = False
    shop.workstream.save()
    newcomer = arrive(shop, at=303)
    assert (bodies(newcomer), told()[str(newcomer.pk)][1]) == (["Hello"], None)


def test_what_was_long_ago_does_not_count(shop: people.Shop) -> None:
    served(shop, FEWEST, wait=60)
    assert keep_wait(queue_id=shop.queue.pk, now=later(hours=47))
    assert not keep_wait(queue_id=shop.queue.pk, now=later(hours=49))
    assert not QueueWait.objects.exists()


def test_persistent_customers_are_never_told_how_long_it_takes() -> None:
    shop = people.shop()
    QueueWait.objects.create(queue=shop.queue, seconds=60)
    AutomatedMessage.objects.create(widget=shop.widget, trigger="average_wait", text="Soon: {wait}")
    assert bodies(make.conversation(widget=shop.widget, now=NOW)) == ["Hello"]
