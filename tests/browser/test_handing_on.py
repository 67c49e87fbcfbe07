"""Conversations go from hand to hand: to a colleague who is asked, with one who advises, under a supervisor's eyes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, expect

from chat.actions import close_conversation, park_conversation
from chat.models import Conversation, CustomerSession, Message
from chat.states import Actor
from routing.actions import assign_conversation, deactivate_agent
from tests import make, people
from tests.browser.pages import Console
from tests.browser.windows import Windows
from tests.people import Shop
from tests.servers import Web

FLOOR = "/console/supervisor/"
# A slow machine: what htmx does 20 ms after a swap, it does when keys have been pressed already.
SETTLE_LATE = """() => {
  window.soon = window.setTimeout;
  window.late = [];
  window.setTimeout = (work, delay, ...rest) => (delay === 20 ? late.push(work) : soon(work, delay, ...rest));
}"""
SETTLE = "late.splice(0).forEach((work) => work())"
SETTLE_SOON = f"() => {{ window.setTimeout = soon; {SETTLE}; }}"
# What is asked for of a conversation in the moment of leaving it is refused; the page goes back to its list.
NO_LONGER_HIS = r"status of 404|htmx:responseError|Response Status Error Code 404"


@pytest.fixture
def shop(live: Web) -> Shop:
    return people.shop()


@pytest.fixture
def carla(shop: Shop) -> CustomerSession:
    return people.carla(shop.widget)


@pytest.fixture
def console(live: Web, windows: Windows) -> Callable[..., Console]:
    return lambda username, **where: Console(windows.open(), live.url).sign_in(username, **where)


@pytest.fixture
def alices(shop: Shop, carla: CustomerSession) -> Conversation:
    """Carla's conversation, active with Alice."""
    return make.given(make.conversation(carla, body="My scanner loses the network."), shop.alice)


def dialog(console: Console) -> Locator:
    return console.page.get_by_role("dialog")


def party(console: Console) -> Locator:
    return console.page.locator("#party")


def hand_on(console: Console, choice: str) -> None:
    console.page.locator("#bar").get_by_role("button", name="Hand on").click()
    dialog(console).get_by_role("button", name=choice).click()


def test_a_colleague_is_asked_to_take_over_and_it_stays_until_they_do(
    shop: Shop, alices: Conversation, console: Callable[..., Console]
) -> None:
    make.queue("Billing", operating_hours=make.hours())
    alice, bob = console("alice"), console("bob")
    alice.row("Carla").click()
    expect(alice.page.get_by_role("complementary", name="Customer")).to_contain_text("Why me?")
    alice.page.evaluate(SETTLE_LATE)
    alice.page.locator("#bar").get_by_role("button", name="Hand on").click()
    expect(dialog(alice).get_by_role("button", name="Transfer to Billing")).to_be_disabled()
    # By the keyboard alone: what is typed narrows the list, Enter goes to what is left of it.
    alice.page.keyboard.type("bob")
    expect(dialog(alice).get_by_role("button", name="Transfer to Billing")).to_be_hidden()
    for key in ("Enter", "ArrowDown", "Enter"):
        alice.page.keyboard.press(key)
        alice.page.evaluate(SETTLE)
    alice.page.evaluate(SETTLE_SOON)
    expect(party(alice)).to_contain_text("Offered to Bob")
    expect(bob.offers).to_contain_text("Alice asks you to take over")
    bob.offers.get_by_role("button", name="Decline").click()
    expect(alice.notices).to_contain_text("Bob has declined")
    expect(party(alice)).to_be_hidden()
    expect(alice.state).to_have_text("Active")

    hand_on(alice, "Transfer to Bob")
    bob.accept()
    expect(alice.notices).to_contain_text("The conversation with Carla has gone to Bob.")
    expect(alice.row("Carla")).to_have_count(0)
    expect(bob.page.get_by_role("complementary", name="Customer")).to_contain_text("Why me?")
    bob.write("Bob here")
    expect(bob.unsent).to_have_count(0)


