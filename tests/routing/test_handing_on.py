"""Handing on over the socket: what its initiator hears of it, and what a stranger does not."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Conversation
from routing.actions import expire_offer, set_presence
from routing.models import Offer, OfferReason
from tests import make, people
from tests.clients import Frame
from tests.people import Shop
from tests.routing.desk import AgentClient
from tests.servers import Web


@pytest.fixture
def shop(live: Web) -> Shop:
    return people.shop()


def end_the_transfer(how: str, shop: Shop, bob: AgentClient) -> None:
    offer = bob.told("offer.made")["offer"]
    if how == "declined":
        assert bob.ask({"type": "offer.decline", "offer": offer["id"]})["type"] == "ok"
    elif how == "missed":
        now = timezone.now()
        Offer.objects.filter(pk=offer["id"]).update(expires_at=now - timedelta(seconds=1))
        expire_offer(offer_id=uuid.UUID(offer["id"]), now=now)
    else:
        set_presence(user=shop.bob.user, status="away", now=timezone.now())


@pytest.mark.parametrize("how", ["declined", "missed", "withdrawn"])
def test_who_asked_a_colleague_hears_that_it_stays_theirs(live: Web, shop: Shop, how: str) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.bob) as bob:
        alice.hello()
        bob.hello()
        assert alice.do("transfer", conversation.pk, agent=shop.bob.pk)["type"] == "ok"
        end_the_transfer(how, shop, bob)
        told = alice.told("offer.ended")
        assert (told["conversation"], told["state"]) == (str(conversation.pk), how)
        assert told["agent"] == {"id": shop.bob.pk, "name": "Bob"}
        bob.told("offer.withdrawn")
        bob.ask({"type": "ping"})
        assert "offer.ended" not in {frame["type"] for frame in bob.frames}
    conversation.refresh_from_db()
    assert (conversation.state, conversation.agent) == ("active", shop.alice.user)


def test_an_accepted_transfer_is_told_by_the_conversation_alone(live: Web, shop: Shop) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.bob) as bob:
        alice.hello()
        bob.hello()
        alice.do("transfer", conversation.pk, agent=shop.bob.pk)
        offer = bob.told("offer.made")["offer"]
        bob.ask({"type": "offer.accept", "offer": offer["id"]})
        alice.told("conversation.removed")
        alice.ask({"type": "ping"})
        assert "offer.ended" not in {frame["type"] for frame in alice.frames}


@pytest.mark.parametrize("verb", ["transfer to an agent", "transfer to a queue", "assign"])
def test_to_a_stranger_a_forbidden_conversation_looks_like_none(live: Web, shop: Shop, verb: str) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    handing: dict[str, Frame] = {
        "transfer to an agent": {"type": "conversation.transfer", "agent": shop.bob.pk},
        "transfer to a queue": {"type": "conversation.transfer", "queue": shop.queue.pk},
        "assign": {"type": "conversation.assign", "agent": shop.bob.pk},
    }
    with AgentClient(live.url, people.stranger()) as mallory:
        mallory.hello()
        answers = [
            mallory.ask({**handing[verb], "conversation": str(pk)}) for pk in (conversation.pk, uuid.uuid4())
        ]
    forbidden, absent = ({**answer, "ref": ""} for answer in answers)
    assert forbidden["code"] == "not_found"
    assert forbidden == absent
    assert Conversation.objects.get(pk=conversation.pk).version == conversation.version
    assert not Offer.objects.filter(conversation=conversation, reason=OfferReason.TRANSFER).exists()
