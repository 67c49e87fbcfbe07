"""The check that no capacity is exceeded sees what it is for."""

from __future__ import annotations

import pytest

from chat.actions import park_conversation
from chat.models import Conversation
from chat.states import Actor
from routing.actions import accept_offer, resume_conversation
from routing.distribution import route_conversation
from routing.models import Agent
from tests import invariants, make, people
from tests.people import Shop
from tests.routing.clock import NOW, later

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]


def smuggled(shop: Shop, at: float) -> Conversation:
    """Assigned to Alice as if there were room."""
    row = Conversation.objects.with_people().get(pk=make.conversation(widget=shop.widget, now=later(at)).pk)
    row.assign(agent=shop.alice.user, actor=Actor.AGENT, user=None, now=later(at), reason="offer accepted")
    return row


def is_broken(at: float) -> bool:
    return bool(list(invariants.capacities(now=later(at))))


def full(shop: Shop) -> list[Conversation]:
    return [smuggled(shop, number) for number in range(4)]


def resumed_beyond(shop: Shop) -> Conversation:
    """Alice has four places; this is the fifth."""
    parked = make.parked(shop.alice, widget=shop.widget, now=NOW)
    full(shop)
    return resume_conversation(user=shop.alice.user, conversation_id=parked.pk, now=later(10))


def test_four_in_four_places_are_right_and_a_fifth_is_wrong() -> None:
    shop = people.shop()
    full(shop)
    assert not is_broken(5)
    smuggled(shop, 6)
    assert is_broken(7)


def test_an_exception_that_is_held_explains_itself_and_nothing_that_came_after() -> None:
    shop = people.shop()
    resumed_beyond(shop)
    assert not is_broken(11)
    smuggled(shop, 12)
    assert is_broken(13)


def test_an_exception_of_old_excuses_nobody() -> None:
    shop = people.shop()
    gone = resumed_beyond(shop)
    park_conversation(user=shop.alice.user, conversation_id=gone.pk, seen_seq=None, now=later(11))
    assert not is_broken(12)
    smuggled(shop, 13)
    assert is_broken(14)


def test_a_capacity_lowered_while_in_use_excuses_what_was_there_and_nothing_that_came_after() -> None:
    shop = people.shop()
    for number in range(4):
        make.active(shop.alice, widget=shop.widget, now=later(number))
    Agent.objects.filter(pk=shop.alice.pk).update(capacity=50)
    assert not is_broken(5)
    smuggled(shop, 6)
    assert is_broken(7)


def test_a_place_counts_from_the_offer_not_from_its_answer() -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    parked = make.parked(shop.alice, widget=shop.widget, now=NOW)
    for number in range(3):
        smuggled(shop, number)
    offered = make.conversation(widget=shop.widget, now=later(4))
    offer = route_conversation(conversation_id=offered.pk, now=later(5))
    assert offer
    resume_conversation(user=shop.alice.user, conversation_id=parked.pk, now=later(6))
    assert not is_broken(7)
    accept_offer(user=shop.alice.user, offer_id=offer.pk, now=later(8))
    assert not is_broken(9)