def test_a_consultant_advises_internally_until_let_in(
    shop: Shop, alices: Conversation, console: Callable[..., Console], windows: Windows
) -> None:
    alice, bob = console("alice"), console("bob")
    alice.row("Carla").click()
    hand_on(alice, "Ask for advice from Bob")
    expect(party(alice)).to_contain_text("Bob is consulted")
    expect(bob.notices).to_contain_text("Alice asks for your advice")
    expect(bob.list).to_contain_text("Consulting · 1")
    bob.row("Carla").click()
    expect(bob.page.get_by_role("radio", name="Reply")).to_be_disabled()
    bob.write("Ask for the serial number")
    expect(alice.bodies.last).to_have_text("Ask for the serial number")
    party(alice).get_by_role("button", name="Let them reply").click()
    expect(party(bob)).to_contain_text("You may write to the customer")
    expect(bob.page.get_by_role("radio", name="Reply")).to_be_checked()
    bob.write("What does its lid say?")
    expect(alice.bodies.last).to_have_text("What does its lid say?")
    with windows.tolerating(NO_LONGER_HIS):
        party(bob).get_by_role("button", name="Leave").click()
        expect(party(alice)).to_be_hidden()
        expect(bob.row("Carla")).to_have_count(0)
    assert Message.objects.get(body="Ask for the serial number").is_internal
    assert not Message.objects.get(body="What does its lid say?").is_internal


def test_a_supervisor_reads_along_joins_and_leaves(
    shop: Shop, carla: CustomerSession, alices: Conversation, console: Callable[..., Console]
) -> None:
    make.connected(shop.alice)
    sue = console("sue", at=FLOOR)
    sent: list[str] = []
    sue.page.on("websocket", lambda socket: socket.on("framesent", lambda text: sent.append(str(text))))
    sue.page.get_by_role("row", name="Carla").get_by_role("link", name="Monitor").click()
    sue.is_connected()
    expect(party(sue)).to_contain_text("Monitoring")
    expect(sue.text).to_be_hidden()
    make.posted(carla, "Is anybody there?")
    expect(sue.bodies.last).to_have_text("Is anybody there?")
    party(sue).get_by_role("button", name="Join").click()
    expect(party(sue)).to_contain_text("You have joined")
    expect(sue.list).to_contain_text("Joined · 1")
    sue.write("Sue here, we look after it.")
    expect(sue.unsent).to_have_count(0)
    party(sue).get_by_role("button", name="Leave").click()
    expect(party(sue)).to_contain_text("Monitoring")
    assert not Message.objects.get(body="Sue here, we look after it.").is_internal
    # That it has come to somebody's desk, its own agent tells.
    assert any('"watch"' in frame for frame in sent)
    assert not any('"received"' in frame for frame in sent)


def test_a_supervisor_releases_what_waits_and_wakes_an_agent(
    shop: Shop, alices: Conversation, console: Callable[..., Console]
) -> None:
    park_conversation(
        user=shop.alice.user, conversation_id=alices.pk, seen_seq=alices.latest_seq, now=timezone.now()
    )
    make.connected(shop.bob)
    shop.bob.become_inactive()
    sue = console("sue", at=FLOOR)
    sue.page.get_by_role("row", name="Alice").get_by_role("button", name="waiting with Alice").click()
    dialog(sue).get_by_role("button", name="Release Carla").click()
    expect(dialog(sue)).to_contain_text("Nothing waits with them")
    dialog(sue).get_by_role("button", name="Close").click()
    bobs = sue.page.get_by_role("row", name="Bob")
    bobs.get_by_role("button", name="Inactive").click()
    sue.page.get_by_role("menuitemradio", name="Available").click()
    expect(bobs).to_contain_text("Available")
    alices.refresh_from_db()
    assert (alices.state, alices.agent) == ("waiting", None)


def test_what_a_supervisor_does_with_ones_work_is_said(
    shop: Shop, alices: Conversation, console: Callable[..., Console]
) -> None:
    alice, bob = console("alice"), console("bob")
    assign_conversation(
        user=shop.sue.user, conversation_id=alices.pk, agent_id=shop.bob.pk, now=timezone.now()
    )
    expect(bob.notices).to_contain_text("Sue has given you the conversation with Carla.")
    expect(alice.notices).to_contain_text("Sue has taken the conversation with Carla from your desk.")
    close_conversation(
        user=shop.sue.user, conversation_id=alices.pk, now=timezone.now(), actor=Actor.SUPERVISOR
    )
    expect(bob.notices).to_contain_text("Sue has closed the conversation with Carla.")


def test_whose_account_is_closed_is_told_to_sign_in(
    shop: Shop, alices: Conversation, console: Callable[..., Console], windows: Windows
) -> None:
    alice = console("alice")
    alice.row("Carla").click()
    alice.page.locator("#bar").get_by_role("button", name="Park").click()
    dialog(alice).get_by_role("button", name="Park anyway").click()
    expect(alice.state).to_have_text(
        "Waiting"
    )  # which stays with her; what is active would lead away from the page
    with windows.tolerating("WebSocket connection to .* failed|403|401"):
        deactivate_agent(user_id=shop.alice.pk, now=timezone.now())
        expect(alice.page.get_by_text("You have been signed out. What you write stays here")).to_be_visible()
        expect(alice.page.get_by_text("Connection lost")).to_be_hidden()
