"""Live chat around the talking: the line, the connection that is lost and found, the hours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chat.states import State
from tests import make
from tests.browser import facts
from tests.browser.pages import Agents, Customers, WidgetFrame
from tests.browser.windows import NO_SERVER, Windows
from workstreams.models import Queue, Widget


def line(widget: WidgetFrame, words: str) -> None:
    expect(widget.part("line")).to_have_text(words)


def test_visitors_see_the_line_move_until_they_are_served(customer: Customers, agent: Agents) -> None:
    first, second, third = (customer().visit("/demo/live/") for _ in range(3))
    first.open_chat().write("I am first.")
    line(first.widget, "You are next")
    second.open_chat().write("I am second.")
    line(second.widget, "1 ahead of you")
    third.open_chat().write("I am third.")
    line(third.widget, "2 ahead of you")

    alice = agent("alice")
    alice.offers.filter(has_text="I am first.").get_by_role("button", name="Accept").click()
    expect(first.widget.part("line")).to_be_hidden()
    line(second.widget, "You are next")
    line(third.widget, "1 ahead of you")
    third.page.reload()
    third.widget.is_open().shows("I am third.")
    line(third.widget, "1 ahead of you")
    second.widget.end()
    expect(second.widget.part("line")).to_be_hidden()
    line(third.widget, "You are next")


def test_alice_reads_that_her_visitor_is_lost_and_back_and_nothing_is_lost(
    customer: Customers, agent: Agents, windows: Windows
) -> None:
    alice = agent("alice")
    shop = customer().visit("/demo/live/")
    widget = shop.open_chat().write("Do you deliver to the Azores?")
    alice.accept().write("We do.")
    expect(widget.bodies.last).to_have_text("We do.")
    name = facts.the_conversation().customer.display_name

    address = shop.page.url
    shop.page.goto("about:blank")
    alice.write("Within a week.")
    facts.run_in_worker("chat.tasks.customers_gone", now=timezone.now() + timedelta(seconds=12))
    expect(alice.bodies.last).to_have_text(f"{name} is not connected any more.")
    shop.page.goto(address)
    expect(alice.bodies.last).to_have_text(f"{name} is back.")
    log = ("Do you deliver to the Azores?", "Alice has joined the chat.", "We do.", "Within a week.")
    shop.widget.is_open().shows(*log)

    with windows.tolerating(NO_SERVER):
        shop.page.context.set_offline(True)
        widget.write("Then I order.")
        expect(widget.unsent).to_contain_text("Then I order.")
        shop.page.context.set_offline(False)
        expect(alice.bodies.last).to_have_text("Then I order.")
    widget.shows(*log, "Then I order.")
    assert facts.the_conversation().state == State.ACTIVE


def test_alice_leaves_a_live_chat_by_returning_it(customer: Customers, agent: Agents) -> None:
    alice = agent("alice")
    widget = customer().visit("/demo/live/").open_chat().write("Do you deliver to the Azores?")
    alice.accept().choose_presence("Away")
    alice.page.locator("#bar").get_by_role("button", name="End").click()
    dialog = alice.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="End chat")).to_be_focused()
    dialog.get_by_role("button", name="Cancel").click()
    expect(alice.state).to_have_text("Active")
    alice.page.locator("#bar").get_by_role("button", name="End").click()
    dialog.get_by_role("button", name="Return to queue").click()
    line(widget, "You are next")
    assert facts.the_conversation().state == State.OPEN


@pytest.mark.parametrize("own_words", [False, True])
def test_a_closed_live_widget_shows_its_pane_until_it_opens(customer: Customers, own_words: bool) -> None:
    words = {"offline_title": "Gone fishing", "offline_text": "See you soon."} if own_words else {}
    Widget.objects.filter(public_id="demo-live").update(
        operating_hours=make.hours(), show_outside_hours=True, **words
    )
    shop = customer().visit("/demo/live/")
    pane = shop.open_chat().part("away")
    expect(pane).to_contain_text("Gone fishing" if own_words else "We are closed just now")
    expect(shop.widget.text).to_be_hidden()
    shop.widget.close()
    Widget.objects.update(operating_hours=None)
    shop.page.reload()
    shop.open_chat().write("Hello").shows("Hello")
    expect(pane).to_be_hidden()


def test_a_closed_live_widget_is_hidden(customer: Customers) -> None:
    Widget.objects.filter(public_id="demo-live").update(operating_hours=make.hours())
    shop = customer().visit("/demo/live/")
    expect(shop.heard.filter(has_text="ready")).to_have_count(1)
    expect(shop.widget.button).to_be_hidden()


def test_what_was_typed_while_the_queue_closed_stays(customer: Customers) -> None:
    widget = customer().visit("/demo/live/").open_chat()
    widget.text.fill("Do you deliver?")
    Queue.objects.filter(name="Sales").update(operating_hours=make.hours())
    widget.text.press("Enter")
    expect(widget.unsent).to_contain_text("Do you deliver?")
    expect(widget.unsent).to_contain_text("Not sent: we are closed")
