"""Picking, resuming, assigning and handing on: who may, and what it does to the room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from chat import events
from chat.actions import NotYours, park_conversation
from chat.actions.starting import QueueClosed
from chat.errors import NotFound
from chat.models import Conversation, Transition
from chat.states import InvalidTransition, State
from routing.actions import (
    AgentAbsent,
    HeldForOther,
    NoAgent,
    NoRoom,
    NotAvailable,
    NotPicked,
    SupervisorsOnly,
    accept_offer,
    assign_conversation,
    decline_offer,
    expire_offer,
    pick_conversation,
    resume_conversation,
    transfer_to_agent,
    transfer_to_queue,
)
from routing.models import Offer, OfferReason, OfferState
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import as_now, fresh, pending

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]


def reason_of(conversation: Conversation) -> str:
    return Transition.objects.filter(conversation=conversation).latest("turn").reason


# -- picking


def test_a_member_picks_and_the_row_says_so() -> None:
    shop = people.shop(distribution="pick")
    conversation = make.conversation(widget=shop.widget, now=NOW)
    pick_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=NOW)
    assert (fresh(conversation).agent, reason_of(conversation)) == (shop.alice.user, "picked")
    with pytest.raises(InvalidTransition):
        pick_conversation(user=shop.bob.user, conversation_id=conversation.pk, now=NOW)


def test_strangers_and_mere_users_pick_nothing() -> None:
    shop = people.shop(distribution="pick")
    conversation = make.conversation(widget=shop.widget, now=NOW)
    with pytest.raises(NotFound):
        pick_conversation(user=people.stranger().user, conversation_id=conversation.pk, now=NOW)
    with pytest.raises(NoAgent):
        pick_conversation(user=make.user(), conversation_id=conversation.pk, now=NOW)


def test_push_conversations_are_not_picked_unless_the_workstream_allows_it() -> None:
    shop = people.shop()
    conversation = make.conversation(widget=shop.widget, now=NOW)
    with pytest.raises(NotPicked):
        pick_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=NOW)
    shop.workstream.pick_from_push = True
    shop.workstream.save()
    pick_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=NOW)
    assert fresh(conversation).state == State.ACTIVE


def test_a_pick_needs_room_unless_the_workstream_allows_more() -> None:
    shop = people.shop(distribution="pick", units=60)
    first, second = (make.conversation(widget=shop.widget, now=NOW) for _ in range(2))
    pick_conversation(user=shop.alice.user, conversation_id=first.pk, now=NOW)
    with pytest.raises(NoRoom) as refused:
        pick_conversation(user=shop.alice.user, conversation_id=second.pk, now=NOW)
    assert refused.value.extra == {"free": 40, "units": 60}
    shop.workstream.pick_over_capacity = True
    shop.workstream.save()
    pick_conversation(user=shop.alice.user, conversation_id=second.pk, now=NOW)
    assert reason_of(second) == "picked, over capacity"


def test_what_is_held_for_somebody_is_not_picked_even_without_an_offer(settle: Settle) -> None:
    closed = make.queue("Support", operating_hours=make.hours())
    shop = people.shop(queue=closed, distribution="pick")
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))
    settle(later(1))
    with pytest.raises(HeldForOther):
        pick_conversation(user=shop.bob.user, conversation_id=conversation.pk, now=later(2))
    resume_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=later(3))
    assert fresh(conversation).agent == shop.alice.user


# -- going on


def test_an_agent_resumes_their_own_waiting_conversation_whatever_the_room() -> None:
    shop = people.shop(units=100)
    waiting = make.parked(shop.alice, widget=shop.widget, now=NOW)
    make.active(shop.alice, widget=shop.widget, now=NOW)
    with pytest.raises(NotYours):
        resume_conversation(user=shop.bob.user, conversation_id=waiting.pk, now=NOW)
    resume_conversation(user=shop.alice.user, conversation_id=waiting.pk, now=NOW)
    assert reason_of(waiting) == "resumed, over capacity"
    with pytest.raises(InvalidTransition):
        resume_conversation(user=shop.alice.user, conversation_id=waiting.pk, now=NOW)


# -- supervisors


@pytest.mark.parametrize("start", ["open", "active", "waiting"])
def test_a_supervisor_assigns_at_once_to_anybody_and_it_is_on_record(start: str) -> None:
    shop = people.shop()
    builders = {
        "open": lambda: make.conversation(widget=shop.widget, now=NOW),
        "active": lambda: make.active(shop.alice, widget=shop.widget, now=NOW),
        "waiting": lambda: make.parked(shop.alice, widget=shop.widget, now=NOW),
    }
    conversation = builders[start]()
    outsider = people.stranger()
    assign: dict[str, Any] = {
        "user": shop.sue.user,
        "conversation_id": conversation.pk,
        "agent_id": outsider.pk,
        "now": NOW,
    }
    with pytest.raises(AgentAbsent):
        assign_conversation(**assign)
    assign_conversation(**assign, anyway=True)
    assert fresh(conversation).agent == outsider.user
    kept = Offer.objects.get(conversation=conversation, reason=OfferReason.ASSIGNED, agent=outsider)
    assert (kept.made_by, kept.why["by"]) == (shop.sue.user, "Sue")


def test_a_supervisor_exceeds_capacities_and_the_row_says_so() -> None:
    shop = people.shop(distribution="pick", units=60)
    first, second, third = (make.conversation(widget=shop.widget, now=NOW) for _ in range(3))
    for conversation in (first, second):
        make.given(conversation, shop.alice, now=NOW)
    assert (reason_of(first), reason_of(second)) == (
        "assigned by a supervisor",
        "assigned by a supervisor, over capacity",
    )
    make.active(shop.sue, widget=shop.widget, now=NOW)
    pick_conversation(user=shop.sue.user, conversation_id=third.pk, now=NOW)
    assert reason_of(third) == "picked, over capacity"


def test_agents_and_strangers_assign_nothing() -> None:
    shop = people.shop()
    conversation = make.conversation(widget=shop.widget, now=NOW)
    for user in (shop.alice.user, people.stranger().user, make.user()):
        with pytest.raises(SupervisorsOnly):
            assign_conversation(
                user=user, conversation_id=conversation.pk, agent_id=shop.bob.pk, now=NOW, anyway=True
            )


def test_an_assignment_ends_the_offer_to_somebody_else(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    offer = pending(conversation)
    assign_conversation(
        user=shop.sue.user, conversation_id=conversation.pk, agent_id=shop.bob.pk, anyway=True, now=later(1)
    )
    settle(later(1))
    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN
    assert fresh(conversation).agent == shop.bob.user


# -- handing on


def test_a_transfer_asks_a_colleague_and_the_owner_stays_until_they_accept() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    ask: dict[str, Any] = {
        "user": shop.alice.user,
        "conversation_id": conversation.pk,
        "agent_id": shop.bob.pk,
    }
    with pytest.raises(NotAvailable) as refused:
        transfer_to_agent(**ask, now=NOW)
    assert refused.value.extra == {"reason": "offline"}
    make.connected(shop.bob, now=NOW)
    offer = transfer_to_agent(**ask, now=NOW)
    assert (offer.reason, offer.made_by, offer.expires_at) == (
        OfferReason.TRANSFER,
        shop.alice.user,
        later(120),
    )
    assert as_now(shop.bob).used(now=NOW) == 25
    with pytest.raises(HeldForOther):
        transfer_to_agent(**ask, now=NOW)
    assert fresh(conversation).agent == shop.alice.user
    accept_offer(user=shop.bob.user, offer_id=offer.pk, now=later(1))
    assert fresh(conversation).agent == shop.bob.user
    assert as_now(shop.alice).used(now=later(1)) == 0


def test_a_refused_transfer_changes_nothing(settle: Settle) -> None:
    shop = people.shop(do_not_disturb_after_decline=True)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    make.connected(shop.bob, now=NOW)
    ask: dict[str, Any] = {
        "user": shop.alice.user,
        "conversation_id": conversation.pk,
        "agent_id": shop.bob.pk,
    }
    decline_offer(user=shop.bob.user, offer_id=transfer_to_agent(**ask, now=NOW).pk, now=later(1))
    missed = transfer_to_agent(**ask, now=later(2))
    expire_offer(offer_id=missed.pk, now=later(122))
    settle(later(122))
    bob = as_now(shop.bob)
    assert (fresh(conversation).agent, bob.presence, bob.missed) == (shop.alice.user, "available", False)


def test_parking_ends_a_transfer_that_nobody_has_answered(settle: Settle) -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    make.connected(shop.bob, now=NOW)
    offer = transfer_to_agent(
        user=shop.alice.user, conversation_id=conversation.pk, agent_id=shop.bob.pk, now=NOW
    )
    park_conversation(user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=later(1))
    settle(later(1))
    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN


def test_only_ones_own_active_conversation_is_transferred() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    make.connected(shop.bob, now=NOW)
    for user in (shop.bob.user, people.stranger().user):
        with pytest.raises(NotYours):
            transfer_to_agent(user=user, conversation_id=conversation.pk, agent_id=shop.bob.pk, now=NOW)
        with pytest.raises(NotYours):
            transfer_to_queue(user=user, conversation_id=conversation.pk, queue_id=shop.queue.pk, now=NOW)


def test_a_transfer_to_a_queue_ends_the_affinity_and_a_closed_queue_is_refused(settle: Settle) -> None:
    shop = people.shop()
    sales = make.queue("Sales")
    dora = make.agent("dora", queues=[sales])
    make.connected(dora, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    closed = make.queue(operating_hours=make.hours())
    move: dict[str, Any] = {"user": shop.alice.user, "conversation_id": conversation.pk, "now": NOW}
    with pytest.raises(QueueClosed):
        transfer_to_queue(**move, queue_id=closed.pk)
    with pytest.raises(NotFound):
        transfer_to_queue(**move, queue_id=0)
    transfer_to_queue(**move, queue_id=sales.pk)
    settle(NOW)
    assert pending(conversation).agent == dora
