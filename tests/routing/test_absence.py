"""Offline, gone, and the outages that make nobody either (spec §3, Absence)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

import pytest

from chat import events
from chat.absence import server_saw
from chat.models import Conversation, ServerProcess
from chat.states import State
from routing import tasks
from routing.actions import connect, disconnect
from routing.events import PresenceChanged
from routing.models import Status
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import as_now, fresh, is_offered, pending

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]
OTHER = uuid.UUID(int=7)


def sweep(seconds: float) -> int:
    """The web process has been up all the time, and the task runs."""
    make.beat(now=later(seconds))
    done: int = tasks.agents_gone(now=later(seconds).isoformat())
    return done


def test_presence_is_derived_from_choice_connection_and_load() -> None:
    shop = people.shop(units=50)
    alice = shop.alice
    assert alice.status(now=NOW) == Status.OFFLINE
    make.connected(alice, now=NOW)
    assert alice.status(now=NOW) == Status.AVAILABLE
    make.active(alice, widget=shop.widget, now=NOW)
    assert alice.status(now=NOW) == Status.BUSY
    make.active(alice, widget=shop.widget, now=NOW)
    assert alice.status(now=NOW) == Status.DO_NOT_DISTURB


def test_two_consoles_are_one_presence_and_a_dead_process_holds_none() -> None:
    alice = make.agent("alice")
    first = make.connected(alice, now=NOW)
    make.beat(process_id=OTHER, now=NOW)
    connect(user=alice.user, process_id=OTHER, now=NOW)
    disconnect(connection_id=first.pk, now=NOW)
    assert alice.is_connected(now=later(15))
    make.beat(now=later(25))
    assert not alice.is_connected(now=later(25))


def test_connecting_and_going_offline_are_told(settle: Settle) -> None:
    alice = make.agent("alice")
    make.beat(now=NOW)
    console = connect(user=alice.user, process_id=make.WEB, now=NOW)
    connect(user=alice.user, process_id=make.WEB, now=NOW)
    assert settle(NOW) == [PresenceChanged(user_id=alice.pk)]
    alice.connections.update(left_at=later(5))
    disconnect(connection_id=console.pk, now=later(5))
    sweep(14)
    assert settle(later(14)) == []
    sweep(16)
    assert PresenceChanged(user_id=alice.pk) in settle(later(16))


def test_whoever_goes_offline_hands_back_what_was_offered(settle: Settle) -> None:
    shop = people.shop()
    console = make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    make.connected(shop.bob, now=later(1))
    disconnect(connection_id=console.pk, now=later(1))
    sweep(10)
    assert pending(conversation).agent == shop.alice
    sweep(12)
    settle(later(12))
    assert pending(conversation).agent == shop.bob
    assert not as_now(shop.alice).missed


def gone_with(*, answered: bool, mode: str = "persistent") -> tuple[people.Shop, Conversation]:
    shop = people.shop(mode=mode)
    console = make.connected(shop.alice, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    if answered:
        make.answered(conversation, shop.alice, now=later(1))
    disconnect(connection_id=console.pk, now=later(2))
    return shop, conversation


@pytest.mark.parametrize("how", ["page change", "one of two"])
def test_neither_a_page_change_nor_closing_one_of_two_consoles_is_an_absence(
    settle: Settle, how: str
) -> None:
    shop = people.shop()
    console = make.connected(shop.alice, now=NOW)
    if how == "one of two":
        make.connected(shop.alice, now=NOW)
    active = make.active(shop.alice, widget=shop.widget, now=NOW)
    offered = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    make.connected(shop.bob, now=NOW)
    disconnect(connection_id=console.pk, now=later(1))
    if how == "page change":
        make.beat(now=later(5))
        connect(user=shop.alice.user, process_id=make.WEB, now=later(5))
    for moment in (5, 12, 163, 600):
        assert sweep(moment) == 0
    assert PresenceChanged(user_id=shop.alice.pk) not in settle(later(600))
    assert pending(offered).agent == shop.alice
    assert fresh(active).agent == shop.alice.user


def test_an_answered_conversation_of_an_agent_who_is_gone_waits() -> None:
    _shop, conversation = gone_with(answered=True)
    assert sweep(2 + 10 + 149) == 0
    assert sweep(2 + 10 + 151) == 1
    assert fresh(conversation).state == State.WAITING


def test_an_unanswered_one_is_queued_again_and_held_for_the_same_agent(settle: Settle) -> None:
    shop, conversation = gone_with(answered=False)
    sweep(163)
    settle(later(163))
    assert fresh(conversation).state == State.OPEN
    assert pending(conversation).agent == shop.alice
    assert fresh(conversation).queued_at == NOW


def test_a_live_one_goes_to_somebody_who_is_there(settle: Settle) -> None:
    shop, conversation = gone_with(answered=True, mode="live")
    make.connected(shop.bob, now=later(163))
    sweep(163)
    settle(later(163))
    assert pending(conversation).agent == shop.bob


def test_coming_back_in_time_changes_nothing() -> None:
    shop, conversation = gone_with(answered=False)
    make.connected(shop.alice, now=later(150))
    assert sweep(163) == 0
    assert fresh(conversation).agent == shop.alice.user


def test_an_agent_who_was_not_there_when_given_a_conversation_is_not_gone() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    assert sweep(3600) == 0
    assert fresh(conversation).agent == shop.alice.user


def test_a_process_that_died_takes_its_agents_with_it() -> None:
    shop = people.shop()
    make.beat(process_id=OTHER, now=NOW)
    connect(user=shop.alice.user, process_id=OTHER, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    make.beat(now=NOW)
    assert sweep(20 + 149) == 0
    assert sweep(20 + 151) == 1
    assert fresh(conversation).state == State.OPEN


def test_an_outage_of_the_web_tier_makes_nobody_absent_until_a_full_window_has_passed() -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    offered = make.conversation(widget=shop.widget, now=NOW)
    tasks.route_open(now=NOW.isoformat())
    make.beat(process_id=uuid.UUID(int=9), kind="worker", now=later(600))
    assert tasks.agents_gone(now=later(600).isoformat()) == 0
    make.beat(process_id=OTHER, now=later(605))
    make.beat(process_id=OTHER, now=later(610))
    assert tasks.agents_gone(now=later(610).isoformat()) == 0
    assert is_offered(offered)
    make.beat(process_id=OTHER, now=later(605 + 161))
    assert tasks.agents_gone(now=later(605 + 161).isoformat()) == 2
    assert fresh(conversation).state == State.OPEN


@pytest.mark.parametrize(
    ("spans", "seen"),
    [
        ([(-100, 0)], True),
        ([(-100, -25)], False),  # stopped, and so far unnoticed by anybody else
        ([(-10, 0)], False),  # began too late
        ([(-100, -40), (-37, 0)], True),  # a deployment
        ([(-100, -40), (-30, 0)], False),  # a hole
        ([(-100, -20), (-60, 0)], True),  # two at once
        ([(-100, -70), (-55, 0)], False),  # the hole is at the beginning
        ([(-100, -5)], True),  # the next beat is on its way
        ([], False),
    ],
)
def test_the_server_saw_a_window_when_its_processes_cover_it(
    spans: list[tuple[float, float]], seen: bool
) -> None:
    for started, until in spans:
        ServerProcess.objects.create(kind="web", started_at=later(started), seen_at=later(until))
    assert server_saw(since=later(-60), until=NOW) is seen
