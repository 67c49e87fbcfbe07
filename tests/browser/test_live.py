"""A live chat, anonymous: both sides hold it, and either may end it."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from chat.actions import revoke_session
from chat.models import CustomerSession
from chat.states import State
from tests.browser import facts
from tests.browser.pages import Agents, Customers
from tests.browser.windows import NO_SERVER, Windows


@pytest.mark.parametrize("who_ends", ["visitor", "alice"])
def test_a_visitor_and_alice_hold_a_live_chat_and_either_ends_it(
    customer: Customers, agent: Agents, windows: Windows, who_ends: str
) -> None:
    alice = agent("alice")
    shop = customer().visit("/demo/live/")
    widget = shop.open_chat().write("Do you deliver to the Azores?")
    alice.accept().write("We do.")
    widget.shows("Do you deliver to the Azores?", "Alice has joined the chat.", "We do.")
    conversation = facts.the_conversation()
    assert not conversation.customer.is_authenticated

    if who_ends == "visitor":
        with windows.tolerating(NO_SERVER):
            shop.page.context.set_offline(True)
            widget.end()
            expect(widget.dialog).to_contain_text("We cannot be reached at the moment")
            shop.page.context.set_offline(False)
        widget.dialog.get_by_role("button", name="End chat").click()
    else:
        alice.end()
    expect(widget.new_button).to_be_visible()
    expect(widget.text).to_be_hidden()
    expect(widget.ended).to_be_hidden()  # the log's last line says it
    expect(alice.state).to_have_text("Wrap-up")
    conversation.refresh_from_db()
    assert conversation.state == State.WRAP_UP
    name = conversation.customer.display_name
    alice.shows(
        *facts.log_of(conversation), *([f"{name} has ended this chat."] if who_ends == "visitor" else [])
    )
    widget.shows(*facts.log_of(conversation))
    widget.start_anew().write("And to Madeira?").shows("And to Madeira?")
    expect(alice.offers).to_contain_text("And to Madeira?")
    assert shop.page.context.cookies() == []


def test_a_visitor_keeps_the_chat_on_a_site_that_sets_a_provider_until_the_session_is_refused(
    customer: Customers,
) -> None:
    shop = customer().visit("/demo/live/")
    shop.open_chat().write("Do you deliver to the Azores?").shows("Do you deliver to the Azores?")
    shop.page.reload()
    widget = shop.widget.is_open().shows("Do you deliver to the Azores?")
    shop.page.evaluate("Parley.setAuthTokenProvider((give) => give(null))")
    widget.write("By ship?").shows("Do you deliver to the Azores?", "By ship?")
    shop.page.reload()
    widget.shows("Do you deliver to the Azores?", "By ship?")

    revoke_session(session=CustomerSession.objects.get(), now=timezone.now())
    widget.shows().write("Hello again").shows("Hello again")
