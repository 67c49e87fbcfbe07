"""An agent's work without a mouse."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from chat.models import Conversation
from tests import make, people
from tests.browser.desk import Consoles, consoles, writes
from tests.browser.pages import Console
from tests.browser.windows import Windows
from tests.people import Shop
from tests.servers import Web, Worker
from tests.waiting import wait_until
from workstreams.models import QuickReply, Tag

TWELVE = ("Anna", "Bert", "Cleo", "Dora", "Emil", "Fynn", "Gina", "Hans", "Iris", "Jonas", "Karla", "Lena")


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


def test_twelve_conversations_from_offer_to_end(console: Consoles) -> None:
    """Nothing but keys: accept, answer, switch, tag, note, park, transfer, end."""
    shop = people.shop(units=8)
    Tag.objects.create(name="firmware")
    QuickReply.objects.create(title="Serial", text="The serial number, {customer_first}?")
    make.queue("Returns")
    begun = {name: writes(shop, name, f"It is {name}") for name in TWELVE}
    alice = console("alice")
    keys = Keys(alice)
    tabs = alice.page.locator(".opened__tab")
    accept_all(alice, keys)
    first, second, third = (named(tabs.nth(place)) for place in range(3))

    keys.press("Alt+1")
    reply_tag_and_park(alice, keys, first)
    keys.press("Alt+q")
    expect(alice.title).to_contain_text(second)
    make.posted(make.session(third.lower(), widget=shop.widget, name=third), "And another thing")
    expect(tabs.nth(1).locator(".badge")).to_contain_text("1")
    expect(alice.row(third).locator(".badge")).to_contain_text("1")
    keys.press("Alt+u")
    expect(tabs.locator(".badge")).to_have_count(0)
    transfer_to_returns(alice, keys, third)
    keys.press("Alt+PageUp")
    expect(alice.title).to_contain_text(second)
    keys.press("Alt+i")
    keys.answer("A note")
    for left in reversed(range(len(TWELVE) - 2)):
        end_and_close(alice, keys)
        keys.press("Alt+PageDown")
        expect(tabs).to_have_count(max(left, 1))
    keys.press("Alt+c")
    expect(alice.row(second)).to_be_visible()
    assert states(begun) == dict.fromkeys(TWELVE, "closed") | {first: "waiting", third: "open"}


def accept_all(alice: Console, keys: Keys) -> None:
    tabs = alice.page.locator(".opened__tab")
    for left in reversed(range(len(TWELVE))):
        expect(alice.offers).to_have_count(left + 1)
        keys.press("Alt+a")
        expect(tabs).to_have_count(len(TWELVE) - left)
        expect(tabs.last.get_by_role("link")).to_have_attribute("aria-current", "true")
        keys.answer(f"Hello, {left} are left")


def reply_tag_and_park(alice: Console, keys: Keys, name: str) -> None:
    expect(alice.title).to_contain_text(name)
    keys.type("/q ser")
    expect(alice.page.locator("[data-suggest=replies] [aria-selected=true]")).to_contain_text("Serial")
    keys.press("Enter")
    expect(alice.text).to_have_value(f"The serial number, {name}?")
    keys.press("Enter", "Alt+g")
    expect(alice.page.get_by_role("dialog").get_by_label("Filter tags")).to_be_focused()
    keys.press("ArrowDown", "Space", "Enter")
    expect(alice.page.locator(".bar__tags")).to_have_text("firmware")
    keys.press("Alt+p")
    expect(alice.state).to_have_text("Waiting")


def transfer_to_returns(alice: Console, keys: Keys, name: str) -> None:
    expect(alice.title).to_contain_text(name)
    keys.press("Alt+t")
    expect(alice.page.get_by_role("dialog").get_by_label("Filter people and queues")).to_be_focused()
    keys.type("ret")
    keys.press("ArrowDown", "Enter")
    expect(alice.notices).to_contain_text(f"The conversation with {name} has gone to Returns.")


def end_and_close(alice: Console, keys: Keys) -> None:
    expect(alice.state).to_have_text("Active")
    keys.press("Alt+e")
    expect(alice.page.get_by_role("button", name="End conversation")).to_be_focused()
    keys.press("Enter")
    expect(alice.state).to_have_text("Wrap-up")
    keys.press("Alt+e")
    expect(alice.state).to_have_text("Closed")


def named(tab: Locator) -> str:
    return tab.locator(".opened__name").inner_text()


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
    expect(alice.title).to_contain_text("Bert")
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
