"""The widget without a mouse and without sight: where the focus goes, and what is said."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests import make
from tests.browser import facts, states
from tests.browser.pages import Agents, Customers, Shop
from tests.browser.sockets import refusing

# What the page says by itself, in its order, since `LISTEN`.
LISTEN = """
() => {
  window.said = [];
  const live = document.querySelectorAll("[aria-live=polite], [role=status], [role=alert], [role=log]:not([aria-live])");
  const hear = (records) => {
    for (const node of records.flatMap(({addedNodes}) => [...addedNodes])) said.push(node.textContent.trim());
  };
  for (const region of live) new MutationObserver(hear).observe(region, {childList: true, subtree: true});
}
"""

# While the focus is in the widget, it is on something, and to be seen there.
HAS_A_RING = "() => !document.hasFocus() || getComputedStyle(document.activeElement).outlineStyle !== 'none'"
HAS_FOCUS = "(one) => one.getRootNode().activeElement === one && one.ownerDocument.hasFocus()"


def test_a_whole_chat_by_keyboard_alone(customer: Customers, agent: Agents) -> None:
    agent("alice")
    shop = customer().visit(states.LIVE)
    keys = shop.page.keyboard
    tab_to(shop, shop.widget.button)
    keys.press("Enter")
    expect(shop.widget.text).to_be_focused()
    keys.type("Do you deliver to the Azores?")
    keys.press("Enter")
    shop.widget.shows("Do you deliver to the Azores?")
    expect(shop.widget.text).to_be_focused()

    keys.press("Shift+Tab")
    expect(shop.widget.scroll).to_be_focused()
    tab_to(shop, shop.widget.end_button, backwards=True)
    keys.press("Enter")
    expect(shop.widget.dialog.get_by_role("button", name="Keep chatting")).to_be_focused()
    keys.press("Escape")
    expect(shop.widget.dialog).to_be_hidden()
    expect(shop.widget.end_button).to_be_focused()
    expect(shop.widget.button).to_have_attribute("aria-expanded", "true")
    keys.press("Enter")
    keys.press("Tab")
    expect(shop.widget.dialog.get_by_role("button", name="End chat")).to_be_focused()
    keys.press("Enter")
    expect(shop.widget.new_button).to_be_focused()
    keys.press("Enter")
    expect(shop.widget.text).to_be_focused()
    keys.type("And to Madeira?")
    keys.press("Enter")
    shop.widget.shows("And to Madeira?")

    tab_to(shop, shop.widget.minimise, backwards=True)
    keys.press("Enter")
    expect(shop.widget.button).to_be_focused()
    keys.press("Enter")
    expect(shop.widget.text).to_be_focused()
    keys.press("Escape")
    expect(shop.widget.button).to_be_focused()
    expect(shop.widget.button).to_have_attribute("aria-expanded", "false")


def test_older_messages_are_reached_and_the_newest_again(customer: Customers) -> None:
    shop = customer()
    conversation = states.talking(shop)
    for number in range(110):
        make.answered(conversation, facts.agent("alice"), f"Answer {number}")
    shop.widget.close()
    shop.page.reload()
    shop.open_chat()
    expect(shop.widget.bodies).to_have_count(100)
    keys = shop.page.keyboard
    keys.press("Shift+Tab")
    expect(shop.widget.scroll).to_be_focused()
    keys.press("Home")
    expect(shop.widget.bodies.first).to_have_text("My scanner loses the network.")
    make.answered(conversation, facts.agent("alice"), "Are you there?")
    tab_to(shop, shop.widget.part("jump"))
    keys.press("Enter")
    expect(shop.widget.bodies.last).to_be_in_viewport()
    expect(shop.widget.part("jump")).to_be_hidden()
    expect(shop.widget.scroll).to_be_focused()


def test_the_focus_is_not_lost_when_the_agent_ends_the_chat(customer: Customers) -> None:
    shop = customer()
    states.live_ended(shop)
    expect(shop.widget.new_button).to_be_focused()


def test_the_focus_returns_to_the_text_when_an_unsent_message_is_deleted(customer: Customers) -> None:
    shop = customer()
    states.not_sent(shop)
    shop.page.keyboard.press("Shift+Tab")
    delete = shop.widget.unsent.get_by_role("button", name="Delete")
    expect(delete).to_be_focused()
    shop.page.keyboard.press("Enter")
    expect(shop.widget.unsent).to_have_count(0)
    expect(shop.widget.text).to_be_focused()


def test_who_left_the_widget_is_not_called_back(customer: Customers) -> None:
    shop = customer()
    states.waiting_in_line(shop)
    link = shop.page.get_by_role("link", name="Fernhill")
    link.focus()
    states.end(states.answered(shop.widget, "We do."))
    expect(shop.widget.new_button).to_be_visible()
    expect(link).to_be_focused()


def test_each_message_of_the_others_is_said_once_and_own_ones_never(customer: Customers) -> None:
    shop = customer()
    conversation = states.talking(shop)
    shop.widget.frame.evaluate(LISTEN)
    make.answered(conversation, facts.agent("alice"), "Are you there?")
    expect(shop.widget.bodies.last).to_have_text("Are you there?")
    shop.widget.write("I am.")
    expect(shop.widget.bodies.last).to_have_text("I am.")
    make.answered(conversation, facts.agent("alice"), "Good.")
    expect(shop.widget.bodies.last).to_have_text("Good.")
    assert shop.widget.frame.evaluate("said") == ["Alice: Are you there?", "Alice: Good."]


def test_what_cannot_be_done_is_said(customer: Customers) -> None:
    shop = customer()
    shop.page.route_web_socket("**/ws/customer/", refusing)
    states.empty(shop)
    shop.widget.frame.evaluate(LISTEN)
    shop.widget.write("My scanner loses the network.")
    expect(shop.widget.unsent).to_contain_text("Not sent")
    assert shop.widget.frame.evaluate("said") == ["Not sent: we are closed"]
    expect(shop.widget.part("offline")).to_have_role("status")
    expect(shop.widget.part("hint")).to_have_role("status")
    expect(shop.widget.part("panel")).to_have_role("alert")


def tab_to(shop: Shop, target: Locator, *, backwards: bool = False) -> None:
    """However many steps that takes; at each the focus is somewhere to be seen."""
    key = "Shift+Tab" if backwards else "Tab"
    for _step in range(30):
        if target.evaluate(HAS_FOCUS):
            return
        shop.page.keyboard.press(key)
        assert shop.widget.frame.evaluate(HAS_A_RING)
    raise AssertionError(f"{target} is not reached by {key}")
