"""Offers: who is asked, and how an offer ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chat import events
from chat.actions import end_conversation
from chat.states import State
from routing.actions import (
    HeldForOther,
    OfferGone,
    accept_offer,
    decline_offer,
    disconnect,
    expire_offer,
    hand_back,
    pick_conversation,
    set_presence,
)
from routing.distribution import route_conversation
from routing.models import Agent, Offer, OfferReason, OfferState, Status
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import fresh, pending

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]


def test_an_open_conversation_is_offered_with_a_deadline(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(people.carla(shop.widget, now=NOW), now=NOW)
    settle(NOW)
    offer = pending(conversation)
    assert (offer.agent, offer.reason, offer.expires_at) == (shop.alice, OfferReason.NEW, later(120))


def test_the_one_with_most_room_is_asked_first_and_ties_go_round(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    make.connected(shop.bob, now=NOW)
    asked = []
    for second in range(4):
        conversation = make.conversation(widget=shop.widget, now=later(second))
        settle(later(second))
        asked.append(pending(conversation).agent)
    assert asked == [shop.alice, shop.bob, shop.alice, shop.bob]


def test_nobody_is_asked_beyond_their_capacity_and_the_next_place_goes_to_who_has_waited_longest(
    settle: Settle,
) -> None:
    shop = people.shop(units=50)
    make.connected(shop.alice, now=NOW)
    conversations = [make.conversation(widget=shop.widget, now=later(n)) for n in range(4)]
    settle(later(5))
    asked = {offer.conversation_id for offer in Offer.objects.pending()}
    assert asked == {conversations[0].pk, conversations[1].pk}
    accept_offer(user=shop.alice.user, offer_id=pending(conversations[0]).pk, now=later(6))
    settle(later(6))
    assert Offer.objects.pending().count() == 1
    shop.workstream.wrap_up_block = "never"
    shop.workstream.save()
    end_conversation(user=shop.alice.user, conversation_id=conversations[0].pk, seen_seq=None, now=later(7))
    settle(later(7))
    assert pending(conversations[2]).agent == shop.alice


def test_accepting_gives_the_conversation_to_the_agent(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    offer = pending(conversation)
    accept_offer(user=shop.alice.user, offer_id=offer.pk, now=later(3))
    offer.refresh_from_db()
    assert (offer.state, offer.ended_at) == (OfferState.ACCEPTED, later(3))
    assert (fresh(conversation).state, fresh(conversation).agent) == (State.ACTIVE, shop.alice.user)


def test_of_two_consoles_the_first_answer_wins(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    offer = pending(conversation)
    accept_offer(user=shop.alice.user, offer_id=offer.pk, now=NOW)
    with pytest.raises(OfferGone):
        accept_offer(user=shop.alice.user, offer_id=offer.pk, now=NOW)
    with pytest.raises(OfferGone):
        decline_offer(user=shop.alice.user, offer_id=offer.pk, now=NOW)


def test_an_offer_is_its_agents_alone(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    offer = pending(conversation)
    for other in (shop.bob, shop.sue, people.stranger()):
        with pytest.raises(OfferGone):
            accept_offer(user=other.user, offer_id=offer.pk, now=NOW)
    with pytest.raises(HeldForOther):
        pick_conversation(user=shop.bob.user, conversation_id=conversation.pk, now=NOW)


def test_a_declined_offer_goes_to_the_next_and_comes_back_after_a_pause_that_doubles(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    make.connected(shop.bob, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    decline_offer(user=shop.alice.user, offer_id=pending(conversation).pk, now=NOW)
    settle(NOW)
    assert pending(conversation).agent == shop.bob
    decline_offer(user=shop.bob.user, offer_id=pending(conversation).pk, now=later(20))
    settle(later(20))
    assert not Offer.objects.pending().exists()

    now, pauses = later(20), []
    for _ in range(5):
        while route_conversation(conversation_id=conversation.pk, now=now) is None:
            now += timedelta(seconds=20)
        offer = pending(conversation)
        if offer.agent == shop.alice:
            previous = Offer.objects.refused().filter(agent=shop.alice).latest("ended_at")
            pauses.append((now - previous.ended_at).total_seconds())  # type: ignore[operator]
        decline_offer(user=offer.agent.user, offer_id=offer.pk, now=now)
    assert pauses == [60, 120, 240]


def test_the_pause_has_an_end(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    now = NOW
    for _ in range(8):
        offer = route_conversation(conversation_id=conversation.pk, now=now)
        assert offer is not None
        decline_offer(user=shop.alice.user, offer_id=offer.pk, now=now)
        now += timedelta(seconds=600)


def test_a_missed_offer_makes_inactive_until_the_agent_says_otherwise(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    make.connected(shop.bob, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    offer = pending(conversation)
    assert expire_offer(offer_id=offer.pk, now=later(119)) is None
    assert expire_offer(offer_id=offer.pk, now=later(120)) == OfferState.MISSED
    settle(later(120))
    alice = Agent.objects.get(pk=shop.alice.pk)
    assert alice.status(now=later(120)) == Status.INACTIVE
    assert pending(conversation).agent == shop.bob

    second = make.conversation(widget=shop.widget, now=later(121))
    make.conversation(widget=shop.widget, now=later(122))
    settle(later(122))
    assert pending(second).agent == shop.bob
    set_presence(user=alice.user, status=Status.AVAILABLE, now=later(123))
    settle(later(123))
    assert Agent.objects.get(pk=alice.pk).status(now=later(123)) == Status.AVAILABLE


def test_whoever_is_not_there_misses_nothing(settle: Settle) -> None:
    shop = people.shop()
    console = make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    disconnect(connection_id=console.pk, now=later(60))
    make.beat(now=later(120))
    assert expire_offer(offer_id=pending(conversation).pk, now=later(120)) == OfferState.WITHDRAWN
    assert not Agent.objects.get(pk=shop.alice.pk).missed


def test_going_away_hands_the_offer_to_the_next_at_once(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    make.connected(shop.bob, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    offer = pending(conversation)
    set_presence(user=shop.alice.user, status=Status.AWAY, now=later(1))
    settle(later(1))
    assert pending(conversation).agent == shop.bob
    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN


def test_a_page_change_is_no_absence_but_ten_seconds_are(settle: Settle) -> None:
    shop = people.shop()
    console = make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    disconnect(connection_id=console.pk, now=NOW)
    make.beat(now=later(9))
    assert hand_back(user_id=shop.alice.pk, now=later(9)) == 0
    make.beat(now=later(11))
    assert hand_back(user_id=shop.alice.pk, now=later(11)) == 1
    assert not Offer.objects.pending().filter(conversation=conversation).exists()


def test_a_message_leaves_the_offer_standing_and_the_end_of_the_conversation_withdraws_it(
    settle: Settle,
) -> None:
    live = people.shop(mode="live")
    make.connected(live.alice, now=NOW)
    session = make.session(None, widget=live.widget, now=NOW)
    conversation = make.conversation(session, now=NOW)
    settle(NOW)
    offer = pending(conversation)
    make.posted(session, "Are you there?", now=later(1))
    settle(later(1))
    assert pending(conversation) == offer
    fresh(conversation).close(actor="customer", user=None, now=later(2))  # type: ignore[arg-type]
    settle(later(2))
    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN
    with pytest.raises(OfferGone):
        accept_offer(user=live.alice.user, offer_id=offer.pk, now=later(3))


def test_where_nobody_is_asked_the_conversation_is_assigned_and_the_reason_kept(settle: Settle) -> None:
    shop = people.shop(auto_assign=True)
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    assert fresh(conversation).agent == shop.alice.user
    kept = Offer.objects.get(conversation=conversation)
    assert (kept.state, kept.why["rule"]) == (OfferState.ACCEPTED, "only_one")


def test_after_a_decline_the_workstream_may_want_do_not_disturb(settle: Settle) -> None:
    shop = people.shop(do_not_disturb_after_decline=True)
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    decline_offer(user=shop.alice.user, offer_id=pending(conversation).pk, now=NOW)
    assert Agent.objects.get(pk=shop.alice.pk).status(now=NOW) == Status.DO_NOT_DISTURB
