"""Consulting, joining and reading along over the sockets, with everybody's console open."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from chat.models import Conversation, Message, Participant, ReadPointer, Transition
from tests import make, people
from tests.clients import CustomerClient, Frame
from tests.people import Shop
from tests.routing.desk import AgentClient, alice_carla_and
from tests.servers import Web


@pytest.fixture
def shop(live: Web) -> Shop:
    return people.shop()


def held(snapshot: Frame) -> list[str]:
    return [one["conversation"]["id"] for one in snapshot["conversations"]]


def company(client: AgentClient, *names: str) -> list[Frame]:
    """The participants as this console is told, once they are these."""

    def is_so(frame: Frame) -> bool:
        return [each["name"] for each in frame["conversation"]["participants"]] == list(names)

    shape = client.told("conversation.changed", where=is_so)["conversation"]
    return list(shape["participants"])


def about(conversation: Conversation, **frame: Any) -> Frame:
    return {"conversation": str(conversation.pk), **frame}


# -- a consultation


def test_a_consultant_is_told_at_once_reads_along_and_writes_notes(live: Web, shop: Shop) -> None:
    session, token = make.session_and_token(widget=shop.widget)
    conversation = make.given(make.conversation(session), shop.alice)
    with (
        AgentClient(live.url, shop.alice) as alice,
        AgentClient(live.url, shop.bob) as bob,
        AgentClient(live.url, shop.bob) as bobs_other,
        CustomerClient(live.url, token=token) as carla,
    ):
        alice.hello()
        assert held(bob.hello()) == []
        bobs_other.hello()
        carla.hello()
        assert alice.do("consult", conversation.pk, agent=shop.bob.pk)["type"] == "ok"
        for console in (bob, bobs_other):
            assert console.told("consult.asked")["by"] == "Alice"
        mine = company(bob, "Bob")
        assert mine == [{"id": shop.bob.pk, "name": "Bob", "role": "consultant", "may_answer": False}]
        assert company(alice, "Bob") == mine
        log = bob.ask({"type": "history", "conversation": str(conversation.pk)})["messages"]
        assert [message["seq"] for message in log] == [1, 2]

        carla.post("Where is my parcel?")
        bob.until("message.posted", where=lambda f: f["message"]["body"] == "Where is my parcel?")
        assert bob.post(conversation.pk, "In the post", internal=True)["note_seq"] == 1
        alice.until("message.posted", where=lambda f: f["message"]["body"] == "In the post")
        assert bob.post(conversation.pk, "It is in the post")["code"] == "forbidden"
        typing = bob.ask({"type": "typing", "conversation": str(conversation.pk)})
        assert typing["code"] == "forbidden"
        carla.ask({"type": "ping"})
        assert "In the post" not in json.dumps(carla.frames)
        assert "Bob" not in json.dumps(carla.frames)
    assert Message.objects.internal().get().author_user == shop.bob.user


def test_an_added_consultant_talks_to_the_customer_until_sent_away(live: Web, shop: Shop) -> None:
    with alice_carla_and(shop.bob, live_url=live.url, shop=shop) as (conversation, alice, bob, carla):
        alice.do("consult", conversation.pk, agent=shop.bob.pk)
        assert alice.ask(about(conversation, type="consult.add", agent=shop.bob.pk))["type"] == "ok"
        carla.until("message.posted", where=lambda f: f["message"]["body"] == "Bob has joined the chat.")
        bob.send(about(conversation, type="typing"))
        assert carla.until("typing")["author"]["name"] == "Bob"
        assert bob.post(conversation.pk, "It is in the post")["type"] == "message.accepted"
        carla.until("message.posted", where=lambda f: f["message"]["body"] == "It is in the post")
        alice.until("message.posted", where=lambda f: f["message"]["body"] == "It is in the post")

        assert alice.ask(about(conversation, type="consult.end", agent=shop.bob.pk))["type"] == "ok"
        carla.until("message.posted", where=lambda f: f["message"]["body"] == "Bob has left the chat.")
        removed = bob.told("conversation.removed")
        assert removed["conversation"] == str(conversation.pk)
        carla.post("Between us")
        alice.until("message.posted", where=lambda f: f["message"]["body"] == "Between us")
        bob.ask({"type": "ping"})
        assert "Between us" not in json.dumps(bob.frames)
        assert bob.ask(about(conversation, type="history"))["code"] == "not_found"
        assert held(bob.hello()) == []


def test_a_snapshot_holds_what_one_takes_part_in_and_a_leave_ends_it(live: Web, shop: Shop) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.bob) as early:
        alice.hello()
        early.hello()
        alice.do("consult", conversation.pk, agent=shop.bob.pk)
        with AgentClient(live.url, shop.bob) as bob:
            snapshot = bob.hello()
            assert held(snapshot) == [str(conversation.pk)]
            assert snapshot["conversations"][0]["messages"][0]["body"] == "Hello"
            assert bob.ask(about(conversation, type="leave"))["type"] == "ok"
            early.told("conversation.removed")
            assert company(alice) == []
            assert bob.ask(about(conversation, type="leave"))["code"] == "not_found"


def test_parking_ends_a_consultation_on_the_colleagues_desk(live: Web, shop: Shop) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.bob) as bob:
        alice.hello()
        bob.hello()
        alice.do("consult", conversation.pk, agent=shop.bob.pk)
        assert alice.do("park", conversation.pk)["type"] == "ok"
        removed = bob.told("conversation.removed")
        conversation.refresh_from_db()
        assert removed["version"] == conversation.version
        assert held(bob.hello()) == []


def test_whom_one_cannot_ask_is_said_with_the_reason(live: Web, shop: Shop) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice:
        alice.hello()
        answer = alice.do("consult", conversation.pk, agent=shop.bob.pk)
        assert (answer["code"], answer["reason"]) == ("agent_not_available", "offline")
        assert alice.do("consult", conversation.pk, agent=10**6)["code"] == "not_found"


# -- joining


def test_a_supervisor_joins_talks_and_leaves(live: Web, shop: Shop) -> None:
    with alice_carla_and(shop.sue, live_url=live.url, shop=shop) as (conversation, alice, sue, carla):
        assert sue.ask(about(conversation, type="join"))["type"] == "ok"
        assert company(alice, "Sue")[0]["role"] == "supervisor"
        carla.until("message.posted", where=lambda f: f["message"]["body"] == "Sue has joined the chat.")
        carla.send({"type": "typing"})
        sue.until("typing")
        assert sue.post(conversation.pk, "I can help")["type"] == "message.accepted"
        carla.send({"type": "seen", "seq": 4})
        sue.until("seen", where=lambda f: f["by"] == "customer")
        held_back = alice.post(conversation.pk, "Let me see", seen_seq=3)
        assert held_back["code"] == "colleague_answered"
        assert [message["body"] for message in held_back["messages"]] == ["I can help"]
        assert sue.ask(about(conversation, type="leave"))["type"] == "ok"
        carla.until("message.posted", where=lambda f: f["message"]["body"] == "Sue has left the chat.")
        sue.told("conversation.removed")


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "conversation.consult", "agent": 1},
        {"type": "consult.add", "agent": 1},
        {"type": "consult.end", "agent": 1},
        {"type": "join"},
        {"type": "leave"},
        {"type": "conversation.release"},
    ],
    ids=lambda frame: str(frame["type"]),
)
def test_a_stranger_reaches_nothing_of_it(live: Web, shop: Shop, frame: Frame) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, people.stranger()) as mallory:
        mallory.hello()
        answers = [mallory.ask({**frame, "conversation": str(pk)}) for pk in (conversation.pk, uuid.uuid4())]
    forbidden, absent = ({**answer, "ref": ""} for answer in answers)
    assert forbidden["code"] == "not_found"
    assert forbidden == absent
    assert not Participant.objects.exists()


# -- reading along


@pytest.mark.parametrize("state", ["active", "wrap_up"])
def test_a_supervisor_reads_along_and_leaves_no_trace(live: Web, shop: Shop, state: str) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.sue) as sue:
        alice.hello()
        assert held(sue.hello()) == []
        if state == "wrap_up":
            alice.do("end", conversation.pk)
        before = traces(conversation)
        assert sue.ask(about(conversation, type="watch"))["type"] == "ok"
        log = sue.ask(about(conversation, type="history"))["messages"]
        assert log[0]["body"] == "Hello"
        assert traces(conversation) == before
        alice.post(conversation.pk, "She is in a hurry", internal=True)
        sue.until("message.posted", where=lambda f: f["message"]["body"] == "She is in a hurry")
        verb = "end" if state == "active" else "close"
        assert alice.do(verb, conversation.pk)["type"] == "ok"
        sue.told("conversation.changed", where=lambda f: f["conversation"]["turn"] == before[0] + 1)
        assert sue.ask(about(conversation, type="unwatch"))["type"] == "ok"


def traces(conversation: Conversation) -> tuple[int, ...]:
    """The turn, and how much there is of everything that somebody might leave behind."""
    kept = (Message, Transition, Participant, ReadPointer)
    counts = [model.objects.filter(conversation=conversation).count() for model in kept]
    standing = Conversation.objects.get(pk=conversation.pk)
    return (standing.turn, standing.version, *counts)
