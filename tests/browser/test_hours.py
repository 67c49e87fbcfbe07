"""What the clock does: hours begin, and conversations that nobody touches are closed. The tasks run in the worker."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from chat.states import State
from tests import make
from tests.browser import facts
from tests.browser.pages import Agents, Customers
from workstreams import hours
from workstreams.models import Queue


def test_carla_writes_out_of_hours_and_alice_gets_it_when_they_begin(
    customer: Customers, agent: Agents
) -> None:
    now = timezone.now()
    office = make.hours(((now.weekday() + 2) % 7, "09:00", "17:00"))
    Queue.objects.filter(name="Support").update(operating_hours=office)
    alice = agent("alice")
    widget = customer().sign_in("Carla").open_chat()
    expect(widget.closed).to_contain_text("Write any time")
    widget.write("My scanner loses the network.")
    expect(widget.bodies.last).to_contain_text("Your message is saved")
    alice.look_at("Open")
    expect(alice.row("Carla")).to_be_visible()
    assert facts.was_offered_to(facts.the_conversation()) == []

    opening = hours.opens_at(calendar=office.calendar(), after=now)
    assert opening
    facts.run_in_worker("routing.tasks.release_at_hours", now=opening)
    expect(alice.offers).to_contain_text("My scanner loses the network.")
    conversation = facts.the_conversation()
    assert facts.was_offered_to(conversation) == ["alice"]
    assert conversation.offers.get().made_at == opening
    alice.accept().write("Good morning!")
    expect(widget.bodies.last).to_have_text("Good morning!")


def test_a_waiting_conversation_nobody_touches_is_closed_and_both_see_it(
    customer: Customers, agent: Agents
) -> None:
    alice = agent("alice")
    widget = customer().sign_in("Carla").open_chat().write("My scanner loses the network.")
    alice.accept().write("Try version 4.2.2.")
    expect(widget.bodies.last).to_have_text("Try version 4.2.2.")
    alice.park()
    four_weeks = timezone.now() + timedelta(days=28)
    facts.run_in_worker("chat.tasks.close_idle", now=four_weeks + timedelta(minutes=1))

    expect(widget.bodies.last).to_contain_text("was quiet for a long time and is now closed")
    expect(widget.ended).to_contain_text("Write below to begin a new conversation")
    expect(alice.state).to_have_text("Closed")
    expect(alice.bodies.last).to_contain_text("was quiet for a long time and is now closed")
    conversation = facts.the_conversation()
    assert conversation.state == State.CLOSED
    assert conversation.closed_at
    assert conversation.closed_at > four_weeks
