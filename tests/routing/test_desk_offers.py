"""Offers, transfers and presence as frames of the agent's socket."""

from __future__ import annotations

import pytest
from django.utils import timezone

from chat import actions
from routing.actions import set_presence
from tests import make, people
from tests.people import Shop
from tests.routing.desk import AgentClient
from tests.servers import Web


@pytest.fixture
def shop(live: Web) -> Shop:
    return people.shop()


def test_an_offer_is_made_accepted_and_gone_on_every_tab(live: Web, shop: Shop) -> None:
    with AgentClient(live.url, shop.alice) as one, AgentClient(live.url, shop.alice) as two:
        one.hello()
        two.hello()
        conversation = make.conversation(widget=shop.widget)
        offer = one.until("offer.made")["offer"]
        assert offer["conversation"]["id"] == str(conversation.pk)
        assert (offer["reason"], offer["conversation"]["last_message"]["body"]) == ("new", "Hello")
        assert 100_000 < offer["expires_in_ms"] <= 120_000
        assert two.until("offer.made")["offer"]["id"] == offer["id"]
        assert one.ask({"type": "offer.accept", "offer": offer["id"]})["type"] == "ok"
        assert two.until("offer.withdrawn")["offer"] == offer["id"]
        held = two.until("conversation.changed", where=lambda f: f["conversation"]["state"] == "active")
        assert held["conversation"]["agent"]["id"] == shop.alice.pk
        assert two.ask({"type": "offer.accept", "offer": offer["id"]})["code"] == "offer_gone"


def test_a_declined_offer_goes_to_a_colleague(live: Web, shop: Shop) -> None:
    with AgentClient(live.url, shop.alice) as alice:
        alice.hello()
        make.conversation(widget=shop.widget)
        offer = alice.until("offer.made")["offer"]
        with AgentClient(live.url, shop.bob) as bob:
            bob.hello()
            assert alice.ask({"type": "offer.decline", "offer": offer["id"]})["type"] == "ok"
            assert bob.until("offer.made")["offer"]["conversation"]["id"] == offer["conversation"]["id"]


def test_an_offer_is_shown_with_what_the_customer_says_meanwhile(live: Web, shop: Shop) -> None:
    carla = people.carla(shop.widget)
    with AgentClient(live.url, shop.alice) as alice:
        alice.hello()
        make.posted(carla, "First")
        offer = alice.until("offer.made")["offer"]
        make.posted(carla, "Second")
        renewed = alice.until(
            "offer.made", where=lambda f: f["offer"]["conversation"]["last_message"]["body"] == "Second"
        )
        assert renewed["offer"]["id"] == offer["id"]


def test_a_returning_customer_is_offered_to_the_same_agent_even_when_away(live: Web, shop: Shop) -> None:
    carla = people.carla(shop.widget)
    conversation = make.given(make.conversation(carla), shop.alice)
    actions.park_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=timezone.now()
    )
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.bob) as bob:
        alice.hello()
        bob.hello()
        assert alice.ask({"type": "presence.set", "status": "away"})["type"] == "ok"
        make.posted(carla, "I am back")
        offer = alice.until("offer.made")["offer"]
        assert (offer["reason"], offer["expires_at"]) == ("returning", None)
        assert offer["conversation"]["held_for_me"] is True
        assert alice.do("resume", conversation.pk)["type"] == "ok"
        alice.told("offer.withdrawn")
        bob.ask({"type": "ping"})
        assert "offer.made" not in {frame["type"] for frame in bob.frames}


def test_a_transfer_is_offered_and_stays_ones_own_until_it_is_accepted(live: Web, shop: Shop) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.bob) as bob:
        alice.hello()
        bob.hello()
        assert alice.do("transfer", conversation.pk)["code"] == "invalid"
        assert alice.do("transfer", conversation.pk, agent=shop.bob.pk)["type"] == "ok"
        offer = bob.until("offer.made")["offer"]
        assert (offer["reason"], "asked by Alice" in offer["why"]) == ("transfer", True)
        assert alice.post(conversation.pk, "One moment")["type"] == "message.accepted"
        assert bob.ask({"type": "offer.accept", "offer": offer["id"]})["type"] == "ok"
        assert alice.told("conversation.removed")["conversation"] == str(conversation.pk)
        assert bob.post(conversation.pk, "Bob here", confirm=True)["type"] == "message.accepted"


def test_presence_is_told_to_the_agent_and_to_supervisors(live: Web, shop: Shop) -> None:
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.sue) as sue:
        alice.hello()
        sue.hello()
        set_presence(user=shop.alice.user, status="do_not_disturb", now=timezone.now())
        for client in (alice, sue):
            told = client.until("presence", where=lambda f: f["agent"]["chosen"] == "do_not_disturb")
            assert told["agent"]["id"] == shop.alice.pk
