"""Outside hours nothing is offered; when they begin, what waited is released (spec §4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from chat import events
from chat.models import Conversation
from routing import tasks
from routing.actions import accept_offer, decline_offer, pick_conversation
from routing.floor import work_of
from routing.matching import Work
from routing.models import OfferReason
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import fresh, is_offered, pending
from workstreams.models import Queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]
OPENING = later(hours=21)  # Tuesday, nine o'clock


def closing_at_noon() -> Queue:
    return make.queue("Support", operating_hours=make.hours((0, "09:00", "12:00"), (1, "09:00", "12:00")))


def test_outside_the_hours_nobody_is_asked_and_the_task_releases_at_their_beginning(settle: Settle) -> None:
    shop = people.shop(queue=closing_at_noon())
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    assert not is_offered(conversation)
    make.connected(shop.alice, now=OPENING)
    assert tasks.release_at_hours(now=later(hours=20, minutes=59).isoformat()) == 0
    assert tasks.release_at_hours(now=OPENING.isoformat()) == 1
    assert pending(conversation).agent == shop.alice
    assert tasks.release_at_hours(now=OPENING.isoformat()) == 0


def test_a_moved_clock_makes_nobody_absent(settle: Settle) -> None:
    shop = people.shop(queue=closing_at_noon())
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    assert tasks.release_at_hours(now=OPENING.isoformat()) == 1
    accept_offer(user=shop.alice.user, offer_id=pending(conversation).pk, now=later(1))
    assert fresh(conversation).agent == shop.alice.user


def test_a_return_outside_the_hours_is_offered_to_its_agent_when_they_begin(settle: Settle) -> None:
    shop = people.shop(queue=closing_at_noon())
    make.connected(shop.bob, now=NOW)
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(60))
    settle(later(60))
    assert not is_offered(conversation)
    tasks.release_at_hours(now=OPENING.isoformat())
    offer = pending(conversation)
    assert (offer.agent, offer.reason) == (shop.alice, OfferReason.RETURNING)


def test_picking_works_at_any_hour(settle: Settle) -> None:
    shop = people.shop(queue=closing_at_noon(), distribution="pick")
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    pick_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=NOW)
    assert fresh(conversation).agent == shop.alice.user


def test_a_live_one_that_entered_in_hours_is_still_offered_after_them(settle: Settle) -> None:
    shop = people.shop(mode="live", queue=closing_at_noon())
    make.connected(shop.alice, now=NOW)
    before = later(-60)
    conversation = make.conversation(widget=shop.widget, now=before)
    settle(later(5))
    offer = pending(conversation)
    decline_offer(user=shop.alice.user, offer_id=offer.pk, now=later(5))
    settle(later(5))
    tasks.route_open(now=later(70).isoformat())
    assert pending(conversation).agent == shop.alice


def test_an_offer_stands_when_the_hours_end(settle: Settle) -> None:
    shop = people.shop(queue=closing_at_noon())
    make.connected(shop.alice, now=later(-10))
    conversation = make.conversation(widget=shop.widget, now=later(-10))
    settle(later(-10))
    offer = pending(conversation)
    tasks.expire_offers(now=later(60).isoformat())
    assert pending(conversation) == offer


def test_the_sweep_makes_good_what_was_missed_in_the_order_of_the_line() -> None:
    urgent = make.queue("Urgent", priority=1)
    shop = people.shop(queue=make.queue("Support"), units=50)
    make.member(shop.alice, urgent)
    urgent_widget = make.widget(workstream=make.workstream(queue=urgent, units=50))
    old = make.conversation(widget=shop.widget, now=NOW)
    make.conversation(widget=shop.widget, now=later(1))
    newest = make.conversation(widget=urgent_widget, now=later(2))
    make.connected(shop.alice, now=later(3))
    assert tasks.route_open(now=later(3).isoformat()) == 2
    assert is_offered(newest)
    assert is_offered(old)


def test_a_row_that_fails_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    broken = make.conversation(widget=shop.widget, now=NOW)
    fine = make.conversation(widget=shop.widget, now=later(1))

    def failing(conversation: Conversation, **known: Any) -> Work:
        if conversation == broken:
            raise RuntimeError
        return work_of(conversation, **known)

    monkeypatch.setattr("routing.drain.work_of", failing)
    assert tasks.route_open(now=later(2).isoformat()) == 1
    assert is_offered(fine)
    assert not is_offered(broken)


def test_a_second_sweep_does_not_run_beside_the_first() -> None:
    from threading import Thread

    from django.db import connections

    from chat.tasks import only_one_sweep

    shop = people.shop()
    make.connected(shop.alice)
    conversation = make.conversation(widget=shop.widget)

    def elsewhere() -> None:
        tasks.route_open()
        connections.close_all()

    with only_one_sweep("route_open") as is_mine:
        assert is_mine
        thread = Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert not is_offered(conversation)
