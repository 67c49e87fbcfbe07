"""How a persistent conversation ends, and what comes after."""

from __future__ import annotations

from playwright.sync_api import expect

from chat.models import Conversation
from chat.states import State
from tests.browser import facts
from tests.browser.pages import Agents, Customers


def test_only_alice_ends_it_and_the_next_message_begins_a_new_one(customer: Customers, agent: Agents) -> None:
    alice = agent("alice")
    carla = customer().sign_in("Carla")
    carla.open_chat().write("My scanner loses the network.")
    alice.accept().write("Version 4.2.2 mends that.")
    expect(carla.widget.bodies.last).to_have_text("Version 4.2.2 mends that.")
    first = facts.the_conversation()

    expect(carla.widget.end_button).to_have_count(0)
    answer = carla.page.request.post(
        f"{carla.url}/api/v1/conversations/{first.pk}/end",
        headers={"Authorization": f"Bearer {carla.widget.session}"},
        data={},
    )
    assert (answer.status, answer.json()["code"]) == (403, "customer_may_not_end")
    carla.close_browser()

    alice.end()
    expect(alice.text).to_be_visible()  # notes
    alice.close()
    first.refresh_from_db()
    assert first.state == State.CLOSED
    closing_line = "Alice has ended this chat. Write again whenever you need us."
    whole = [
        "My scanner loses the network.",
        "Alice has joined the chat.",
        "Version 4.2.2 mends that.",
        closing_line,
    ]
    assert facts.log_of(first) == whole

    carla = customer().sign_in("Carla")
    carla.open_chat().shows(*whole)
    expect(carla.widget.ended).to_contain_text("Write below to begin a new conversation")
    carla.widget.write("It does. And my printer?").shows("It does. And my printer?")
    expect(alice.offers).to_contain_text("It does. And my printer?")
    second = Conversation.objects.exclude(pk=first.pk).get()
    assert (second.previous_id, second.state, facts.log_of(second)) == (
        first.pk,
        State.OPEN,
        ["It does. And my printer?"],
    )
    alice.accept().shows("It does. And my printer?", "Alice has joined the chat.")
