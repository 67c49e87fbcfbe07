"""Agents: signing in, choosing a presence, joining and leaving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chat import events
from chat.errors import Invalid
from chat.states import State
from routing import tasks
from routing.actions import deactivate_agent, set_presence
from routing.events import MembershipChanged
from routing.models import Offer, Status
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import as_now, fresh, is_offered, pending

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]


def test_signing_in_begins_at_the_default_presence_and_a_second_console_keeps_what_was_chosen() -> None:
    alice = make.agent("alice", default_presence=Status.AWAY, missed=True)
    Client().force_login(alice.user)
    assert (as_now(alice).presence, as_now(alice).missed) == (Status.AWAY, False)
    make.connected(alice)
    set_presence(user=alice.user, status="busy", now=NOW)
    Client().force_login(alice.user)
    assert as_now(alice).presence == Status.BUSY


def test_a_user_who_is_no_agent_signs_in_as_before() -> None:
    Client().force_login(make.user())


@pytest.mark.parametrize("status", ["inactive", "", "gone fishing"])
def test_only_some_presences_can_be_chosen(status: str) -> None:
    with pytest.raises(Invalid):
        set_presence(user=make.agent().user, status=status, now=NOW)


def test_becoming_available_brings_what_waits(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    set_presence(user=shop.alice.user, status="away", now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    assert not is_offered(conversation)
    set_presence(user=shop.alice.user, status="available", now=later(1))
    settle(later(1))
    assert pending(conversation).agent == shop.alice


def test_going_away_keeps_what_is_active() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    set_presence(user=shop.alice.user, status="offline", now=NOW)
    assert fresh(conversation).state == State.ACTIVE


def test_joining_a_queue_brings_what_waits_there(settle: Settle) -> None:
    shop = people.shop()
    conversation = make.conversation(widget=shop.widget, now=NOW)
    newcomer = make.agent()
    make.connected(newcomer, now=NOW)
    settle(NOW)
    make.member(newcomer, shop.queue)
    events.publish(MembershipChanged(user_id=newcomer.pk, queue_id=shop.queue.pk))
    settle(later(1))
    assert pending(conversation).agent == newcomer


@pytest.mark.parametrize("by_action", [True, False])
def test_deactivating_an_agent_hands_on_everything_at_once(settle: Settle, by_action: bool) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    carla = people.carla(shop.widget, now=NOW)
    active, wrap_up, waiting = (
        make.active(shop.alice, widget=shop.widget, now=NOW),
        make.active(shop.alice, widget=shop.widget, now=NOW),
        make.parked(shop.alice, session=carla, now=NOW),
    )
    fresh(wrap_up).end(actor="agent", user=shop.alice.user, now=NOW)  # type: ignore[arg-type]
    offered = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    assert pending(offered).agent == shop.alice
    make.connected(shop.bob, now=NOW)
    if by_action:
        deactivate_agent(user_id=shop.alice.pk, now=later(1), by=shop.sue.user)
    else:  # the box on Django's own user form
        User.objects.filter(pk=shop.alice.pk).update(is_active=False)
        tasks.agents_gone(now=later(1).isoformat())
    settle(later(1))
    assert not User.objects.get(pk=shop.alice.pk).is_active
    assert (fresh(active).state, fresh(wrap_up).state, fresh(waiting).state) == ("open", "closed", "waiting")
    assert pending(active).agent == shop.bob
    assert pending(offered).agent == shop.bob
    make.posted(carla, now=later(2))
    settle(later(2))
    assert pending(waiting).agent == shop.bob


def test_a_deactivated_agent_is_offered_nothing(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    deactivate_agent(user_id=shop.alice.pk, now=NOW)
    make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    assert not Offer.objects.exists()


def test_a_place_freed_by_a_timed_wrap_up_is_given_to_the_next() -> None:
    shop = people.shop(units=100, wrap_up_block="timed", wrap_up_block_seconds=60)
    make.connected(shop.alice, now=NOW)
    ended = make.active(shop.alice, widget=shop.widget, now=NOW)
    fresh(ended).end(actor="agent", user=shop.alice.user, now=NOW)  # type: ignore[arg-type]
    conversation = make.conversation(widget=shop.widget, now=NOW)
    tasks.route_open(now=later(59).isoformat())
    assert not is_offered(conversation)
    tasks.route_open(now=later(60).isoformat())
    assert pending(conversation).agent == shop.alice


def test_an_offer_of_a_queue_that_was_left_unnoticed_is_withdrawn_by_the_sweep(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    shop.alice.memberships.all().delete()
    make.connected(shop.bob, now=later(1))
    tasks.agents_gone(now=later(1).isoformat())
    settle(later(1))
    assert pending(conversation).agent == shop.bob


def test_an_offer_that_nobody_was_told_is_void_is_withdrawn_by_the_sweep() -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    tasks.route_open(now=NOW.isoformat())
    offer = pending(conversation)
    fresh(conversation).close(actor="supervisor", user=None, now=later(1))  # type: ignore[arg-type]
    tasks.route_open(now=later(2).isoformat())
    offer.refresh_from_db()
    assert offer.state == "withdrawn"
