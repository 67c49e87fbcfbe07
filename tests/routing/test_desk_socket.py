"""The agent's socket, against a real web process."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from chat.models import Message
from tests import make, people
from tests.clients import CustomerClient, Frame
from tests.people import Shop
from tests.routing.desk import AgentClient, alice_carla_and, browser_of
from tests.servers import Web


@pytest.fixture
def shop(live: Web) -> Shop:
    return people.shop()


# -- who may speak


def test_whoever_is_no_signed_in_agent_is_closed_with_4401(live: Web, shop: Shop) -> None:
    for person in (None, make.user("mallory")):
        with AgentClient(live.url, person) as client:
            assert client.close_code() == 4401


def test_another_origin_is_refused(live: Web, shop: Shop) -> None:
    with pytest.raises(InvalidStatus):
        AgentClient(live.url, shop.alice, origin="https://elsewhere.example")


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "shout"},
        {"type": "ping", "loud": True},
        {"type": "presence.set", "status": "inactive"},
        {"type": "seen", "conversation": str(uuid.uuid4()), "seq": -1},
        {"type": "conversation.park", "conversation": "not an id"},
    ],
)
def test_unknown_frames_fields_and_values_are_refused(live: Web, shop: Shop, frame: Frame) -> None:
    with AgentClient(live.url, shop.alice) as client:
        client.hello()
        assert client.ask(frame)["code"] == "invalid"
        assert client.strays() == []


def test_nothing_is_done_before_hello(live: Web, shop: Shop) -> None:
    with AgentClient(live.url, shop.alice) as client:
        client.send({"type": "presence.set", "status": "away"})
        assert client.close_code() == 4401


def test_signing_out_closes_every_console_of_that_session(live: Web, shop: Shop) -> None:
    browser = browser_of(shop.alice)
    with AgentClient(live.url, browser) as here, AgentClient(live.url, shop.alice) as elsewhere:
        here.hello()
        elsewhere.hello()
        browser.post("/accounts/logout/")
        assert here.close_code() == 4401
        assert elsewhere.strays() == []


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "changed"}])
def test_a_deactivated_agent_or_a_changed_password_closes_the_console(
    live: Web, shop: Shop, change: dict[str, Any]
) -> None:
    with AgentClient(live.url, shop.alice) as client:
        client.hello()
        type(shop.alice.user).objects.filter(pk=shop.alice.pk).update(**change)
        assert client.close_code() == 4401


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "history", "before": 5},
        {"type": "seen", "seq": 1},
        {"type": "conversation.park"},
        {"type": "conversation.end"},
        {"type": "conversation.pick"},
        {"type": "conversation.resume"},
        {"type": "conversation.requeue"},
        {"type": "conversation.close"},
        {"type": "watch"},
        {"type": "message.send", "client_id": str(uuid.uuid4()), "body": "Hello"},
        {"type": "message.send", "client_id": str(uuid.uuid4()), "body": "Hello", "internal": True},
    ],
)
def test_a_stranger_reaches_nothing(live: Web, shop: Shop, frame: Frame) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    before = (conversation.version, Message.objects.count())
    with AgentClient(live.url, people.stranger()) as client:
        assert client.hello()["conversations"] == []
        assert client.ask({**frame, "conversation": str(conversation.pk)})["code"] == "not_found"
    conversation.refresh_from_db()
    assert (conversation.version, Message.objects.count()) == before


def test_only_supervisors_assign_and_watch(live: Web, shop: Shop) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.sue) as sue:
        alice.hello()
        sue.hello()
        assert alice.do("assign", conversation.pk, agent=shop.alice.pk)["code"] == "forbidden"
        assert alice.ask({"type": "watch", "conversation": str(conversation.pk)})["code"] == "not_found"
        assert sue.ask({"type": "watch", "conversation": str(conversation.pk)})["type"] == "ok"
        alice.post(conversation.pk, "To Carla")
        assert sue.until("message.posted")["message"]["body"] == "To Carla"
        assert sue.do("assign", conversation.pk, agent=shop.sue.pk)["type"] == "ok"
        assert alice.until("conversation.removed")["conversation"] == str(conversation.pk)


# -- what is told


def test_the_snapshot_holds_ones_work_and_nobody_elses(live: Web, shop: Shop) -> None:
    mine = make.active(shop.alice, widget=shop.widget)
    waiting = make.parked(shop.alice, widget=shop.widget)
    over = make.ended(make.conversation(widget=shop.widget), shop.alice)
    make.active(shop.bob, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as client:
        snapshot = client.hello()
    assert snapshot["protocol"] == 1
    assert snapshot["server_time"]
    agent = snapshot["agent"]
    assert (agent["id"], agent["name"], agent["capacity"]) == (shop.alice.pk, "Alice", 100)
    assert (agent["presence"], agent["chosen"]) == ("busy", "available")
    held = {one["conversation"]["id"]: one for one in snapshot["conversations"]}
    assert set(held) == {str(each.pk) for each in (mine, waiting, over)}
    shown = held[str(mine.pk)]
    assert shown["conversation"]["customer"]["authenticated"] is True
    assert shown["conversation"]["queue"] == {"id": shop.queue.pk, "name": "Support"}
    assert (shown["conversation"]["agent"]["name"], shown["unread"]) == ("Alice", 1)
    assert shown["messages"][0]["body"] == "Hello"


def test_hello_brings_only_what_comes_after(live: Web, shop: Shop) -> None:
    carla = people.carla(shop.widget)
    conversation = make.given(make.conversation(carla), shop.alice)
    make.answered(conversation, shop.alice, "A note", internal=True)
    known = make.answered(conversation, shop.alice, "Known").message.seq
    make.posted(carla, "New")
    with AgentClient(live.url, shop.alice) as client:
        snapshot = client.hello(**{str(conversation.pk): {"seq": known, "note_seq": 1}})
        assert [m["body"] for m in snapshot["conversations"][0]["messages"]] == ["New"]


def test_snapshots_carry_twenty_messages_and_history_the_rest(live: Web, shop: Shop) -> None:
    carla = people.carla(shop.widget)
    conversation = make.given(make.conversation(carla, body="1"), shop.alice)
    make.answered(conversation, shop.alice, "An early note", internal=True)
    for number in range(30):
        make.posted(carla, f"Message {number}")
    with AgentClient(live.url, shop.alice) as client:
        log = client.hello()["conversations"][0]["messages"]
        assert len([m for m in log if m["seq"]]) == 20
        first = min(m["seq"] for m in log if m["seq"])
        older = client.ask(
            {"type": "history", "conversation": str(conversation.pk), "before": first, "limit": 100}
        )
        seqs = sorted({m["seq"] for m in [*log, *older["messages"]] if m["seq"]})
        conversation.refresh_from_db()
        assert seqs == list(range(1, conversation.latest_seq + 1))
        assert [m["body"] for m in older["messages"] if m.get("internal")] == ["An early note"]
        assert older["has_more"] is False
        after = client.ask({"type": "history", "conversation": str(conversation.pk), "after": seqs[-2]})
        assert [m["seq"] for m in after["messages"] if m["seq"]] == [seqs[-1]]


def test_pages_of_history_hold_each_message_and_note_once(live: Web, shop: Shop) -> None:
    carla = people.carla(shop.widget)
    conversation = make.given(make.conversation(carla, body="1"), shop.alice)
    for number in range(9):
        make.posted(carla, f"Message {number}")
        make.answered(conversation, shop.alice, f"Note {number}", internal=True)
    with AgentClient(live.url, shop.alice) as client:
        client.hello()
        seen: list[str] = []
        named = {"type": "history", "conversation": str(conversation.pk), "limit": 4}
        page = client.ask(named)
        while True:
            seen = [message["body"] for message in page["messages"]] + seen
            if not page["has_more"]:
                break
            page = client.ask({**named, "before": min(m["seq"] for m in page["messages"] if m["seq"])})
    everything = conversation.messages.order_by("sent_at", "seq", "note_seq")
    assert seen == [message.body for message in everything]


def test_an_agent_and_a_customer_talk(live: Web, shop: Shop) -> None:
    session, token = make.session_and_token(widget=shop.widget)
    conversation = make.given(make.conversation(session), shop.alice)
    with AgentClient(live.url, shop.alice) as alice, CustomerClient(live.url, token=token) as carla:
        alice.hello()
        carla.hello()
        carla.send({"type": "typing"})
        assert alice.until("typing")["author"] == {"kind": "customer", "name": "Carla"}
        carla.post("Are you there?")
        assert alice.until("message.posted")["message"]["body"] == "Are you there?"
        alice.send({"type": "typing", "conversation": str(conversation.pk)})
        assert carla.until("typing")["author"] == {"kind": "agent", "name": "Alice"}
        accepted = alice.post(conversation.pk, "I am", seen_seq=99)
        assert accepted["type"] == "message.accepted"
        message = carla.until("message.posted", where=lambda f: f["message"]["author"]["kind"] == "agent")[
            "message"
        ]
        assert (message["body"], message["seq"]) == ("I am", accepted["seq"])
        assert "id" not in message["author"]
        carla.send({"type": "seen", "seq": accepted["seq"]})
        assert alice.until("seen", where=lambda f: f["by"] == "customer")["seq"] == accepted["seq"]


def test_the_customer_hears_what_has_come_to_her_agents_desk_and_to_no_other(live: Web, shop: Shop) -> None:
    with alice_carla_and(shop.sue, live_url=live.url, shop=shop) as (conversation, alice, sue, carla):
        seq = carla.post("Are you there?")["seq"]
        sue.send({"type": "received", "conversation": str(conversation.pk), "seq": seq, "ref": "sue"})
        sue.send({"type": "ping"})
        sue.until("pong")
        alice.send({"type": "received", "conversation": str(conversation.pk), "seq": seq + 7})
        told = carla.until("delivered")
        assert (told["conversation"], told["seq"]) == (str(conversation.pk), seq)


def test_the_same_client_id_posts_once(live: Web, shop: Shop) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice:
        alice.hello()
        client_id = str(uuid.uuid4())
        first = alice.post(conversation.pk, "Once", client_id=client_id)
        again = alice.post(conversation.pk, "Once", client_id=client_id)
        assert (again["seq"], again["type"]) == (first["seq"], "message.accepted")
        assert Message.objects.filter(body="Once").count() == 1


def test_a_note_reaches_agents_and_never_the_customer(live: Web, shop: Shop) -> None:
    session, token = make.session_and_token(widget=shop.widget)
    conversation = make.given(make.conversation(session), shop.alice)
    with AgentClient(live.url, shop.alice) as alice, CustomerClient(live.url, token=token) as carla:
        alice.hello()
        carla.hello()
        accepted = alice.post(conversation.pk, "Between us", internal=True)
        assert (accepted["seq"], accepted["note_seq"]) == (None, 1)
        note = alice.told("message.posted", where=lambda f: f["message"]["body"] == "Between us")["message"]
        assert (note["internal"], note["seq"], note["note_seq"]) == (True, None, 1)
        alice.post(conversation.pk, "To you")
        carla.until("message.posted", where=lambda f: f["message"]["body"] == "To you")
        assert "Between us" not in json.dumps(carla.frames)


def test_unread_is_equal_on_every_tab(live: Web, shop: Shop) -> None:
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as one, AgentClient(live.url, shop.alice) as two:
        one.hello()
        assert two.hello()["conversations"][0]["unread"] == 1
        one.send({"type": "seen", "conversation": str(conversation.pk), "seq": 1})
        assert two.until("seen", where=lambda f: f["by"] == "agent")["seq"] == 1
        assert two.hello()["conversations"][0]["unread"] == 0


# -- what is refused in good time


def test_park_and_end_are_refused_when_the_customer_has_written_since(live: Web, shop: Shop) -> None:
    carla = people.carla(shop.widget)
    conversation = make.given(make.conversation(carla), shop.alice)
    make.posted(carla, "Wait")
    with AgentClient(live.url, shop.alice) as alice:
        alice.hello()
        for verb in ("park", "end"):
            assert alice.do(verb, conversation.pk, seen_seq=1)["code"] == "newer_message"
        conversation.refresh_from_db()
        assert conversation.state == "active"
        assert alice.do("end", conversation.pk, seen_seq=conversation.latest_seq)["type"] == "ok"


def test_a_reply_is_held_back_when_a_colleague_has_answered(live: Web, shop: Shop) -> None:
    conversation = make.active(shop.bob, widget=shop.widget)
    make.answered(conversation, shop.bob, "Bob was here")
    make.given(conversation, shop.alice)
    with AgentClient(live.url, shop.alice) as alice:
        alice.hello()
        frame = {"client_id": str(uuid.uuid4()), "seen_seq": 1}
        assert alice.post(conversation.pk, "Me too", **frame)["code"] == "colleague_answered"
        assert alice.post(conversation.pk, "Me too", **frame, confirm=True)["type"] == "message.accepted"
