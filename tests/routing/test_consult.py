"""Asking a colleague for advice and joining: who may, who then sees it, and when it ends without anybody's doing."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from chat import actions, events
from chat.actions import NotYours
from chat.errors import NotFound, Refusal
from chat.models import Conversation, Participant
from chat.realtime.audience import agent_address
from chat.realtime.hub import Standing
from chat.realtime.keeper import what_happened
from chat.states import Actor, InvalidTransition
from routing import tasks
from routing.access import conversation_for_agent
from routing.actions import (
    NotAvailable,
    SupervisorsOnly,
    accept_offer,
    consult_colleague,
    deactivate_agent,
    disconnect,
    join_conversation,
    transfer_to_agent,
)
from routing.desk.authority import tail_of_agents
from routing.desk.delivery import frames_of
from routing.models import Agent, Role
from tests import make, people
from tests.chat.test_posting import in_threads
from tests.people import Shop
from tests.routing.clock import NOW, later
from tests.routing.rows import as_now, fresh

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]


def consult(shop: Shop, conversation: Conversation, colleague: Agent, *, by: Agent | None = None) -> Any:
    return consult_colleague(
        user=(by or shop.alice).user, conversation_id=conversation.pk, agent_id=colleague.pk, now=NOW
    )


def taking_part(conversation: Conversation) -> set[str]:
    present = Participant.objects.present().filter(conversation=conversation)
    return set(present.values_list("user__username", flat=True))


def sees(agent: Agent, conversation: Conversation) -> bool:
    try:
        conversation_for_agent(agent=agent, conversation_id=conversation.pk)
    except NotFound:
        return False
    return True


# -- asking


def test_a_colleague_of_any_queue_is_asked_and_uses_no_places() -> None:
    shop = people.shop()
    expert = people.stranger()
    make.connected(expert, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    participant = consult(shop, conversation, expert)
    assert (participant.role, participant.may_answer, participant.invited_by) == (
        "consultant",
        False,
        shop.alice.user,
    )
    assert as_now(expert).used(now=NOW) == 0
    assert fresh(conversation).agent == shop.alice.user


def test_a_consultant_sees_it_for_as_long_as_it_lasts() -> None:
    shop = people.shop()
    expert = people.stranger()
    make.connected(expert, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    assert not sees(expert, conversation)
    consult(shop, conversation, expert)
    assert sees(expert, conversation)
    actions.leave_conversation(user=expert.user, conversation_id=conversation.pk, now=NOW)
    assert not sees(expert, conversation)


def test_who_is_not_there_or_takes_part_already_is_not_asked() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    with pytest.raises(NotAvailable) as refused:
        consult(shop, conversation, shop.bob)
    assert refused.value.extra == {"reason": "offline"}
    make.connected(shop.bob, now=NOW)
    consult(shop, conversation, shop.bob)
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=NOW)
    for colleague, reason in ((shop.bob, "takes_part"), (shop.sue, "takes_part"), (shop.alice, "oneself")):
        with pytest.raises(NotAvailable) as refused:
            consult(shop, conversation, colleague)
        assert refused.value.extra == {"reason": reason}
    deactivate_agent(user_id=shop.bob.pk, now=NOW)
    for nobody in (shop.bob, Agent(pk=0)):
        with pytest.raises(NotFound):
            consult(shop, conversation, nobody)


def test_only_its_own_agent_asks_and_only_while_it_is_active() -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    for somebody in (shop.bob, shop.sue, people.stranger()):
        with pytest.raises(NotYours):
            consult(shop, conversation, shop.bob, by=somebody)
    with pytest.raises(NotYours):
        consult(shop, make.conversation(widget=shop.widget, now=NOW), shop.bob)
    over = make.ended(make.conversation(widget=shop.widget, now=NOW), shop.alice, now=NOW)
    for elsewhere in (make.parked(shop.alice, widget=shop.widget, now=NOW), over):
        with pytest.raises(InvalidTransition):
            consult(shop, elsewhere, shop.bob)
    assert not Participant.objects.exists()


def test_a_consultant_who_takes_it_over_is_a_guest_no_longer() -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    consult(shop, conversation, shop.bob)
    offer = transfer_to_agent(
        user=shop.alice.user, conversation_id=conversation.pk, agent_id=shop.bob.pk, now=NOW
    )
    accept_offer(user=shop.bob.user, offer_id=offer.pk, now=NOW)
    assert (fresh(conversation).agent, taking_part(conversation)) == (shop.bob.user, set())


# -- joining


def test_a_supervisor_joins_somebody_elses_active_conversation_only() -> None:
    shop = people.shop()
    own = make.active(shop.sue, widget=shop.widget, now=NOW)
    over = make.ended(make.conversation(widget=shop.widget, now=NOW), shop.alice, now=NOW)
    waiting = make.parked(shop.alice, widget=shop.widget, now=NOW)
    for conversation in (own, over, waiting, make.conversation(widget=shop.widget, now=NOW)):
        with pytest.raises(InvalidTransition):
            join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=NOW)
    with pytest.raises(NotFound):
        join_conversation(user=shop.sue.user, conversation_id=uuid.uuid4(), now=NOW)
    assert not Participant.objects.exists()


def test_agents_and_strangers_join_nothing() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    for user in (shop.bob.user, people.stranger().user, make.user()):
        with pytest.raises(SupervisorsOnly):
            join_conversation(user=user, conversation_id=conversation.pk, now=NOW)


def test_a_supervisor_who_was_asked_for_advice_may_join_as_well() -> None:
    shop = people.shop()
    make.connected(shop.sue, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    consult(shop, conversation, shop.sue)
    for _twice in range(2):
        participant = join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=NOW)
    assert (participant.role, participant.may_answer) == ("supervisor", True)
    assert Participant.objects.count() == 1
    with pytest.raises(NotFound):  # who has joined is not sent away
        actions.end_consultation(
            user=shop.alice.user, conversation_id=conversation.pk, consultant_id=shop.sue.pk, now=NOW
        )


def test_nobody_stays_behind_in_a_conversation_that_is_parked_at_the_same_moment() -> None:
    shop = people.shop()
    make.connected(shop.bob)
    for _attempt in range(8):
        conversation = make.active(shop.alice, widget=shop.widget)
        gate = threading.Barrier(3)
        in_threads(3, _racing(shop, conversation, gate))
        conversation.refresh_from_db()
        assert (conversation.state, taking_part(conversation)) == ("waiting", set())


def _racing(shop: Shop, conversation: Conversation, gate: threading.Barrier) -> Callable[[int], None]:
    def act(number: int) -> None:
        now = timezone.now()
        named: dict[str, Any] = {"conversation_id": conversation.pk, "now": now}
        gate.wait()
        with suppress(Refusal):
            match number:
                case 0:
                    actions.park_conversation(user=shop.alice.user, seen_seq=None, **named)
                case 1:
                    consult_colleague(user=shop.alice.user, agent_id=shop.bob.pk, **named)
                case _:
                    join_conversation(user=shop.sue.user, **named)

    return act


# -- leaving without a word


@pytest.mark.parametrize("by_action", [True, False])
def test_a_deactivated_guest_leaves(by_action: bool) -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    consult(shop, conversation, shop.bob)
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=NOW)
    for guest in (shop.bob, shop.sue):
        if by_action:
            deactivate_agent(user_id=guest.pk, now=later(1))
        else:  # the box on Django's own user form
            User.objects.filter(pk=guest.pk).update(is_active=False)
            make.beat(now=later(1))
            tasks.agents_gone(now=later(1).isoformat())
    assert taking_part(conversation) == set()
    assert fresh(conversation).agent == shop.alice.user


def test_who_supervises_no_longer_leaves_what_they_had_joined() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=NOW)
    make.beat(now=later(1))
    tasks.agents_gone(now=later(1).isoformat())
    assert taking_part(conversation) == {"sue"}
    Agent.objects.filter(pk=shop.sue.pk).update(role=Role.AGENT)
    tasks.agents_gone(now=later(2).isoformat())
    assert taking_part(conversation) == set()


def guest_gone(shop: Shop) -> Conversation:
    """Bob, who advises Alice, closes his console after two seconds."""
    console = make.connected(shop.bob, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    consult(shop, conversation, shop.bob)
    actions.add_consultant(
        user=shop.alice.user, conversation_id=conversation.pk, consultant_id=shop.bob.pk, now=NOW
    )
    disconnect(connection_id=console.pk, now=later(2))
    return conversation


def sweep(seconds: float) -> int:
    make.beat(now=later(seconds))
    done: int = tasks.agents_gone(now=later(seconds).isoformat())
    return done


def test_a_guest_who_is_gone_leaves_as_the_agent_would() -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = guest_gone(shop)
    assert sweep(2 + 10 + 149) == 0
    assert sweep(2 + 10 + 151) == 1
    assert taking_part(conversation) == set()
    last = conversation.messages.public().latest("seq")
    assert last.body == "Bob has left the chat."


def test_a_guest_who_comes_back_in_time_stays() -> None:
    shop = people.shop()
    conversation = guest_gone(shop)
    make.connected(shop.bob, now=later(150))
    sweep(163)
    assert taking_part(conversation) == {"bob"}


def test_a_guest_who_was_not_there_when_it_began_is_not_gone() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=NOW)
    sweep(3600)
    assert taking_part(conversation) == {"sue"}


# -- what is told


def test_what_everybody_is_told_of_a_consultation(happened: Any) -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    consult(shop, conversation, shop.bob)
    told = _told(happened)
    assert (f"agent.{shop.bob.pk}", "consult.asked") in told
    assert {address for address, kind in told if kind == "conversation.changed"} == {
        f"agent.{shop.alice.pk}",
        f"agent.{shop.bob.pk}",
    }
    actions.park_conversation(user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=NOW)
    told = _told(happened)
    assert (f"agent.{shop.bob.pk}", "conversation.removed") in told
    assert (f"agent.{shop.bob.pk}", "conversation.changed") not in told


def test_a_guest_who_becomes_its_agent_is_not_told_to_put_it_away(happened: Any) -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    consult(shop, conversation, shop.bob)
    _told(happened)
    make.given(conversation, shop.bob, now=NOW)
    removed = {address for address, kind in _told(happened) if kind == "conversation.removed"}
    assert removed == {f"agent.{shop.alice.pk}"}


def _told(happened: Any) -> list[tuple[str, str]]:
    """(address, type) of the frames for agents since the last time."""
    told = []
    while not happened.empty():
        frames = frames_of(happened.get(), now=NOW)
        told += [(each.address, each.frame["type"]) for each in frames]
    return told


def test_a_requeue_by_a_supervisor_ends_a_consultation_too() -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    consult(shop, conversation, shop.bob)
    actions.requeue_conversation(
        user=shop.sue.user, conversation_id=conversation.pk, now=NOW, actor=Actor.SUPERVISOR
    )
    assert (taking_part(conversation), fresh(conversation).has_participants) == (set(), False)


# -- what a lost hint is made good by


def test_the_tail_expects_a_guests_console_to_know_what_was_said_and_that_they_take_part() -> None:
    shop = people.shop()
    make.connected(shop.bob, now=NOW)
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.given(make.conversation(carla, now=NOW), shop.alice, now=NOW)
    consult_colleague(
        user=shop.alice.user, conversation_id=conversation.pk, agent_id=shop.bob.pk, now=later(20)
    )
    make.posted(carla, "Hello?", now=later(25))
    version, seq = fresh(conversation).version, fresh(conversation).latest_seq
    assert _expected_of(shop.bob, since=19, until=21) == Standing(version=version)
    assert _expected_of(shop.bob, since=24, until=26).seq == seq
    actions.leave_conversation(user=shop.bob.user, conversation_id=conversation.pk, now=later(26))
    assert _expected_of(shop.bob, since=-1, until=27) == Standing()


def _expected_of(agent: Agent, *, since: float, until: float) -> Standing:
    """How far the tail wants this agent's consoles to be."""
    wanted = Standing()
    for expected in tail_of_agents(what_happened(since=later(since), until=later(until))):
        if expected.address == agent_address(agent.pk):
            wanted.advance(expected.standing)
    return wanted
