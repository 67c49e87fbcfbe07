"""Several at once. Each of these fails without the lock that it is about."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections, transaction

from chat.actions import post_customer_message
from chat.errors import Busy
from chat.models import Conversation, Participant
from chat.states import Actor, State
from routing import tasks
from routing.actions import (
    NoRoom,
    OfferGone,
    accept_offer,
    assign_conversation,
    consult_colleague,
    deactivate_agent,
    decline_offer,
    expire_offer,
    pick_conversation,
    set_presence,
)
from routing.actions.answers import withdraw_void_offers
from routing.distribution import route_conversation, route_queues
from routing.models import Agent, Offer, OfferState, Status
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import as_now, fresh, pending
from tests.routing.threads import all_at_once, somebody_waits_for_a_lock, waiting_for_locks
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
ROUTERS = 8


def nobody_holds_too_much(*agents: Agent) -> bool:
    return all(agent.used(now=later(1)) <= agent.capacity for agent in agents)


@pytest.mark.parametrize("auto_assign", [False, True])
def test_routers_at_once_never_exceed_a_capacity(auto_assign: bool) -> None:
    shop = people.shop(auto_assign=auto_assign)
    agents = [shop.alice, shop.bob, make.agent(queues=[shop.queue], capacity=25)]
    for agent in agents:
        make.connected(agent, now=NOW)
    conversations = [make.conversation(widget=shop.widget, now=NOW) for _ in range(2 * ROUTERS)]
    for _ in range(2):
        all_at_once(
            [partial(route_conversation, conversation_id=each.pk, now=later(1)) for each in conversations]
        )
    assert nobody_holds_too_much(*agents)
    handed_out = Offer.objects.filter(state__in=[OfferState.PENDING, OfferState.ACCEPTED])
    assert handed_out.count() == 4 + 4 + 1
    assert handed_out.values("conversation").distinct().count() == 4 + 4 + 1


def test_sweeps_at_once_hand_out_each_conversation_once() -> None:
    shop = people.shop(auto_assign=True)
    for agent in (shop.alice, shop.bob):
        make.connected(agent, now=NOW)
    for _ in range(12):
        make.conversation(widget=shop.widget, now=NOW)
    all_at_once([partial(route_queues, queues=[shop.queue], now=later(1)) for _ in range(ROUTERS)])
    assert nobody_holds_too_much(shop.alice, shop.bob)
    assert Conversation.objects.filter(state=State.ACTIVE).count() == 8
    assert Offer.objects.count() == 8


def test_the_record_of_a_pick_tells_how_its_agent_stood_under_the_lock() -> None:
    """The others are told as they stood when it was asked for."""
    shop = people.shop(distribution="pick")
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    set_presence(user=shop.alice.user, status=Status.DO_NOT_DISTURB, now=NOW)
    is_held = threading.Event()

    def come_back() -> None:
        with transaction.atomic():
            held = Agent.objects.locked().get(pk=shop.alice.pk)
            is_held.set()
            wait_until(somebody_waits_for_a_lock, what="the pick to wait")
            held.choose(Status.AVAILABLE)

    def pick() -> Conversation:
        is_held.wait(10)
        return pick_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=later(1))

    _, picked = all_at_once([come_back, pick])
    told = Offer.objects.get(conversation=picked).why
    assert (told["status"], told["despite"]) == (Status.AVAILABLE, {})


def test_picks_at_once_share_one_place() -> None:
    shop = people.shop(distribution="pick", units=100)
    conversations = [make.conversation(widget=shop.widget, now=NOW) for _ in range(6)]
    answers = all_at_once(
        [
            partial(pick_conversation, user=shop.alice.user, conversation_id=each.pk, now=later(1))
            for each in conversations
        ]
    )
    assert sum(isinstance(answer, Conversation) for answer in answers) == 1
    assert sum(isinstance(answer, NoRoom) for answer in answers) == 5


def test_one_conversation_is_picked_by_one_agent() -> None:
    shop = people.shop(distribution="pick")
    agents = [shop.alice, shop.bob, *(make.agent(queues=[shop.queue]) for _ in range(4))]
    conversation = make.conversation(widget=shop.widget, now=NOW)
    answers = all_at_once(
        [
            partial(pick_conversation, user=agent.user, conversation_id=conversation.pk, now=later(1))
            for agent in agents
        ]
    )
    assert sum(isinstance(answer, Conversation) for answer in answers) == 1
    assert conversation.transitions.filter(verb="assign").count() == 1


def offered_to_alice() -> tuple[people.Shop, Conversation, Offer]:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(people.carla(shop.widget, now=NOW), now=NOW)
    offer = route_conversation(conversation_id=conversation.pk, now=NOW)
    assert offer is not None
    return shop, conversation, offer


@pytest.mark.parametrize("second", [accept_offer, decline_offer])
def test_of_two_consoles_at_once_the_first_wins(second: Callable[..., Any]) -> None:
    shop, conversation, offer = offered_to_alice()
    answer: dict[str, Any] = {"user": shop.alice.user, "offer_id": offer.pk, "now": later(1)}
    answers = all_at_once([partial(accept_offer, **answer), partial(second, **answer)])
    assert sum(isinstance(each, OfferGone) for each in answers) == 1
    offer.refresh_from_db()
    accepted = offer.state == OfferState.ACCEPTED
    assert (fresh(conversation).state == State.ACTIVE) is accepted


def test_a_decline_and_the_deadline_at_once_count_once() -> None:
    shop, _conversation, offer = offered_to_alice()
    answers = all_at_once(
        [
            partial(decline_offer, user=shop.alice.user, offer_id=offer.pk, now=later(120)),
            partial(expire_offer, offer_id=offer.pk, now=later(120)),
        ]
    )
    offer.refresh_from_db()
    missed = offer.state == OfferState.MISSED
    assert isinstance(answers[0], OfferGone) is missed
    assert (answers[1] == OfferState.MISSED) is missed
    assert as_now(shop.alice).missed is missed


def test_accepting_while_the_customer_writes_keeps_both() -> None:
    shop, conversation, offer = offered_to_alice()
    session = conversation.customer.sessions.select_related("customer", "widget__workstream").get()
    posts: list[Callable[[], Any]] = [
        partial(post_customer_message, session=session, client_id=uuid.uuid4(), body="More", now=later(1))
        for _ in range(4)
    ]
    accept = partial(accept_offer, user=shop.alice.user, offer_id=offer.pk, now=later(1))
    answers = all_at_once([accept, *posts])
    assert not any(isinstance(answer, Exception) for answer in answers)
    after = fresh(conversation)
    assert (after.state, after.agent) == (State.ACTIVE, shop.alice.user)
    assert list(after.messages.order_by("seq").values_list("seq", flat=True)) == list(
        range(1, after.latest_seq + 1)
    )


def test_accepting_while_a_supervisor_assigns_leaves_one_owner_and_no_open_offer() -> None:
    shop, conversation, offer = offered_to_alice()
    all_at_once(
        [
            partial(accept_offer, user=shop.alice.user, offer_id=offer.pk, now=later(1)),
            partial(
                assign_conversation,
                user=shop.sue.user,
                conversation_id=conversation.pk,
                agent_id=shop.bob.pk,
                anyway=True,
                now=later(1),
            ),
        ]
    )
    withdraw_void_offers(conversation_id=conversation.pk, now=later(1))
    assert fresh(conversation).agent == shop.bob.user
    assert not Offer.objects.filter(state=OfferState.PENDING).exists()


def test_whoever_goes_away_while_being_chosen_is_left_with_nothing() -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversations = [make.conversation(widget=shop.widget, now=NOW) for _ in range(4)]
    routers = [partial(route_conversation, conversation_id=each.pk, now=later(1)) for each in conversations]
    away = partial(set_presence, user=shop.alice.user, status=Status.AWAY, now=later(1))
    all_at_once([*routers[:2], away, *routers[2:]])
    assert not Offer.objects.pending().exists()


def test_guests_of_each_other_can_be_deactivated_at_the_same_time() -> None:
    shop = people.shop()
    pair = (shop.alice, shop.bob)
    theirs = {agent.pk: make.active(agent, widget=shop.widget, now=NOW) for agent in pair}
    for host, guest in (pair, pair[::-1]):
        make.connected(guest, now=NOW)
        consult_colleague(user=host.user, conversation_id=theirs[host.pk].pk, agent_id=guest.pk, now=later(1))
    with ThreadPoolExecutor() as pool:
        # Each stops where it writes the step of its own conversation.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE chat_transition IN EXCLUSIVE MODE")
            works = [pool.submit(_deactivate, agent) for agent in pair]
            wait_until(lambda: waiting_for_locks() == 2, what="both to be under way")
        for work in works:
            work.result(10)
    assert not Participant.objects.present().exists()
    assert {fresh(each).state for each in theirs.values()} == {State.OPEN}


def _deactivate(agent: Agent) -> None:
    try:
        deactivate_agent(user_id=agent.pk, now=later(2))
    finally:
        connections.close_all()


def test_everything_at_once_leaves_every_conversation_somewhere() -> None:
    shop = people.shop()
    for agent in (shop.alice, shop.bob):
        make.connected(agent, now=NOW)
    conversations = [make.conversation(widget=shop.widget, now=NOW) for _ in range(6)]
    for each in conversations:
        route_conversation(conversation_id=each.pk, now=NOW)
    works: list[Callable[[], Any]] = []
    for each in conversations:
        offer = pending(each)
        works.append(partial(accept_offer, user=offer.agent.user, offer_id=offer.pk, now=later(121)))
        works.append(partial(expire_offer, offer_id=offer.pk, now=later(121)))
        works.append(partial(route_conversation, conversation_id=each.pk, now=later(121)))
    answers = all_at_once(works)
    unexpected = [
        each for each in answers if isinstance(each, Exception) and not isinstance(each, OfferGone | Busy)
    ]
    assert unexpected == []
    for agent in (shop.alice, shop.bob):
        set_presence(user=agent.user, status=Status.AVAILABLE, now=later(122))
    make.beat(now=later(400))
    make.connected(shop.alice, now=later(400))
    tasks.expire_offers(now=later(400).isoformat())
    assert nobody_holds_too_much(shop.alice, shop.bob)
    for each in conversations:
        assert fresh(each).state in (State.OPEN, State.ACTIVE)


def test_a_conversation_that_moved_while_its_lock_was_waited_for_is_found_as_it_is_now() -> None:
    shop = people.shop()
    conversation = make.conversation(widget=shop.widget, now=NOW)
    elsewhere = make.queue()
    has_moved = threading.Event()

    def move() -> None:
        with transaction.atomic():
            held = Conversation.objects.with_people().locked().get(pk=conversation.pk)
            has_moved.set()
            held.requeue(queue=elsewhere, actor=Actor.SUPERVISOR, user=None, now=later(1))
            held.assign(agent=shop.alice.user, actor=Actor.SUPERVISOR, user=None, now=later(1))
            wait_until(somebody_waits_for_a_lock, what="the second to wait")

    def look() -> Conversation | None:
        has_moved.wait(10)
        with transaction.atomic():
            return Conversation.objects.with_people().locked().filter(pk=conversation.pk).first()

    _, found = all_at_once([move, look])
    assert found is not None
    assert (found.queue, found.agent) == (elsewhere, shop.alice.user)
