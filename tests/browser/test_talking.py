"""Carla writes, alice answers: both at once, in order, and all of it in the database."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from chat.models import Conversation, Customer, CustomerSession
from tests.browser.facts import the_conversation, wait_for_log, was_offered_to
from tests.browser.pages import Agents, Customers


def test_carla_and_alice_talk_at_once_and_in_order(customer: Customers, agent: Agents) -> None:
    alice = agent("alice")
    widget = customer().sign_in("Carla").open_chat().write("My scanner loses the network.")
    expect(alice.offers).to_contain_text("My scanner loses the network.")
    expect(alice.countdown).to_have_text(re.compile(r"^1:\d\d$"))
    bob = agent("bob")
    alice.accept()

    alice.text.press_sequentially("Wh")
    expect(widget.typing).to_contain_text("Alice is typing")
    alice.write("Which version does it show?")
    expect(widget.typing).to_be_hidden()
    widget.text.press_sequentially("4")
    expect(alice.typing).to_have_text("Carla is typing…")

    for number in range(3):
        widget.write(f"Carla {number}")
        alice.write(f"Alice {number}")
    conversation = the_conversation()
    stored = wait_for_log(conversation, length=9)
    assert stored[:3] == [
        "My scanner loses the network.",
        "Alice has joined the chat.",
        "Which version does it show?",
    ]
    for person in ("Carla", "Alice"):
        assert [body for body in stored if body.startswith(f"{person} ")][-3:] == [
            f"{person} {number}" for number in range(3)
        ]
    widget.shows(*stored)
    alice.shows(*stored)
    expect(widget.log).to_contain_text("Seen")
    assert was_offered_to(conversation) == ["alice"]
    expect(bob.offers).to_have_count(0)


def test_carla_sees_how_far_her_message_has_come(customer: Customers, agent: Agents) -> None:
    alice = agent("alice")
    widget = customer().sign_in("Carla").open_chat().write("My scanner loses the network.")
    expect(widget.log).to_contain_text("Sent")
    alice.accept()
    expect(widget.log).to_contain_text("Seen")
    alice.page.goto(f"{alice.url}/console/")
    alice.is_connected()
    widget.write("It is a Field S2.")
    expect(widget.log).to_contain_text("Delivered")
    alice.row("Carla").click()
    expect(widget.log).to_contain_text("Seen")


def test_who_is_not_signed_in_is_told_so_and_becomes_nobody(customer: Customers) -> None:
    shop = customer().visit()
    widget = shop.open_chat()
    expect(widget.refusal).to_contain_text("Please sign in to write to us")
    expect(widget.text).to_be_hidden()
    expect(shop.heard.filter(has_text="lcw:error 3")).to_be_attached()
    for model in (Conversation, Customer, CustomerSession):
        assert not model.objects.exists()
