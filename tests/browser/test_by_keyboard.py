"""An agent's work without a mouse."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from chat.models import Conversation
from tests import make, people
from tests.browser.desk import Consoles, consoles, writes
from tests.browser.pages import Console
from tests.browser.windows import Windows
from tests.people import Shop
from tests.servers import Web, Worker
from tests.waiting import wait_until
from workstreams.models import QuickReply, Tag


@pytest.fixture
def shop(live: Web) -> Shop:
    return people.shop()


@pytest.fixture
def console(live: Web, worker: Worker, windows: Windows) -> Consoles:
    return consoles(live, windows)


class Keys:
    """One press after the other; each time what it does is awaited by whoever presses."""

    def __init__(self, console: Console) -> None:
        self._keyboard = console.page.keyboard
        self._console = console

    def press(self, *keys: str) -> None:
        for key in keys:
            self._keyboard.press(key)

    def type(self, text: str) -> None:
        self._keyboard.type(text)

    def answer(self, text: str) -> None:
        expect(self._console.text).to_be_focused()
        self.type(text)
        self.press("Enter")
        expect(self._console.bodies.last).to_have_text(text)

    def find(self, words: str) -> None:
        """In the command palette, once something there is called so."""
        self.press("Control+k")
        self.type(words)
        expect(self._console.page.locator("dialog.palette [aria-selected=true]")).to_contain_text(
            words, ignore_case=True
        )
        self.press("Enter")


def test_several_conversations_from_offer_to_end(shop: Shop, console: Consoles) -> None:
    Tag.objects.create(name="firmware")
    QuickReply.objects.create(title="Serial", text="The serial number, {customer_first}?")
    make.queue("Returns")
    alice = console("alice")
    keys = Keys(alice)
    title = alice.page.locator(".bar__who strong")
    dialog = alice.page.get_by_role("dialog")
    begun = {name: writes(shop, name, f"It is {name}") for name in ("Anna", "Bert", "Cleo")}

    before = "nothing yet"
    for left in (2, 1, 0):
        expect(alice.offers).to_have_count(left + 1)
        keys.press("Alt+a")
        expect(alice.bodies.first).not_to_have_text(before)
        before = alice.bodies.first.inner_text()
        keys.answer(f"Hello, {left} are left")

    keys.find("Anna")
    expect(title).to_contain_text("Anna")
    keys.type("/q ser")
    expect(alice.page.locator("[data-suggest=replies] [aria-selected=true]")).to_contain_text("Serial")
    keys.press("Enter")
    expect(alice.text).to_have_value("The serial number, Anna?")
    keys.press("Enter", "Alt+g")
    expect(dialog.get_by_label("Filter tags")).to_be_focused()
    keys.press("ArrowDown", "Space", "Enter")
    expect(alice.page.locator(".bar__tags")).to_have_text("firmware")
    keys.press("Alt+p")
    expect(alice.state).to_have_text("Waiting")

    keys.find("Bert")
    expect(title).to_contain_text("Bert")
    keys.press("Alt+t")
    expect(dialog.get_by_label("Filter people and queues")).to_be_focused()
    keys.type("ret")
    keys.press("ArrowDown", "Enter")
    expect(alice.notices).to_contain_text("The conversation with Bert has gone to Returns.")

    expect(alice.row("Bert")).to_have_count(0)
    keys.press("Alt+ArrowDown")
    expect(title).to_contain_text("Cleo")
    expect(alice.text).to_be_focused()
    keys.press("Alt+i")
    keys.answer("A note")
    keys.press("Alt+e")
    expect(dialog.get_by_role("button", name="End conversation")).to_be_focused()
    keys.press("Enter")
    expect(alice.state).to_have_text("Wrap-up")
    keys.press("Alt+e")
    expect(alice.state).to_have_text("Closed")
    keys.press("Alt+3")
    expect(alice.row("Cleo")).to_be_visible()

    assert states(begun) == {"Anna": "waiting", "Bert": "open", "Cleo": "closed"}


def test_everything_else_is_reached_too(shop: Shop, console: Consoles) -> None:
    make.given(writes(shop, "Anna", "It is Anna"), shop.alice)
    bert = make.given(writes(shop, "Bert", "The needle in the hay"), shop.alice)
    make.ended(writes(shop, "Dora", "Long ago"), shop.alice)
    alice = console("alice")
    keys = Keys(alice)
    dialog = alice.page.get_by_role("dialog")

    keys.press("?")
    expect(dialog).to_contain_text("Previous conversation")
    keys.press("Escape", "Alt+l", "ArrowDown")
    expect(alice.row("Anna").or_(alice.row("Bert")).and_(alice.page.locator(":focus"))).to_be_visible()
    keys.press("Enter")
    expect(alice.state).to_have_text("Active")
    keys.press("Alt+f", "End")
    expect(alice.list).to_have_attribute("data-query", "?state=wrap_up")
    expect(alice.row("Dora")).to_be_visible()
    keys.find("needle")
    expect(alice.page.locator(".bar__who strong")).to_contain_text("Bert")
    keys.press("Control+k")
    keys.type("anna")
    found = alice.page.locator("dialog.palette [role=option]:visible")
    expect(found).to_contain_text("It is Anna")
    alice.page.route("**/console/palette/*", lambda _never_answered: None)
    keys.type("x")
    expect(found).to_have_count(0)
    keys.press("Escape")
    keys.find("Busy")
    wait_until(lambda: presence_of_alice(shop) == "busy", what="the presence to be busy")
    assert alice.page.url.endswith(f"/{bert.pk}/?state=wrap_up")


def presence_of_alice(shop: Shop) -> str:
    shop.alice.refresh_from_db()
    return shop.alice.presence


def states(begun: dict[str, Conversation]) -> dict[str, Any]:
    return {name: Conversation.objects.get(pk=each.pk).state for name, each in begun.items()}
