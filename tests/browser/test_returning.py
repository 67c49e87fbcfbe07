"""Carla leaves and comes back: her conversation waits for her, and so does alice."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chat.actions import open_session
from chat.models import Conversation
from chat.states import State
from config import demo
from routing.models import Agent
from tests import make
from tests.browser import facts
from tests.browser.pages import Agents, Console, Customers
from workstreams.models import Widget


@pytest.mark.parametrize("alice_is", ["away", "full"])
def test_a_parked_conversation_goes_on_with_alice_when_carla_returns(
    customer: Customers, agent: Agents, alice_is: str
) -> None:
    alice = agent("alice")
    carla = customer().sign_in("Carla")
    carla.open_chat().write("My scanner loses the network.")
    alice.accept().write("Please look for its version.")
    carla.widget.shows(
        "My scanner loses the network.", "Alice has joined the chat.", "Please look for its version."
    )
    carla.close_browser()
    facts.everybody_left_long_ago()
    assert facts.used_by("alice") == 25
    alice.park()
    assert facts.used_by("alice") == 0
    expect(alice.list).to_contain_text("Waiting · 1")
    bob = agent("bob")
    keep_busy(alice, how=alice_is)

    carla = customer().sign_in("Carla")
    carla.open_chat().shows(
        "My scanner loses the network.", "Alice has joined the chat.", "Please look for its version."
    )
    expect(alice.notices).to_contain_text("Carla is back.")
    assert facts.carlas().state == State.WAITING
    carla.widget.write("It says 4.2.1.")
    expect(alice.offers).to_contain_text("It says 4.2.1.")
    expect(alice.offers).to_contain_text("returning")
    assert facts.was_offered_to(facts.carlas()) == ["alice", "alice"]
    expect(bob.offers).to_have_count(0)

    alice.accept().write("Then it needs an update.")
    expect(carla.widget.bodies.last).to_have_text("Then it needs an update.")
    alice.shows(*facts.log_of(facts.carlas()))
    assert facts.carlas().state == State.ACTIVE


def keep_busy(alice: Console, *, how: str) -> None:
    """Neither gets an agent new work: she is away, or has no room left."""
    if how == "away":
        alice.choose_presence("Away")
        expect(alice.quiet).to_contain_text("You are away")
        return
    Agent.objects.filter(user__username="alice").update(capacity=25)
    make.given(jonas_writes(), facts.agent("alice"))
    expect(alice.quiet).to_contain_text("All your places are in use")


def jonas_writes() -> Conversation:
    token = demo.signed(subject="jonas", told={"name": "Jonas"}, now_s=int(timezone.now().timestamp()))
    widget = Widget.objects.get(public_id="demo-persistent")
    opened = open_session(widget=widget, token=token, locale="en", context={}, now=timezone.now())
    return make.posted(opened.session, "Where is my order?").conversation
