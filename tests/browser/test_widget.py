"""The widget's own manners: the badge, the keyboard, several tabs, long histories."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from chat.models import Conversation, Message
from routing.models import Agent
from tests import make
from tests.browser.pages import Shop, WidgetFrame
from workstreams.modes import Mode

type Customers = Callable[[], Shop]


def given_to_alice() -> tuple[Conversation, Agent]:
    alice = Agent.objects.get(user__username="alice")
    return make.given(Conversation.objects.get(), alice), alice


def test_what_arrives_while_the_chat_is_closed_is_counted_on_every_page(customer: Customers) -> None:
    shop = customer().sign_in()
    shop.open_chat().write("My scanner loses the network.").shows("My scanner loses the network.")
    expect(shop.widget.part("intro")).to_be_hidden()
    conversation, alice = given_to_alice()
    shop.widget.close()
    make.answered(conversation, alice, "Which version does it show?")
    make.answered(conversation, alice, "Are you there?")
    expect(shop.widget.button).to_have_accessible_name("Open chat, 2 unread")
    shop.page.reload()
    expect(shop.widget.button).to_have_accessible_name("Open chat, 2 unread")
    shop.open_chat()
    expect(shop.widget.button).to_have_accessible_name("Close chat")
    shop.widget.close()
    expect(shop.widget.button).to_have_accessible_name("Open chat")

    make.answered(conversation, alice, "Hello?")
    tab = Shop(shop.page.context.new_page(), shop.url).visit()
    expect(tab.widget.button).to_have_accessible_name("Open chat, 1 unread")
    tab.becomes("Nadia")
    expect(tab.widget.button).to_have_accessible_name("Open chat")


@pytest.mark.parametrize("mode", Mode)
def test_a_chat_that_is_open_stays_open_from_page_to_page_where_there_is_room(
    customer: Customers, mode: Mode
) -> None:
    shop = customer().visit("/demo/live/") if mode == Mode.LIVE else customer().sign_in()
    widget = shop.open_chat().write("Hello").shows("Hello")
    shop.visit(f"{urlsplit(shop.page.url).path}?page=2")
    expect(widget.is_open().part("text")).to_be_visible()
    widget.shows("Hello")
    expect(shop.page.locator("body")).to_be_focused()

    shop.page.set_viewport_size({"width": 390, "height": 800})
    shop.page.reload()
    widget.shows("Hello")
    expect(widget.button).to_have_attribute("aria-expanded", "false")
    shop.page.set_viewport_size({"width": 1000, "height": 800})
    shop.page.reload()
    widget.is_open()
    # The page is left so soon after the chat was closed that the frame does not hear of it.
    widget.frame.evaluate("() => { window.postMessage = () => {}; }")
    widget.button.click()
    shop.page.reload()
    widget.shows("Hello")
    expect(widget.button).to_have_attribute("aria-expanded", "false")
    widget.open()
    shop.page.reload()
    widget.is_open()


def test_the_keyboard_alone_opens_writes_and_closes(customer: Customers) -> None:
    shop = customer().sign_in()
    shop.widget.button.focus()
    shop.page.keyboard.press("Enter")
    expect(shop.widget.text).to_be_focused()
    shop.page.keyboard.type("First line")
    shop.page.keyboard.press("Shift+Enter")
    shop.page.keyboard.type("second line")
    shop.page.keyboard.press("Enter")
    shop.widget.shows("First line\nsecond line")
    expect(shop.widget.text).to_be_focused()
    shop.page.keyboard.press("Escape")
    expect(shop.widget.button).to_be_focused()
    expect(shop.widget.button).to_have_attribute("aria-expanded", "false")


def test_two_tabs_of_one_customer_show_one_conversation(customer: Customers) -> None:
    shop = customer().sign_in()
    other = Shop(shop.page.context.new_page(), shop.url).visit()
    other.open_chat()
    shop.open_chat().write("From one").shows("From one")
    other.widget.shows("From one").write("From the other").shows("From one", "From the other")
    shop.widget.shows("From one", "From the other")
    assert Conversation.objects.count() == 1


def test_a_long_history_is_loaded_as_it_is_scrolled_to(customer: Customers) -> None:
    shop = customer().sign_in()
    shop.open_chat().write("The first of many").shows("The first of many")
    conversation, alice = given_to_alice()
    for number in range(130):
        make.answered(conversation, alice, f"Answer {number}")
    shop.page.reload()
    widget = shop.widget.is_open()
    expect(widget.bodies).to_have_count(100)
    scroll_up(shop.page, widget)
    expect(widget.bodies.first).to_have_text("The first of many")
    expect(widget.bodies).to_have_count(Message.objects.public().count())


def scroll_up(page: Page, widget: WidgetFrame) -> None:
    widget.log.hover()
    page.mouse.wheel(0, -100_000)
