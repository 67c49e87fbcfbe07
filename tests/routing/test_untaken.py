"""Customers for whom nobody can be found are told so, once in each stay in a queue."""

from __future__ import annotations

import pytest

from chat.actions import requeue_conversation
from chat.models import Conversation
from routing import tasks
from tests import make, people
from tests.routing.clock import NOW, later
from workstreams.models import AutomatedMessage, Distribution
from workstreams.modes import Mode

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
BUSY = "Everybody is busy just now."


def sweep(seconds: float) -> int:
    done: int = tasks.tell_untaken(now=later(seconds).isoformat())
    return done


def last(conversation: Conversation) -> str:
    return str(conversation.messages.public().order_by("seq").values_list("body", flat=True).last())


@pytest.mark.parametrize("mode", Mode)
def test_they_are_told_after_half_a_minute_and_once(mode: Mode) -> None:
    conversation = make.conversation(widget=people.shop(mode=mode).widget, now=NOW)
    assert (sweep(29), last(conversation)) == (0, "Hello")
    assert sweep(30) == 1
    assert last(conversation).startswith(BUSY)
    assert sweep(60) == 0


def test_another_stay_is_told_of_anew() -> None:
    shop = people.shop(mode="live")
    conversation = make.conversation(widget=shop.widget, now=NOW)
    sweep(30)
    make.given(conversation, shop.alice, now=later(40))
    requeue_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=later(50))
    assert (sweep(79), sweep(80), sweep(90)) == (0, 1, 0)


def test_while_somebody_is_being_asked_nobody_is_missing() -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    tasks.route_open(now=NOW.isoformat())
    assert conversation.offers.count() == 1
    assert sweep(30) == 0


def test_where_agents_pick_or_the_queue_is_closed_nothing_is_said() -> None:
    make.conversation(widget=people.shop(distribution=Distribution.PICK).widget, now=NOW)
    closed = make.workstream(queue=make.queue(operating_hours=make.hours()))
    make.conversation(widget=make.widget(workstream=closed), now=NOW)
    assert sweep(30) == 0


def test_a_widget_may_say_nothing() -> None:
    shop = people.shop()
    AutomatedMessage.objects.create(widget=shop.widget, trigger="no_agent", is_on=False)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    sweep(30)
    assert last(conversation) == "Hello"
