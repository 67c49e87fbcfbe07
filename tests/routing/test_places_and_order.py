"""Small promises: when a place is free again, what keeps a place in the line, what is marked, and what is said once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from chat import events
from chat.actions import agent_sees, close_conversation, end_conversation, requeue_conversation
from chat.models import Conversation
from chat.states import State
from routing.actions import decline_offer, pick_conversation
from routing.models import Agent, Offer, OfferState, Status
from routing.tasks import expire_offers
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.desk import browser_of
from tests.routing.rows import fresh, pending
from workstreams.models import OperatingInterval, WrapUpBlock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]


@pytest.mark.parametrize("block", [WrapUpBlock.ALWAYS, WrapUpBlock.TIMED], ids=str)
def test_closing_by_hand_frees_the_place_at_once_and_the_next_gets_it(
    settle: Settle, block: WrapUpBlock
) -> None:
    shop = people.shop(wrap_up_block=block, units=100)
    make.connected(shop.alice, now=NOW)
    ended = make.active(shop.alice, widget=shop.widget, now=NOW)
    waits = make.conversation(widget=shop.widget, now=later(1))
    end_conversation(user=shop.alice.user, conversation_id=ended.pk, seen_seq=None, now=later(2))
    settle(later(2))
    assert shop.alice.used(now=later(3)) == 100
    assert not Offer.objects.pending().exists()
    close_conversation(user=shop.alice.user, conversation_id=ended.pk, now=later(3))
    settle(later(3))
    assert pending(waits).agent == shop.alice


def test_later_messages_and_declines_keep_the_place_in_the_line(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(people.carla(shop.widget, now=NOW), now=NOW)
    settle(NOW)
    decline_offer(user=shop.alice.user, offer_id=pending(conversation).pk, now=later(10))
    make.posted(conversation.customer.sessions.get(), "Anybody there?", now=later(20))
    settle(later(20))
    assert fresh(conversation).queued_at == NOW


@pytest.mark.parametrize("is_answered", [False, True], ids=["unanswered", "answered"])
def test_returned_to_the_queue_it_stands_where_its_customer_has_waited_since(is_answered: bool) -> None:
    shop = people.shop()
    conversation = make.conversation(people.carla(shop.widget, now=NOW), now=NOW)
    make.given(conversation, shop.alice, now=later(10))
    make.answered(conversation, shop.alice, now=later(20))
    if not is_answered:
        for moment in (30, 40):
            make.posted(conversation.customer.sessions.get(), now=later(moment))
    requeue_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=later(60))
    assert fresh(conversation).queued_at == later(60 if is_answered else 30)


def test_a_missed_offer_leaves_the_presence_where_the_workstream_says_so(settle: Settle) -> None:
    shop = people.shop(inactive_after_missed=False)
    make.connected(shop.alice, now=NOW)
    make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    make.beat(now=later(121))
    assert expire_offers(now=later(121).isoformat()) == 1
    assert Offer.objects.get().state == OfferState.MISSED
    assert shop.alice.status(now=later(121)) == Status.AVAILABLE


def test_what_has_been_quiet_for_a_day_is_marked_in_my_work() -> None:
    shop = people.shop()
    now = timezone.now()
    conversation = make.active(shop.alice, widget=shop.widget, now=now)
    agent_sees(user=shop.alice.user, conversation=fresh(conversation), seq=fresh(conversation).latest_seq)
    assert "quiet" not in _my_work(shop.alice)
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=now - timedelta(hours=25))
    assert "quiet" in _my_work(shop.alice)


def _my_work(agent: Agent) -> str:
    shown = browser_of(agent).get("/console/work/mine/", headers={"HX-Request": "true"})
    return shown.content.decode().split('class="row__mark"', 1)[1].split("</span>", 1)[0]


def test_out_of_hours_is_said_once_in_each_closed_period() -> None:
    office = make.hours((0, "09:00", "17:00"), (1, "09:00", "17:00"))
    shop = people.shop(queue=make.queue(operating_hours=office))
    monday_night = datetime.fromisoformat("2026-03-02T20:00:00+00:00")
    carla = people.carla(shop.widget, now=monday_night)
    said = []
    for after in (0, 1, 2, 22, 23):  # three at night, then on Tuesday evening
        make.posted(carla, f"Message {after}", now=monday_night + timedelta(hours=after))
        log = Conversation.objects.get().messages.filter(author_kind="system")
        said.append(log.count())
    assert said == [1, 1, 1, 2, 2]


def test_who_was_told_of_no_opening_is_told_of_one_that_was_set_up_since() -> None:
    office = make.hours()
    shop = people.shop(queue=make.queue(operating_hours=office))
    monday_night = datetime.fromisoformat("2026-03-02T20:00:00+00:00")
    carla = people.carla(shop.widget, now=monday_night)
    make.posted(carla, now=monday_night)
    make.posted(carla, now=monday_night)
    OperatingInterval.objects.create(hours=office, weekday=1, start=time(9), end=time(17))
    for _ in range(2):
        make.posted(carla, now=monday_night + timedelta(hours=1))
    log = Conversation.objects.get().messages.filter(author_kind="system").order_by("seq")
    assert ["9" in body for body in log.values_list("body", flat=True)] == [False, True]


def test_a_supervisor_picks_what_no_queue_of_theirs_holds() -> None:
    shop = people.shop(distribution="pick")
    conversation = make.conversation(widget=shop.widget, now=NOW)
    pick_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=later(1))
    assert (fresh(conversation).state, fresh(conversation).agent) == (State.ACTIVE, shop.sue.user)


@pytest.mark.parametrize("after", ["assigned", "parked"])
def test_an_agent_who_only_serves_no_queue_can_be_deleted_and_one_with_work_cannot(after: str) -> None:
    """A deleted agent leaves no conversation with nobody."""
    shop = people.shop()
    idle = make.agent("idle", queues=[shop.queue])
    make.connected(idle, now=NOW)
    idle.user.delete()
    assert not Agent.objects.filter(pk=idle.pk).exists()
    has_it = make.active if after == "assigned" else make.parked
    conversation = has_it(shop.alice, widget=shop.widget, now=NOW)
    with pytest.raises(Exception, match="protected"):
        shop.alice.user.delete()
    assert fresh(conversation).agent == shop.alice.user
