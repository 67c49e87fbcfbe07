"""What a supervisor may do that agents may not: move, assign, close and release whatever it is, and set presences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from chat import actions, events, idle
from chat.actions import NotYours
from chat.actions.sessions import begin_visit
from chat.actions.starting import QueueClosed
from chat.errors import Invalid, NotFound
from chat.models import Conversation, Message
from chat.shapes import conversation_shape
from chat.states import Actor, InvalidTransition, State
from chat.tasks import notify_customer_returned
from routing.actions import (
    AgentAbsent,
    QueueRetired,
    SupervisorsOnly,
    assign_conversation,
    deactivate_agent,
    expire_offer,
    release_from_agent,
    resume_conversation,
    set_presence,
    transfer_to_queue,
)
from routing.desk.snapshot import work_of
from routing.models import Agent, Offer, OfferState
from tests import make, people
from tests.people import Shop
from tests.routing.clock import NOW, later
from tests.routing.desk import AgentClient
from tests.routing.rows import as_now, fresh, is_offered, pending
from tests.servers import Web

pytestmark = [pytest.mark.django_db(transaction=True)]
Settle = Callable[[datetime], list[events.Event]]
quiet = pytest.mark.usefixtures("happened")

BUILDERS: dict[str, Callable[[Shop], Conversation]] = {
    "open": lambda shop: make.conversation(widget=shop.widget, now=NOW),
    "active": lambda shop: make.active(shop.alice, widget=shop.widget, now=NOW),
    "waiting": lambda shop: make.parked(shop.alice, widget=shop.widget, now=NOW),
    "wrap_up": lambda shop: make.ended(make.conversation(widget=shop.widget, now=NOW), shop.alice, now=NOW),
    "closed": lambda shop: closed(shop, make.active(shop.alice, widget=shop.widget, now=NOW)),
}
UNFINISHED = ("open", "active", "waiting")


def closed(shop: Shop, conversation: Conversation) -> Conversation:
    return actions.close_conversation(
        user=shop.sue.user, conversation_id=conversation.pk, now=NOW, actor=Actor.SUPERVISOR
    )


def others(shop: Shop) -> list[Agent]:
    """Whoever is no supervisor: a member of the queue, and a stranger."""
    return [shop.bob, people.stranger()]


# -- assigning and moving


@quiet
@pytest.mark.parametrize("state", UNFINISHED)
def test_an_absent_agent_is_given_a_conversation_only_if_the_supervisor_insists(state: str) -> None:
    shop = people.shop()
    conversation = BUILDERS[state](shop)
    give: dict[str, Any] = {"conversation_id": conversation.pk, "agent_id": shop.bob.pk, "now": NOW}
    for user in (agent.user for agent in others(shop)):
        with pytest.raises(SupervisorsOnly):
            assign_conversation(user=user, **give, anyway=True)
    with pytest.raises(AgentAbsent):
        assign_conversation(user=shop.sue.user, **give)
    make.connected(shop.bob, now=NOW)
    assign_conversation(user=shop.sue.user, **give)
    given = fresh(conversation)
    assert (given.state, given.agent) == (State.ACTIVE, shop.bob.user)


@quiet
@pytest.mark.parametrize("state", ["wrap_up", "closed"])
def test_what_has_ended_is_neither_assigned_nor_moved(state: str) -> None:
    shop = people.shop()
    conversation = BUILDERS[state](shop)
    named: dict[str, Any] = {"user": shop.sue.user, "conversation_id": conversation.pk, "now": NOW}
    with pytest.raises(InvalidTransition):
        assign_conversation(**named, agent_id=shop.bob.pk, anyway=True)
    with pytest.raises(InvalidTransition):
        transfer_to_queue(**named, queue_id=shop.queue.pk)
    assert fresh(conversation).state == state
    assert not Offer.objects.filter(agent=shop.bob).exists()


@quiet
@pytest.mark.parametrize("state", UNFINISHED)
def test_a_supervisor_moves_any_unfinished_conversation_to_another_queue(state: str) -> None:
    shop = people.shop()
    conversation = BUILDERS[state](shop)
    sales = make.queue("Sales")
    move: dict[str, Any] = {"conversation_id": conversation.pk, "queue_id": sales.pk, "now": later(1)}
    for user in (agent.user for agent in others(shop)):
        with pytest.raises(NotYours):
            transfer_to_queue(user=user, **move)
    transfer_to_queue(user=shop.sue.user, **move)
    moved = fresh(conversation)
    assert (moved.state, moved.queue, moved.agent, moved.preferred_agent) == ("open", sales, None, None)


@quiet
def test_neither_a_closed_nor_a_retired_queue_takes_it_and_the_reason_is_said() -> None:
    shop = people.shop()
    conversation = BUILDERS["active"](shop)
    shut = make.queue("Night shift", operating_hours=make.hours())
    retired = make.queue("Fax", retired_at=NOW)
    for user in (shop.alice.user, shop.sue.user):
        named: dict[str, Any] = {"user": user, "conversation_id": conversation.pk, "now": NOW}
        with pytest.raises(QueueClosed, match="queue_closed") as refused:
            transfer_to_queue(**named, queue_id=shut.pk)
        assert "Night shift" in str(refused.value.message)
        with pytest.raises(QueueRetired) as refused_for_good:
            transfer_to_queue(**named, queue_id=retired.pk)
        assert "Fax" in str(refused_for_good.value.message)
    assert fresh(conversation).agent == shop.alice.user


@quiet
@pytest.mark.parametrize("state", ["active", "waiting"])
def test_a_supervisor_returns_a_conversation_to_its_queue_without_affinity(state: str) -> None:
    shop = people.shop()
    conversation = BUILDERS[state](shop)
    named: dict[str, Any] = {"conversation_id": conversation.pk, "now": later(1)}
    for user in (agent.user for agent in others(shop)):
        with pytest.raises(NotYours):
            actions.requeue_conversation(user=user, **named)
    actions.requeue_conversation(user=shop.sue.user, **named, actor=Actor.SUPERVISOR)
    assert (fresh(conversation).state, fresh(conversation).preferred_agent) == ("open", None)


@quiet
@pytest.mark.parametrize("state", [*UNFINISHED, "wrap_up"])
def test_a_supervisor_closes_by_force_whatever_its_state(state: str) -> None:
    shop = people.shop()
    conversation = BUILDERS[state](shop)
    said_before = Message.objects.filter(conversation=conversation, seq__gt=0).count()
    for user in (agent.user for agent in others(shop)):
        with pytest.raises(NotYours):
            actions.close_conversation(user=user, conversation_id=conversation.pk, now=NOW)
    assert closed(shop, conversation).state == State.CLOSED
    told = Message.objects.filter(conversation=conversation, seq__gt=0).count() - said_before
    assert told == (0 if state == "wrap_up" else 1)  # who was told that it ended is not told again
    with pytest.raises(InvalidTransition):
        closed(shop, conversation)


def test_a_supervisors_transfer_is_immediate_and_takes_it_from_anybody(live: Web) -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.sue) as sue:
        alice.hello()
        sue.hello()
        assert sue.do("transfer", conversation.pk, agent=shop.bob.pk)["code"] == "agent_absent"
        assert sue.do("transfer", conversation.pk, agent=shop.bob.pk, anyway=True)["type"] == "ok"
        assert alice.told("conversation.removed")["conversation"] == str(conversation.pk)
    assert fresh(conversation).agent == shop.bob.user
    assert not is_offered(conversation)


def test_agents_are_told_by_name_what_a_supervisor_does_with_their_work(live: Web) -> None:
    shop = people.shop()
    moved, forced = (make.active(shop.alice, widget=shop.widget) for _ in range(2))
    with (
        AgentClient(live.url, shop.alice) as alice,
        AgentClient(live.url, shop.bob) as bob,
        AgentClient(live.url, shop.sue) as sue,
    ):
        for console in (alice, bob, sue):
            console.hello()
        sue.do("transfer", moved.pk, agent=shop.bob.pk)
        assert bob.told("conversation.given")["by"] == "Sue"
        sue.do("close", forced.pk)
        alice.told("conversation.removed", where=lambda f: f["conversation"] == str(forced.pk))
        gone = [frame for frame in alice.frames if frame["type"] == "conversation.removed"]
        assert [(frame["conversation"], frame["by"]) for frame in gone] == [
            (str(moved.pk), "Sue"),
            (str(forced.pk), "Sue"),
        ]
        sue.do("assign", moved.pk, agent=shop.sue.pk)
        assert bob.told("conversation.removed")["by"] == "Sue"
        sue.do("park", moved.pk)
        assert "conversation.given" not in {frame["type"] for frame in sue.frames}


# -- releasing from its agent


@quiet
def test_a_released_conversation_waits_on_as_nobodys_and_wakes_for_the_queue(settle: Settle) -> None:
    shop = people.shop()
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    make.connected(shop.alice, now=NOW)
    release_from_agent(user=shop.sue.user, conversation_id=conversation.pk, now=later(60))
    released = fresh(conversation)
    assert (released.state, released.agent) == (State.WAITING, None)
    assert conversation_shape(released)["agent"] is None
    assert conversation.pk not in {each.pk for each in work_of(shop.alice)}
    row = released.transitions.latest("turn")
    assert (row.verb, row.source, row.target, row.user) == ("release", "waiting", "waiting", shop.sue.user)
    settle(later(60))
    set_presence(user=shop.alice.user, status="away", now=later(60))
    make.connected(shop.bob, now=later(61))
    make.posted(carla, "I am back", now=later(62))
    settle(later(62))
    assert fresh(conversation).preferred_agent is None
    assert pending(conversation).agent == shop.bob


@quiet
def test_its_former_agent_can_do_nothing_with_a_released_conversation() -> None:
    shop = people.shop()
    conversation = BUILDERS["waiting"](shop)
    release_from_agent(user=shop.sue.user, conversation_id=conversation.pk, now=NOW)
    with pytest.raises(NotYours):
        resume_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=NOW)
    with pytest.raises(NotYours):
        make.answered(conversation, shop.alice, now=NOW)
    with pytest.raises(InvalidTransition):
        release_from_agent(user=shop.sue.user, conversation_id=conversation.pk, now=NOW)
    make.given(conversation, shop.bob, now=NOW)
    assert fresh(conversation).agent == shop.bob.user


@quiet
def test_nobody_is_told_that_the_customer_of_a_released_conversation_is_back(happened: Any) -> None:
    shop = people.shop()
    carla = people.carla(shop.widget, now=NOW)
    conversation = make.parked(shop.alice, session=carla, now=NOW)
    release_from_agent(user=shop.sue.user, conversation_id=conversation.pk, now=later(1))
    begin_visit(session=carla, process_id=make.WEB, now=later(3600))
    assert fresh(conversation).customer_back_at is None
    assert not notify_customer_returned(conversation_id=str(conversation.pk), now=later(3600).isoformat())


@quiet
def test_a_release_does_not_put_off_auto_close() -> None:
    shop = people.shop()
    conversation = BUILDERS["waiting"](shop)
    due = idle.closes_at(fresh(conversation))
    release_from_agent(user=shop.sue.user, conversation_id=conversation.pk, now=later(3600))
    assert idle.closes_at(fresh(conversation)) == due
    assert due is not None
    assert actions.close_if_idle(conversation_id=conversation.pk, now=due)


@quiet
@pytest.mark.parametrize("state", ["open", "active", "wrap_up", "closed"])
def test_only_a_waiting_conversation_is_released(state: str) -> None:
    shop = people.shop()
    conversation = BUILDERS[state](shop)
    with pytest.raises(InvalidTransition):
        release_from_agent(user=shop.sue.user, conversation_id=conversation.pk, now=NOW)
    assert fresh(conversation).state == state


@quiet
def test_agents_and_strangers_release_nothing() -> None:
    shop = people.shop()
    conversation = BUILDERS["waiting"](shop)
    for agent in (shop.alice, *others(shop)):
        with pytest.raises(SupervisorsOnly):
            release_from_agent(user=agent.user, conversation_id=conversation.pk, now=NOW)


def test_a_release_clears_the_agents_desk(live: Web) -> None:
    shop = people.shop()
    conversation = make.parked(shop.alice, widget=shop.widget)
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.sue) as sue:
        alice.hello()
        sue.hello()
        assert alice.do("release", conversation.pk)["code"] == "forbidden"
        assert sue.do("release", conversation.pk)["type"] == "ok"
        assert alice.told("conversation.removed")["conversation"] == str(conversation.pk)
        assert alice.hello()["conversations"] == []


# -- presence


@quiet
def test_a_supervisor_ends_an_agents_being_inactive(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    expire_offer(offer_id=pending(conversation).pk, now=later(121))
    settle(later(121))
    assert as_now(shop.alice).missed
    set_presence(user=shop.sue.user, status="available", now=later(200), agent_id=shop.alice.pk)
    settle(later(200))
    alice = as_now(shop.alice)
    assert (alice.presence, alice.missed) == ("available", False)
    assert pending(conversation).agent == shop.alice


@quiet
def test_an_agent_whom_a_supervisor_sends_away_hands_back_what_was_offered(settle: Settle) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    kept = make.active(shop.alice, widget=shop.widget, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(NOW)
    offer = pending(conversation)
    set_presence(user=shop.sue.user, status="away", now=later(1), agent_id=shop.alice.pk)
    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN
    assert fresh(kept).agent == shop.alice.user


@quiet
def test_nobody_else_sets_anothers_presence() -> None:
    shop = people.shop()
    for agent in others(shop):
        with pytest.raises(SupervisorsOnly):
            set_presence(user=agent.user, status="away", now=NOW, agent_id=shop.alice.pk)
    assert as_now(shop.alice).presence == "available"
    set_presence(user=shop.alice.user, status="busy", now=NOW, agent_id=shop.alice.pk)
    assert as_now(shop.alice).presence == "busy"
    with pytest.raises(Invalid):
        set_presence(user=shop.sue.user, status="inactive", now=NOW, agent_id=shop.alice.pk)
    deactivate_agent(user_id=shop.bob.pk, now=NOW)
    for nobody in (shop.bob.pk, 10**6):
        with pytest.raises(NotFound):
            set_presence(user=shop.sue.user, status="away", now=NOW, agent_id=nobody)


def test_a_presence_set_by_a_supervisor_is_told_to_the_agent(live: Web) -> None:
    shop = people.shop()
    with AgentClient(live.url, shop.alice) as alice, AgentClient(live.url, shop.sue) as sue:
        alice.hello()
        sue.hello()
        frame = {"type": "presence.set", "status": "away"}
        assert alice.ask({**frame, "agent": shop.bob.pk})["code"] == "forbidden"
        assert sue.ask({**frame, "agent": shop.alice.pk})["type"] == "ok"
        told = alice.told("presence", where=lambda f: f["agent"]["chosen"] == "away")
        assert told["agent"]["id"] == shop.alice.pk
    assert as_now(shop.sue).presence == "available"


# -- their own


@pytest.mark.parametrize(
    ("state", "verb", "actor", "target"),
    [
        ("active", "requeue", "agent", "open"),
        ("waiting", "requeue", "supervisor", "open"),
        ("active", "close", "supervisor", "closed"),
        ("wrap_up", "close", "agent", "closed"),
    ],
)
def test_a_supervisor_may_do_with_their_own_what_they_may_with_any(
    live: Web, state: str, verb: str, actor: str, target: str
) -> None:
    shop = people.shop()
    conversation = make.active(shop.sue, widget=shop.widget)
    with AgentClient(live.url, shop.sue) as sue:
        sue.hello()
        for before in {"waiting": ["park"], "wrap_up": ["end"]}.get(state, []):
            sue.do(before, conversation.pk)
        assert sue.do(verb, conversation.pk)["type"] == "ok"
    row = conversation.transitions.latest("turn")
    assert (row.source, row.actor, row.target) == (state, actor, target)
