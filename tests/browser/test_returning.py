"""Carla leaves and comes back: her conversation waits for her, and so does alice."""

from __future__ import annotations

from django.utils import timezone
from playwright.sync_api import expect

from chat.actions import park_conversation
from chat.models import Conversation
from chat.states import State
from routing.models import Agent
from tests import make, people
from tests.browser import facts
from tests.browser.pages import Agents, Console, Customers
from tests.browser.windows import Windows
from tests.clients import CustomerClient
from tests.servers import Web, Worker
from workstreams.models import Widget


def test_a_parked_conversation_goes_on_with_alice_though_she_is_away_when_carla_returns(
    customer: Customers, agent: Agents
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
    alice.choose_presence("Away")
    expect(alice.quiet).to_contain_text("You are away")

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


def test_customers_who_come_back_together_are_one_toast(live: Web, worker: Worker, windows: Windows) -> None:
    shop = people.shop()
    tokens = [left_with(shop.alice, name, widget=shop.widget) for name in ("carla", "jonas", "mia")]
    alice = Console(windows.open(), live.url).sign_in("alice")
    for token in tokens:
        with CustomerClient(live.url, token=token) as customer:
            customer.hello()
            customer.post("I am back")
    toast = alice.page.get_by_role("region", name="Offers").get_by_role("article")
    expect(toast.get_by_role("heading")).to_have_text("3 customers of yours are back")
    expect(toast).to_have_count(1)
    expect(alice.list).to_contain_text("Returning · 3")

    row = toast.get_by_role("listitem")
    row.filter(has_text="Jonas").get_by_role("button", name="Accept").click()
    expect(alice.state).to_have_text("Active")
    expect(toast.get_by_role("heading")).to_have_text("2 customers of yours are back")
    row.filter(has_text="Mia").get_by_role("button", name="Decline").click()
    expect(row).to_have_count(0)
    expect(toast).to_contain_text("Carla")
    mine = Conversation.objects.filter(preferred_agent=shop.alice.user)
    assert list(mine.values_list("customer__subject", flat=True)) == ["carla"]


def left_with(agent: Agent, name: str, *, widget: Widget) -> str:
    """Somebody whose conversation waits with ``agent``; the token of their session."""
    session, token = make.session_and_token(name, widget=widget)
    given = make.given(make.conversation(session), agent)
    park_conversation(user=agent.user, conversation_id=given.pk, seen_seq=None, now=timezone.now())
    return token
