"""The database is enough: Redis goes away in the middle of a conversation, and nothing is lost."""

from __future__ import annotations

import time
import uuid
from functools import partial

import pytest

from chat.models import Conversation, Message
from tests import make, people
from tests.clients import Side, customer_side
from tests.routing.desk import agent_side
from tests.servers import Servers
from tests.waiting import wait_until

OUTAGE_S = 20
WHOLE_WITHIN_S = 15


@pytest.mark.parametrize("fault", ["killed", "paused"])
def test_a_conversation_goes_on_while_redis_is_gone_and_is_whole_afterwards(
    servers: Servers, fault: str
) -> None:
    """Customer and agent sit on different web processes, so every frame between them needs Redis or the tail."""
    redis = servers.redis()
    shop = people.shop()
    session, token = make.session_and_token("carla", widget=shop.widget)
    conversation = make.given(make.posted(session, "Hello").conversation, shop.alice)
    customer = customer_side(servers.web(redis=redis).url, token=token)
    agent = agent_side(servers.web(redis=redis).url, shop.alice)
    talk(customer, agent, conversation, rounds=3, label="before")

    redis.kill() if fault == "killed" else redis.pause()
    until = time.monotonic() + OUTAGE_S
    rounds = 0
    while time.monotonic() < until:
        talk(customer, agent, conversation, rounds=1, label=f"during {rounds}")
        rounds += 1
    redis.start() if fault == "killed" else redis.resume()
    talk(customer, agent, conversation, rounds=3, label="after")

    stored = list(Message.objects.public().order_by("seq").values_list("body", flat=True))
    assert len(stored) == len(set(stored))
    assert stored.count(f"customer, during {rounds - 1} 0") == 1
    for side in (customer, agent):
        wait_until(
            partial(is_whole, side, stored), seconds=WHOLE_WITHIN_S, what=partial(lacking, side, stored)
        )


def is_whole(side: Side, stored: list[str]) -> bool:
    return shown(side) == stored


def lacking(side: Side, stored: list[str]) -> str:
    return f"a side to be whole; it lacks {[body for body in stored if body not in shown(side)]}"


def talk(customer: Side, agent: Side, conversation: Conversation, *, rounds: int, label: str) -> None:
    """Both write; each post is accepted, whatever becomes of Redis."""
    for number in range(rounds):
        for name, side in (("customer", customer), ("agent", agent)):
            frame = {
                "type": "message.send",
                "conversation": str(conversation.pk),
                "client_id": str(uuid.uuid4()),
                "body": f"{name}, {label} {number}",
            }
            ref = side.send(frame)
            answer = wait_until(partial(side.answers.get, ref), what=f"{name}'s post to be answered")
            assert answer
            assert answer["type"] == "message.accepted"


def shown(side: Side) -> list[str]:
    (conversation,) = side.messages
    return side.bodies(conversation)
