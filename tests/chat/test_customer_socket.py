"""The customer's socket, against a real web process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat import actions, courier
from chat.models import Conversation, CustomerSession, Message
from tests import make, people
from tests.clients import CustomerClient, Frame
from tests.routing.threads import waiting_for_locks
from tests.servers import Web
from tests.waiting import wait_until
from workstreams.modes import Mode


@contextmanager
def customer(live: Web, *, sub: str | None = "carla", **where: object) -> Iterator[CustomerClient]:
    _, token = make.session_and_token(sub, **where)  # type: ignore[arg-type]
    with CustomerClient(live.url, token=token) as client:
        yield client


def of(client: CustomerClient) -> CustomerSession:
    found = CustomerSession.objects.for_token(client.token).first()
    assert found
    return found


def test_a_message_is_accepted_after_its_commit_and_shown_on_every_tab(live: Web) -> None:
    with customer(live) as one, CustomerClient(live.url, token=one.token) as two:
        one.hello()
        two.hello()
        accepted = one.post("Hello")
        assert Message.objects.get(seq=accepted["seq"]).body == "Hello"
        for tab in (one, two):
            assert tab.until("message.posted")["message"]["body"] == "Hello"


def test_the_same_client_id_again_is_accepted_with_the_first_seq(live: Web) -> None:
    with customer(live) as client:
        client.hello()
        first = client.post("Hello", client_id=(client_id := str(uuid.uuid4())))
        again = client.post("Hello", client_id=client_id)
        assert (again["type"], again["seq"]) == ("message.accepted", first["seq"])
        assert Message.objects.count() == 1


def test_snapshot_and_frames_are_a_fresh_snapshot(live: Web) -> None:
    shop = people.shop()
    with (
        customer(live, widget=shop.widget) as watcher,
        CustomerClient(live.url, token=watcher.token) as writer,
    ):
        state = watcher.hello()
        writer.hello()
        conversation = Conversation.objects.get(pk=writer.post("One")["conversation"])
        make.given(conversation, shop.alice)
        make.answered(conversation, shop.alice, "Two")
        make.answered(conversation, shop.alice, "A note", internal=True)
        writer.post("Three")
        actions.park_conversation(
            user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=timezone.now()
        )
        writer.post("Four")
        assert courier.flush()
        wait_until(
            lambda: any(seen_body(frame) == "Four" for frame in drain(watcher)), what="the last message"
        )
        fresh = writer.hello()
        assert [m["body"] for m in fresh["messages"]] == [
            m["body"] for m in messages_of(state, watcher.frames)
        ]
        assert fresh["conversation"]["state"] == "open"
        wait_until(lambda: latest_conversation(drain(watcher))["state"] == "open", what="the last change")
        assert not any("A note" in json.dumps(frame) for frame in watcher.frames)


def test_what_happens_while_a_snapshot_is_read_is_told_after_it(live: Web) -> None:
    """Told before, the older state would take the place of the newer one."""
    with customer(live) as reader, CustomerClient(live.url, token=reader.token) as writer:
        reader.hello()
        writer.hello()
        writer.post("One")
        reader.until("message.posted")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE chat_readpointer IN ACCESS EXCLUSIVE MODE")
            reader.send({"type": "hello", "session": reader.token, "ref": "again"})
            wait_until(lambda: waiting_for_locks() == 1, what="the snapshot to be read")
            writer.post("Two")
            writer.until("message.posted", where=lambda frame: seen_body(frame) == "Two")
        snapshot = reader.until("snapshot")
        assert snapshot["conversation"]["latest_seq"] == 1
        assert reader.until("message.posted")["message"]["body"] == "Two"


def test_resuming_brings_exactly_what_was_missed(live: Web) -> None:
    with customer(live) as client:
        client.hello()
        conversation = client.post("One")["conversation"]
        client.post("Two")
        client.connection.socket.close()  # no farewell: the cable is pulled
    with CustomerClient(live.url, token=client.token) as other:
        other.hello()
        other.post("Three")
    with CustomerClient(live.url, token=client.token) as back:
        snapshot = back.hello(conversation=conversation, after=2)
        assert [m["seq"] for m in snapshot["messages"]] == [3]


def test_after_counts_only_for_the_conversation_it_was_said_of(live: Web) -> None:
    shop = people.shop()
    with customer(live, widget=shop.widget) as client:
        client.hello()
        ended = Conversation.objects.get(pk=client.post("Old")["conversation"])
        make.ended(ended, shop.alice)
        client.post("New")
        snapshot = client.hello(conversation=str(ended.pk), after=50)
        assert [m["body"] for m in snapshot["messages"]] == ["New"]


def test_a_long_conversation_sends_its_newest_hundred_and_the_rest_on_request(live: Web) -> None:
    with customer(live) as client:
        client.hello()
        session = of(client)
        for number in range(1, 121):
            make.posted(session, str(number))
        snapshot = client.hello()
        assert [snapshot["messages"][0]["seq"], snapshot["messages"][-1]["seq"]] == [21, 120]
        assert snapshot["has_more"]
        history = client.ask({"type": "history", "before": 21})
        assert [m["seq"] for m in history["messages"]] == list(range(1, 21))
        assert not history["has_more"]


def test_the_ended_conversation_is_shown_until_its_last_message_was_seen(live: Web) -> None:
    shop = people.shop()
    with customer(live, widget=shop.widget) as client:
        client.hello()
        conversation = Conversation.objects.get(pk=client.post("Hello")["conversation"])
        make.ended(conversation, shop.alice, answer="Here is how")
        snapshot = client.hello()
        assert snapshot["conversation"] is None
        assert "Here is how" in [m["body"] for m in snapshot["ended"]["messages"]]
        client.send({"type": "seen", "seq": snapshot["ended"]["latest_seq"]})
        client.until("seen")
        assert client.hello()["ended"] is None


def test_typing_and_seen_reach_the_other_tabs_and_are_never_replayed(live: Web) -> None:
    shop = people.shop()
    with customer(live, widget=shop.widget) as client:
        client.hello()
        client.post("Hello")
        client.send({"type": "seen", "seq": 1})
        assert client.until("seen") == {
            "type": "seen",
            "conversation": str(Conversation.objects.get().pk),
            "by": "customer",
            "seq": 1,
        }
        assert client.hello()["conversation"]["read_seq"] == 1

        conversation = make.given(Conversation.objects.get(), shop.alice)
        actions.agent_sees(user=shop.sue.user, conversation=conversation, seq=2)
        assert client.hello()["conversation"]["agent_read_seq"] == 0
        actions.agent_sees(user=shop.alice.user, conversation=conversation, seq=1)
        assert client.hello()["conversation"]["agent_read_seq"] == 1
        assert courier.flush()
        wait_until(
            lambda: [f["seq"] for f in drain(client) if f.get("by") == "agent"] == [1], what="one seen frame"
        )


def test_who_takes_what_they_have_read_already_has_seen_it(live: Web) -> None:
    shop = people.shop()
    with customer(live, widget=shop.widget) as client:
        client.hello()
        client.post("Hello")
        conversation = Conversation.objects.get()
        actions.agent_sees(user=shop.alice.user, conversation=conversation, seq=1)
        make.given(conversation, shop.alice)
        wait_until(
            lambda: [f["seq"] for f in drain(client) if f.get("by") == "agent"] == [1], what="one seen frame"
        )


def test_a_live_customer_ends_and_a_persistent_one_cannot(live: Web) -> None:
    with customer(live, sub=None, widget=make.widget(mode=Mode.LIVE)) as client:
        client.hello()
        conversation = client.post("Hello")["conversation"]
        assert client.ask({"type": "conversation.end", "conversation": conversation})["type"] == "ok"
    with customer(live) as client:
        client.hello()
        conversation = client.post("Hello")["conversation"]
        refusal = client.ask({"type": "conversation.end", "conversation": conversation})
        assert refusal["code"] == "customer_may_not_end"


def test_a_fresh_session_takes_the_place_of_the_old_one_on_the_open_socket(live: Web) -> None:
    widget = make.widget()
    with customer(live, widget=widget) as client:
        client.hello()
        _, fresh = make.session_and_token("carla", widget=widget)
        assert client.ask({"type": "session.renew", "session": fresh})["type"] == "session.renewed"
        actions.revoke_session(session=of(client), now=timezone.now())
        courier.flush()
        assert client.post("Still here")["type"] == "message.accepted"


# -- refusals


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", None])
def test_a_foreign_origin_opens_no_socket(live: Web, origin: str | None) -> None:
    _, token = make.session_and_token()
    with pytest.raises(InvalidStatus) as refused:
        SocketWithOrigin(live.url, token=token, origin=origin)
    assert refused.value.response.status_code == 403


class SocketWithOrigin(CustomerClient):
    def __init__(self, url: str, *, token: str, origin: str | None) -> None:
        super(CustomerClient, self).__init__(url.replace("http", "ws", 1) + "/ws/customer/", origin=origin)


def test_no_hello_in_ten_seconds_ends_the_socket(live: Web) -> None:
    with customer(live) as client:
        with pytest.raises(ConnectionClosed):
            client.receive(timeout=14)
        assert client.close_code() == 4408


def test_frames_before_hello_end_the_socket(live: Web) -> None:
    with customer(live) as client:
        client.send({"type": "typing"})
        assert client.close_code() == 4401


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"type": "shout"}, "type"),
        ({"type": "typing", "loud": True}, "loud"),
        ({"type": "message.send", "body": "x"}, "client_id"),
        ({"type": "message.send", "client_id": "one", "body": "x"}, "client_id"),
        ({"type": "message.send", "client_id": str(uuid.uuid4()), "body": 7}, "body"),
        ({"type": "message.send", "client_id": str(uuid.uuid4()), "body": " "}, "body"),
        ({"type": "message.send", "client_id": str(uuid.uuid4()), "body": "a\x00b"}, "body"),
        ({"type": "message.send", "client_id": str(uuid.uuid4()), "body": "\ud800"}, None),
        ({"type": "seen", "seq": "many"}, "seq"),
        ({"type": "seen", "seq": -1}, "seq"),
    ],
)
def test_a_wrong_frame_is_refused_by_its_field_and_changes_nothing(
    live: Web, frame: Frame, field: str | None
) -> None:
    with customer(live) as client:
        client.hello()
        refusal = client.ask(frame)
        assert (refusal["type"], refusal["code"]) == ("error", "invalid")
        assert refusal.get("field") == field
        assert client.ask({"type": "ping"})["type"] == "pong"
    assert not Message.objects.exists()


@pytest.mark.parametrize("text", ["", "hello", "[1]", '"x"', "{", "x" * (97 * 1024), b"\x00\x01"])
def test_what_is_no_frame_ends_the_socket(live: Web, text: str | bytes) -> None:
    with customer(live) as client:
        client.hello()
        client.connection.send(text)
        assert client.close_code() == 4400


def test_six_thousand_escaped_emoji_fit_and_one_more_is_too_long(live: Web) -> None:
    with customer(live) as client:
        client.hello()
        assert client.post("😀" * 6000)["type"] == "message.accepted"
        assert client.post("😀" * 6001)["code"] == "too_long"


def test_a_flood_ends_the_socket(live: Web) -> None:
    with customer(live) as client:
        client.hello()
        with suppress(ConnectionClosed):
            for _ in range(200):
                client.send({"type": "ping"})
        assert client.close_code() == 4429


def test_another_customers_conversation_does_not_exist(live: Web) -> None:
    widget = make.widget()
    hers = make.conversation(make.session("carla", widget=widget))
    with customer(live, sub="mallory", widget=widget) as client:
        client.hello()
        assert client.post("Hi", conversation=str(hers.pk))["code"] == "not_found"
        assert client.ask({"type": "history", "conversation": str(hers.pk)})["code"] == "not_found"
        assert client.hello_refused(conversation=str(hers.pk)) == 4403
    assert Message.objects.count() == 1


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 500])
def test_an_unknown_session_is_refused(live: Web, token: str) -> None:
    _ = make.session()
    with CustomerClient(live.url, token=token) as client:
        assert client.hello_refused() == 4401


def test_a_revoked_session_closes_its_socket(live: Web) -> None:
    with customer(live) as client:
        client.hello()
        actions.revoke_session(session=of(client), now=timezone.now())
        assert client.close_code() == 4401


def test_an_expired_session_closes_its_socket(live: Web) -> None:
    with customer(live) as client:
        client.hello()
        CustomerSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert client.close_code() == 4401


# -- what a page would have made of the frames


def drain(client: CustomerClient) -> list[Frame]:
    client.ask({"type": "ping"})
    return client.frames


def seen_body(frame: Frame) -> str | None:
    return frame["message"]["body"] if frame["type"] == "message.posted" else None


def messages_of(snapshot: Frame, frames: list[Frame]) -> list[Frame]:
    by_seq = {m["seq"]: m for m in snapshot["messages"]}
    by_seq |= {f["message"]["seq"]: f["message"] for f in frames if f["type"] == "message.posted"}
    return [by_seq[seq] for seq in sorted(by_seq)]


def latest_conversation(frames: list[Frame]) -> Frame:
    changes = [frame["conversation"] for frame in frames if frame["type"] == "conversation.changed"]
    return max(changes, key=lambda conversation: conversation["version"])
