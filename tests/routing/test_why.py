"""Each way to come to a conversation leaves its reason, and the administrator reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from chat.actions import park_conversation
from chat.models import Conversation
from chat.states import Verb
from routing.actions import (
    accept_offer,
    assign_conversation,
    pick_conversation,
    resume_conversation,
    transfer_to_agent,
)
from routing.distribution import route_conversation
from routing.models import Offer, OfferState
from tests import make, people
from tests.routing.clock import NOW, later
from tests.workstreams.backoffice import administrator, page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]


@pytest.fixture
def office() -> Client:
    return administrator()


def shop(**how: Any) -> people.Shop:
    made = people.shop(**how)
    make.connected(made.alice, now=NOW)
    return made


def opened(at: people.Shop) -> Conversation:
    return make.conversation(people.carla(at.widget, now=NOW), now=NOW)


def routed(conversation: Conversation) -> Offer:
    offer = route_conversation(conversation_id=conversation.pk, now=NOW)
    assert offer
    return offer


def accepted() -> None:
    at = shop()
    accept_offer(user=at.alice.user, offer_id=routed(opened(at)).pk, now=NOW)


def given() -> None:
    routed(opened(shop(auto_assign=True)))


def returning() -> None:
    at = shop()
    conversation = _parked(at)
    make.posted(
        conversation.customer.sessions.select_related("customer", "widget").get(), "Back", now=later(1)
    )
    offer = route_conversation(conversation_id=conversation.pk, now=later(2))
    assert offer
    accept_offer(user=at.alice.user, offer_id=offer.pk, now=later(3))


def picked() -> None:
    at = shop(distribution="pick")
    pick_conversation(user=at.alice.user, conversation_id=opened(at).pk, now=NOW)


def resumed() -> None:
    at = shop()
    resume_conversation(user=at.alice.user, conversation_id=_parked(at).pk, now=later(2))


def resumed_beyond_capacity() -> None:
    at = shop()
    conversation = _parked(at)
    for _ in range(4):
        make.active(at.alice, widget=at.widget, now=later(1))
    resume_conversation(user=at.alice.user, conversation_id=conversation.pk, now=later(2))


def taken_over() -> None:
    at = shop()
    make.connected(at.bob, now=NOW)
    conversation = make.given(opened(at), at.bob, now=NOW)
    offer = transfer_to_agent(
        user=at.bob.user, conversation_id=conversation.pk, agent_id=at.alice.pk, now=later(1)
    )
    accept_offer(user=at.alice.user, offer_id=offer.pk, now=later(2))


def assigned() -> None:
    at = shop()
    assign_conversation(user=at.sue.user, conversation_id=opened(at).pk, agent_id=at.alice.pk, now=NOW)


def _parked(at: people.Shop) -> Conversation:
    conversation = make.given(opened(at), at.alice, now=NOW)
    return park_conversation(user=at.alice.user, conversation_id=conversation.pk, seen_seq=None, now=NOW)


TOLD: dict[Callable[[], None], tuple[str, ...]] = {
    accepted: ("Alice: the only one who could take it", "Not possible: Bob (not connected)."),
    given: ("Alice: the only one who could take it", "Not possible: Bob (not connected)."),
    returning: ("Alice: the same agent as before",),
    picked: ("Alice: picked it from Open work (100 of 100 units free).",),
    resumed: ("Alice: went on with it, whatever their room.",),
    resumed_beyond_capacity: ("went on with it", "This exceeds the capacity by 25 units."),
    taken_over: ("Alice: asked by Bob to take it over.",),
    assigned: ("Alice: assigned by Sue.",),
}


@pytest.mark.parametrize("way", TOLD, ids=lambda way: way.__name__)
def test_the_reason_of_every_assignment_is_on_record_and_on_the_page(
    way: Callable[[], None], office: Client
) -> None:
    way()
    conversation = Conversation.objects.get(customer__subject="carla")
    record = Offer.objects.filter(conversation=conversation, state=OfferState.ACCEPTED).latest("turn")
    assert conversation.transitions.get(turn=record.turn + 1).verb == Verb.ASSIGN
    assert conversation.agent_id == record.agent_id
    for where in (page(Conversation, conversation), page(Offer, record)):
        shown = office.get(where).content.decode()
        assert all(words in shown for words in TOLD[way])


@pytest.mark.parametrize("way", TOLD, ids=lambda way: way.__name__)
def test_no_assignment_is_without_its_record(way: Callable[[], None]) -> None:
    way()
    for conversation in Conversation.objects.all():
        given = set(conversation.transitions.filter(verb=Verb.ASSIGN).values_list("turn", flat=True))
        told = Offer.objects.filter(conversation=conversation, state=OfferState.ACCEPTED).exclude(why={})
        assert given == {turn + 1 for turn in told.values_list("turn", flat=True)}
