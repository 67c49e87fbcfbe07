"""Same agent: who meets a returning customer, and the ways out (spec §4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chat import events, paging
from chat.actions import end_conversation, requeue_conversation
from chat.states import State
from routing import returning, tasks
from routing.actions import (
    HeldForOther,
    accept_offer,
    deactivate_agent,
    decline_offer,
    leave_queue,
    pick_conversation,
    resume_conversation,
    set_presence,
)
from routing.models import Membership, OfferReason, Status
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import as_now, fresh, is_offered, pending

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]


def test_a_returning_customer_meets_the_same_agent_even_when_full_or_away(settle: Settle) -> None:
    shop = people.shop(units=100)
    make.connected(shop.alice, now=NOW)
    make.connected(shop.bob, now=NOW)
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.active(shop.alice, widget=shop.widget, now=NOW)
    set_presence(user=shop.alice.user, status=Status.AWAY, now=NOW)
    settle(NOW)
    make.posted(carla, "I am back", now=later(60))
    settle(later(60))
    offer = pending(conversation)
    assert (offer.agent, offer.reason, offer.expires_at) == (shop.alice, OfferReason.RETURNING, None)
    with pytest.raises(HeldForOther):
        pick_conversation(user=shop.bob.user, conversation_id=conversation.pk, now=later(60))
    accept_offer(user=shop.alice.user, offer_id=offer.pk, now=later(3600))
    assert fresh(conversation).agent == shop.alice.user
    assert as_now(shop.alice).used(now=later(3600)) == 200
    assert conversation.transitions.latest("turn").reason == "offer accepted, over capacity"


def test_an_offer_without_a_deadline_takes_no_place_and_survives_an_absence(settle: Settle) -> None:
    shop = people.shop()
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))
    settle(later(1))
    assert pending(conversation).agent == shop.alice
    assert as_now(shop.alice).used(now=later(1)) == 0
    make.beat(now=NOW)
    make.beat(now=later(60))
    tasks.agents_gone(now=later(60).isoformat())
    assert is_offered(conversation)


def test_resuming_an_open_conversation_held_for_me_accepts_it(settle: Settle) -> None:
    shop = people.shop()
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))
    settle(later(1))
    offer = pending(conversation)
    resume_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=later(2))
    offer.refresh_from_db()
    assert offer.state == "accepted"
    assert fresh(conversation).state == State.ACTIVE


def test_a_declined_return_goes_to_the_queue_at_once_and_whoever_takes_it_is_the_same_agent(
    settle: Settle,
) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    make.connected(shop.bob, now=NOW)
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))
    settle(later(1))
    decline_offer(user=shop.alice.user, offer_id=pending(conversation).pk, now=later(2))
    settle(later(2))
    offer = pending(conversation)
    assert (offer.agent, offer.reason) == (shop.bob, OfferReason.NEW)
    accept_offer(user=shop.bob.user, offer_id=offer.pk, now=later(3))
    fresh(conversation).park(actor="agent", user=shop.bob.user, now=later(4))  # type: ignore[arg-type]
    make.posted(carla, now=later(5))
    settle(later(5))
    assert pending(conversation).agent == shop.bob


def test_a_keeper_who_left_the_queue_or_the_company_is_not_waited_for(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    carla, dora = (make.session(sub, widget=shop.widget, now=NOW) for sub in ("carla", "dora"))
    first = make.parked(shop.alice, session=carla, now=NOW)
    second = make.parked(shop.alice, session=dora, now=NOW)
    Membership.objects.filter(agent=shop.alice).delete()
    make.posted(carla, now=later(1))
    settle(later(1))
    assert pending(first).agent == shop.bob
    make.member(shop.alice, shop.queue)
    deactivate_agent(user_id=shop.alice.pk, now=later(2))
    make.posted(dora, now=later(3))
    settle(later(3))
    assert pending(second).agent == shop.bob


def test_leaving_the_queue_hands_on_what_was_held(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))
    settle(later(1))
    Membership.objects.filter(agent=shop.alice).delete()
    leave_queue(left=(shop.alice.pk, shop.queue.pk), now=later(2))
    settle(later(2))
    assert pending(conversation).agent == shop.bob


def test_the_queue_gets_it_after_the_workstreams_minutes_of_opening_time(settle: Settle) -> None:
    hours = make.hours((0, "09:00", "13:00"), (1, "09:00", "13:00"))
    shop = people.shop(queue=make.queue("Support", operating_hours=hours), fall_back_minutes=90)
    make.connected(shop.bob, now=NOW)
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))  # an hour of Monday is left, half an hour of Tuesday is needed
    settle(later(1))
    tuesday = later(hours=21)
    assert tasks.fall_back(now=later(hours=20).isoformat()) == 0
    assert tasks.fall_back(now=(tuesday + timedelta(minutes=29)).isoformat()) == 0
    make.beat(now=tuesday + timedelta(minutes=31))
    assert tasks.fall_back(now=(tuesday + timedelta(minutes=31)).isoformat()) == 1
    offer = pending(conversation)
    assert (offer.agent, offer.reason) == (shop.bob, OfferReason.NEW)


def test_without_such_minutes_it_is_held_for_ever(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))
    settle(later(1))
    assert tasks.fall_back(now=later(days=20).isoformat()) == 0
    assert pending(conversation).agent == shop.alice


def test_many_that_are_held_elsewhere_or_not_due_hide_none_that_is_due(
    settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 1)
    never = make.queue("Night", operating_hours=make.hours())
    # Its hours have slowed the clock down: held for long, and not due.
    slow = make.queue("Noon", operating_hours=make.hours((0, "11:59", "12:10")))
    held = []
    for number, queue in enumerate((never, never, slow, slow, make.queue("Day"))):
        alice = make.agent(f"alice-{number}", queues=[queue])
        widget = make.widget(workstream=make.workstream(queue=queue, fall_back_minutes=15))
        carla = make.session(f"carla-{number}", widget=widget, now=NOW - timedelta(hours=2))
        held.append(make.parked(alice, session=carla, now=NOW - timedelta(hours=2)))
        make.posted(carla, now=later(-3600 + number))
    settle(NOW)
    due = list(returning.may_fall_back(now=later(60)))
    assert set(due) == {conversation.pk for conversation in held[2:]}
    tasks.fall_back(now=later(60).isoformat())
    assert fresh(held[-1]).preferred_agent is None
    assert all(fresh(conversation).preferred_agent for conversation in held[:-1])


def test_of_one_workstream_all_pages_are_looked_at(settle: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    shop = people.shop(fall_back_minutes=15)
    parked = []
    for number in range(5):
        carla = make.session(f"carla-{number}", widget=shop.widget, now=NOW)
        parked.append(make.parked(shop.alice, session=carla, now=NOW))
        make.posted(carla, now=later(1))  # all in the same moment
    settle(later(1))
    due = list(returning.may_fall_back(now=later(hours=1)))
    assert sorted(due) == sorted(conversation.pk for conversation in parked)


def test_releasing_ends_the_affinity(settle: Settle) -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    make.connected(shop.bob, now=NOW)
    requeue_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=later(1))
    settle(later(1))
    assert pending(conversation).agent == shop.bob


def test_a_woken_conversation_of_a_pick_workstream_is_offered_to_its_agent(settle: Settle) -> None:
    shop = people.shop(distribution="pick")
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))
    settle(later(1))
    assert pending(conversation).agent == shop.alice


@pytest.mark.parametrize(
    ("pause", "expected"), [(timedelta(hours=23), "bob"), (timedelta(hours=25), "alice")]
)
def test_a_new_conversation_soon_after_the_end_goes_to_the_latest_agent_first(
    settle: Settle, pause: timedelta, expected: str
) -> None:
    shop = people.shop(wrap_up_block="never")
    carla = people.carla(shop.widget, now=NOW)
    ended = make.active(shop.bob, session=carla, now=NOW)
    end_conversation(user=shop.bob.user, conversation_id=ended.pk, seen_seq=None, now=NOW)
    for _ in range(2):
        make.active(shop.bob, widget=shop.widget, now=NOW)  # alice has more room
    make.connected(shop.alice, now=NOW + pause)
    make.connected(shop.bob, now=NOW + pause)
    again = make.posted(carla, now=NOW + pause).conversation
    settle(NOW + pause)
    offer = pending(again)
    assert again.previous == ended
    assert offer.agent.user.username == expected
    assert offer.expires_at is not None


def test_once_the_latest_agent_has_declined_everybody_is_equal(settle: Settle) -> None:
    shop = people.shop(wrap_up_block="never")
    carla = people.carla(shop.widget, now=NOW)
    ended = make.active(shop.bob, session=carla, now=NOW)
    end_conversation(user=shop.bob.user, conversation_id=ended.pk, seen_seq=None, now=NOW)
    make.connected(shop.bob, now=NOW)
    again = make.posted(carla, now=later(1)).conversation
    settle(later(1))
    decline_offer(user=shop.bob.user, offer_id=pending(again).pk, now=later(2))
    make.connected(shop.alice, now=later(70))
    make.active(shop.bob, widget=shop.widget, now=later(70))
    tasks.route_open(now=later(70).isoformat())
    assert pending(again).agent == shop.alice


def test_a_returning_conversation_is_given_without_asking_only_to_who_is_connected(settle: Settle) -> None:
    shop = people.shop(auto_assign=True)
    carla, dora = (make.session(sub, widget=shop.widget, now=NOW) for sub in ("carla", "dora"))
    absent = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))
    settle(later(1))
    assert pending(absent).agent == shop.alice
    present = make.parked(shop.bob, session=dora, now=NOW)
    make.connected(shop.bob, now=later(1))
    make.posted(dora, now=later(2))
    settle(later(2))
    assert fresh(present).agent == shop.bob.user


def test_a_full_agent_who_is_given_a_returning_conversation_exceeds_the_capacity_on_record(
    settle: Settle,
) -> None:
    shop = people.shop(auto_assign=True, units=100)
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.active(shop.alice, widget=shop.widget, now=NOW)
    make.connected(shop.alice, now=NOW)
    make.posted(carla, now=later(1))
    settle(later(1))
    assert fresh(conversation).agent == shop.alice.user
    assert conversation.transitions.latest("turn").reason == "assigned without asking, over capacity"
