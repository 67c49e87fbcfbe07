"""Whoever is killed, and whenever: no conversation is left where nobody looks for it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from chat.actions import end_conversation, park_conversation, post_customer_message, requeue_conversation
from chat.models import Conversation, CustomerSession
from config.celery import SCHEDULE
from routing import tasks
from routing.actions import (
    accept_offer,
    assign_conversation,
    deactivate_agent,
    decline_offer,
    expire_offer,
    leave_behind,
    leave_queue,
    overflow_conversation,
    pick_conversation,
    set_presence,
    transfer_to_agent,
)
from routing.distribution import route_conversation, route_queues
from routing.models import Agent, Connection, Offer, Status
from tests import crowd, invariants, make
from tests.faults.dying import Mortal, Work, mortal
from tests.servers import Servers
from tests.waiting import wait_until
from workstreams.models import OverflowRule, Queue, Widget

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4
FOUND_WITHIN = timedelta(seconds=10)
SWEEPS = (
    tasks.expire_offers,
    tasks.agents_gone,
    tasks.fall_back,
    tasks.overflow,
    tasks.release_at_hours,
    tasks.route_open,
)


@dataclass(frozen=True)
class Shop:
    """A queue with two agents who are there, and nothing that others know of."""

    queue: Queue
    widget: Widget
    first: Agent
    second: Agent
    now: datetime

    def open(self) -> Conversation:
        (conversation,) = crowd.open_conversations(widget=self.widget, count=1, now=self.now)
        return conversation

    def offered(self) -> Offer:
        offer = route_conversation(conversation_id=self.open().pk, now=self.now)
        assert offer
        return offer

    def active(self) -> Conversation:
        offer = self.offered()
        return accept_offer(user=offer.agent.user, offer_id=offer.pk, now=self.now)

    def waiting(self) -> Conversation:
        conversation = self.active()
        return park_conversation(
            user=holder(conversation), conversation_id=conversation.pk, seen_seq=None, now=self.now
        )


def a_shop(**workstream: Any) -> Shop:
    now = timezone.now()
    stream = make.workstream(**workstream)
    first, second = crowd.agents(queues=[stream.queue], capacities=[100, 100], now=now)
    widget = make.widget(workstream=stream)
    return Shop(queue=stream.queue, widget=widget, first=first, second=second, now=now)


def holder(conversation: Conversation) -> Any:
    assert conversation.agent
    return conversation.agent


def a_session(of: Conversation) -> CustomerSession:
    session, _token = CustomerSession.objects.issue(
        customer=of.customer, widget=of.widget, context={}, now=of.started_at
    )
    return session


# What a server does, as something that another process can do.


def starting() -> Work:
    shop = a_shop()
    session = make.session("carla", widget=shop.widget)
    return partial(post_customer_message, session=session, client_id=uuid.uuid4(), body="Hello", now=shop.now)


def offering() -> Work:
    shop = a_shop()
    return partial(route_conversation, conversation_id=shop.open().pk, now=shop.now)


def assigning() -> Work:
    shop = a_shop(auto_assign=True)
    crowd.open_conversations(widget=shop.widget, count=2, now=shop.now)
    return partial(route_queues, queues=[shop.queue], now=shop.now)


def accepting() -> Work:
    offer = a_shop().offered()
    return partial(accept_offer, user=offer.agent.user, offer_id=offer.pk, now=offer.made_at)


def declining() -> Work:
    offer = a_shop().offered()
    return partial(decline_offer, user=offer.agent.user, offer_id=offer.pk, now=offer.made_at)


def expiring() -> Work:
    offer = a_shop().offered()
    assert offer.expires_at
    return partial(expire_offer, offer_id=offer.pk, now=offer.expires_at)


def parking() -> Work:
    conversation = a_shop().active()
    return partial(
        park_conversation,
        user=holder(conversation),
        conversation_id=conversation.pk,
        seen_seq=None,
        now=timezone.now(),
    )


def waking() -> Work:
    conversation = a_shop().waiting()
    return partial(
        post_customer_message,
        session=a_session(conversation),
        client_id=uuid.uuid4(),
        body="I am back",
        now=timezone.now(),
    )


def ending() -> Work:
    shop = a_shop()
    conversation = shop.active()
    return partial(
        end_conversation,
        user=holder(conversation),
        conversation_id=conversation.pk,
        seen_seq=None,
        now=timezone.now(),
    )


def releasing() -> Work:
    conversation = a_shop().active()
    return partial(
        requeue_conversation,
        user=holder(conversation),
        conversation_id=conversation.pk,
        now=timezone.now(),
    )


def transferring() -> Work:
    shop = a_shop()
    conversation = shop.active()
    other = shop.second if conversation.agent_id == shop.first.pk else shop.first
    return partial(
        transfer_to_agent,
        user=holder(conversation),
        conversation_id=conversation.pk,
        agent_id=other.pk,
        now=timezone.now(),
    )


def taking_over() -> Work:
    transfer = transferring()
    offer = transfer()
    assert isinstance(offer, Offer)
    return partial(accept_offer, user=offer.agent.user, offer_id=offer.pk, now=timezone.now())


def being_assigned() -> Work:
    shop = a_shop()
    offer = shop.offered()
    return partial(
        assign_conversation,
        user=make.supervisor().user,
        conversation_id=offer.conversation_id,
        agent_id=shop.second.pk,
        now=timezone.now(),
    )


def going_away() -> Work:
    offer = a_shop().offered()
    return partial(set_presence, user=offer.agent.user, status=Status.AWAY, now=timezone.now())


def being_gone() -> Work:
    conversation, now = a_shop().active(), timezone.now()
    Conversation.objects.filter(pk=conversation.pk).update(state_changed_at=now - timedelta(minutes=10))
    consoles = Connection.objects.filter(agent=holder(conversation).pk)
    consoles.update(joined_at=now - timedelta(minutes=10), left_at=now - timedelta(minutes=5))
    return partial(leave_behind, held=(conversation.pk, holder(conversation).pk), now=now)


def being_deactivated() -> Work:
    shop = a_shop()
    conversation, _waiting = shop.active(), shop.waiting()
    return partial(deactivate_agent, user_id=holder(conversation).pk, now=timezone.now())


def leaving_a_queue() -> Work:
    shop = a_shop()
    offer = shop.offered()
    offer.agent.memberships.all().delete()
    return partial(leave_queue, left=(offer.agent_id, shop.queue.pk), now=timezone.now())


def picking() -> Work:
    shop = a_shop(distribution="pick")
    return partial(
        pick_conversation, user=shop.first.user, conversation_id=shop.open().pk, now=timezone.now()
    )


def overflowing() -> Work:
    """One too many: it is moved to where the second agent is."""
    shop, other = a_shop(), make.queue()
    make.member(shop.second, other)
    OverflowRule.objects.create(queue=shop.queue, when="full", limit=1, action="transfer", target=other)
    crowd.open_conversations(widget=shop.widget, count=2, now=shop.now)
    last = Conversation.objects.filter(queue=shop.queue).latest("state_changed_at")
    return partial(overflow_conversation, conversation_id=last.pk, now=timezone.now())


WORKS: tuple[Callable[[], Work], ...] = (
    starting,
    offering,
    assigning,
    accepting,
    declining,
    expiring,
    parking,
    waking,
    ending,
    releasing,
    transferring,
    taking_over,
    being_assigned,
    going_away,
    being_gone,
    being_deactivated,
    leaving_a_queue,
    picking,
    overflowing,
)


@pytest.fixture(scope="module")
def program(django_db_setup: None) -> Iterator[Mortal]:
    with mortal() as program:
        yield program


@pytest.mark.usefixtures("happened")
@pytest.mark.parametrize("begin", WORKS, ids=lambda begin: begin.__name__)
def test_killed_before_any_step_it_leaves_nothing_that_the_sweeps_do_not_find(
    begin: Callable[[], Work], program: Mortal
) -> None:
    """Each time in a shop of its own; nobody but the sweeps comes after."""
    steps = 0
    while program.dies(begin(), at=steps):
        steps += 1
    assert steps >= 3  # a write, and both sides of its COMMIT
    assert invariants.broken(now=timezone.now()) == []
    sweep(at=timezone.now() + FOUND_WITHIN)
    assert invariants.broken(now=timezone.now()) == []
    assert invariants.overlooked(now=timezone.now()) == []


def sweep(*, at: datetime) -> None:
    make.beat(now=at)
    for each in SWEEPS:
        each(now=at.isoformat())


@pytest.mark.usefixtures("happened")
def test_a_worker_killed_while_it_routes_leaves_what_the_next_one_finds(servers: Servers) -> None:
    worker = servers.worker()
    shop, moments = a_shop(), random.Random(3)
    crowd.agents(queues=[shop.queue], capacities=[1000], now=shop.now)
    handed_out = 0
    for _ in range(ROUNDS):
        crowd.open_conversations(widget=shop.widget, count=10, now=timezone.now())
        make.beat()
        tasks.route_open.delay()
        killed_at = handed_out + moments.randint(1, 9)
        wait_until(lambda: Offer.objects.count() >= killed_at, what="the worker to be at it", every=0.002)  # noqa: B023
        worker.kill()
        assert invariants.broken(now=timezone.now()) == []
        worker.start()
        make.beat()
        tasks.route_open.delay()
        wait_until(lambda: not invariants.overlooked(now=timezone.now()), what="the next worker to find all")
        assert invariants.broken(now=timezone.now()) == []
        handed_out = Offer.objects.count()
    assert handed_out == 10 * ROUNDS


def test_the_sweeps_come_every_ten_seconds_or_sooner() -> None:
    for each in SWEEPS:
        assert SCHEDULE[each.name] <= FOUND_WITHIN
