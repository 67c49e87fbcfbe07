"""Each way to come to a conversation leaves its reason, and the administrator reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.actions import park_conversation
from chat.models import Conversation
from chat.states import Verb
from routing.actions import (
    accept_offer,
    assign_conversation,
    pick_conversation,
    resume_conversation,
    set_presence,
    transfer_to_agent,
)
from routing.distribution import route_conversation
from routing.models import Offer, OfferState
from routing.why import in_words
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.desk import browser_of
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


def returning_while_away() -> None:
    at = shop()
    make.connected(at.bob, now=NOW)
    conversation = _parked(at)
    set_presence(user=at.alice.user, status="away", now=later(1))
    make.posted(make.session("carla", widget=at.widget, now=NOW), "Back", now=later(1))
    offer = route_conversation(conversation_id=conversation.pk, now=later(2))
    assert offer
    accept_offer(user=at.alice.user, offer_id=offer.pk, now=later(3))


def assigned_to_a_stranger() -> None:
    at = shop()
    stranger = people.stranger()
    make.connected(stranger, now=NOW)
    assign_conversation(user=at.sue.user, conversation_id=opened(at).pk, agent_id=stranger.pk, now=NOW)


def _parked(at: people.Shop) -> Conversation:
    conversation = make.given(opened(at), at.alice, now=NOW)
    return park_conversation(user=at.alice.user, conversation_id=conversation.pk, seen_seq=None, now=NOW)


NOT_BOB = "Not possible: Bob (not connected)."
TOLD: dict[Callable[[], None], tuple[str, ...]] = {
    accepted: ("Alice: the only one who could take it", NOT_BOB),
    given: ("Alice: the only one who could take it", NOT_BOB),
    returning: ("Alice: the same agent as before", NOT_BOB),
    returning_while_away: (
        "Alice: the same agent as before",
        "own rules would not have offered it: is Away.",
        "Also possible: Bob (100 free).",
    ),
    picked: ("Alice: picked it from Open work (100 of 100 units free).", NOT_BOB),
    resumed: ("Alice: went on with it, whatever their room.", NOT_BOB),
    resumed_beyond_capacity: ("went on with it", "This exceeds the capacity by 25 units.", NOT_BOB),
    taken_over: ("Alice: asked by Bob to take it over.", "Not possible: Bob (had it)."),
    assigned: ("Alice: assigned by Sue.", NOT_BOB),
    assigned_to_a_stranger: (
        "Mallory: assigned by Sue.",
        "own rules would not have offered it: not a member of the queue.",
        "Also possible: Alice (100 free).",
        NOT_BOB,
    ),
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
        shown = unescape(office.get(where).content.decode())
        assert all(words in shown for words in TOLD[way])


@pytest.mark.parametrize("way", TOLD, ids=lambda way: way.__name__)
def test_no_assignment_is_without_its_record(way: Callable[[], None]) -> None:
    way()
    for conversation in Conversation.objects.all():
        given = set(conversation.transitions.filter(verb=Verb.ASSIGN).values_list("turn", flat=True))
        told = Offer.objects.filter(conversation=conversation, state=OfferState.ACCEPTED).exclude(why={})
        assert given == {turn + 1 for turn in told.values_list("turn", flat=True)}


@pytest.mark.parametrize(
    "way", [picked, resumed, returning, taken_over, assigned], ids=lambda way: way.__name__
)
def test_who_else_could_have_it_is_read_before_anybody_must_wait(way: Callable[[], None]) -> None:
    with CaptureQueriesContext(connection) as asked:
        way()
    reads = [(each["sql"], _is_locking(asked.captured_queries[:place])) for place, each in enumerate(asked)]
    floors = [
        while_locking
        for sql, while_locking in reads
        if sql.startswith("SELECT") and '"routing_agentskill"' in sql
    ]
    assert floors
    assert not any(floors)


def _is_locking(before: list[dict[str, str]]) -> bool:
    """Whether a row is locked after these statements."""
    texts = [each["sql"] for each in before]
    begun = max((place for place, sql in enumerate(texts) if sql.startswith(("BEGIN", "COMMIT"))), default=0)
    return any("FOR NO KEY UPDATE" in sql for sql in texts[begun:])


MANY = 20  # of each kind: more than a sentence names


def with_many_who_could_and_could_not(
    way: Callable[[people.Shop, Conversation], Offer],
) -> tuple[people.Shop, Offer]:
    at = shop()
    for number in range(MANY):
        make.connected(make.agent(f"here-{number}", queues=[at.queue], capacity=90), now=NOW)
        make.agent(f"elsewhere-{number}", queues=[at.queue])
    return at, way(at, opened(at))


def is_routed(at: people.Shop, conversation: Conversation) -> Offer:
    return routed(conversation)


def is_assigned(at: people.Shop, conversation: Conversation) -> Offer:
    make.given(conversation, at.alice, now=NOW)
    return Offer.objects.get(conversation=conversation)


@pytest.mark.parametrize("way", [is_routed, is_assigned], ids=lambda way: way.__name__)
def test_everybody_who_was_considered_can_be_seen_in_console_and_admin(
    way: Callable[[people.Shop, Conversation], Offer], office: Client
) -> None:
    at, offer = with_many_who_could_and_could_not(way)
    address = f"/console/offers/{offer.pk}/considered/"
    desk = browser_of(at.alice)
    beside = desk.get(f"/console/conversations/{offer.conversation_id}/", headers={"HX-Request": "true"})
    assert address in beside.content.decode()
    for where, reader in ((address, desk), (page(Offer, offer), office)):
        shown = reader.get(where).content.decode()
        assert "Alice" in shown
        for number in range(MANY):
            assert re.search(rf"Here-{number}</b>:? 90( of 90)? units free", shown)
            assert re.search(rf"Elsewhere-{number}</b>:? not connected", shown)
    assert browser_of(people.stranger()).get(address).status_code == 404


def test_who_all_are_named_need_not_be_asked_for() -> None:
    at = shop()
    offer = routed(opened(at))
    beside = browser_of(at.alice).get(f"/console/conversations/{offer.conversation_id}/why/")
    assert f"offers/{offer.pk}" not in beside.content.decode()


def test_what_a_record_says_in_a_sentence_needs_no_further_statement() -> None:
    """There is one for each assignment, in frames and lists."""
    _at, offer = with_many_who_could_and_could_not(is_routed)
    with CaptureQueriesContext(connection) as asked:
        assert f"and {MANY - 8} more" in in_words(Offer.objects.get(pk=offer.pk).why)
    assert len(asked) == 1
