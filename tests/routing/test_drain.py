"""Draining takes many conversations in one transaction, and chooses as if it took one."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat import events
from chat.actions import close_conversation
from chat.models import Conversation, Message, Transition
from chat.states import Actor, State
from routing import drain, receivers
from routing.actions import decline_offer, handing
from routing.distribution import route_queues
from routing.models import Agent, AgentSkill, Membership, Offer, OfferReason, OfferState, Status
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import fresh, is_offered, pending
from tests.routing.threads import all_at_once
from tests.waiting import wait_until
from workstreams.models import AssignmentMethod, Queue, Skill, SkillMatching

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
TICK = timedelta(microseconds=1)
Handed = dict[Any, tuple[int, dict[str, Any]]]


# -- the same choices


@pytest.mark.parametrize("matching", [SkillMatching.NONE, SkillMatching.CLOSEST, SkillMatching.EXACT])
@pytest.mark.parametrize("method", AssignmentMethod)
def test_many_at_once_are_given_as_one_by_one(method: AssignmentMethod, matching: str) -> None:
    queues = a_busy_office(random.Random(f"{method} {matching}"), method, matching)
    together = handed_out_by(lambda: route_queues(queues=queues, now=later(60)))
    forget_offers()
    singly = handed_out_by(lambda: one_after_the_other(queues))
    assert len(together) >= 4
    assert together == singly


def a_busy_office(rng: random.Random, method: AssignmentMethod, matching: str) -> list[Queue]:
    """Two queues that share agents of all kinds; conversations of three sizes, some of which ask for skills."""
    queues = [make.queue(priority=number, assignment_method=method) for number in (1, 2)]
    skills = [Skill.objects.create(name=name) for name in ("Billing", "Portuguese")]
    for number in range(6):
        member_of = [queue for queue in queues if rng.random() < 0.7] or queues
        agent = make.agent(queues=member_of, capacity=rng.choice([50, 100, 150]))
        Agent.objects.filter(pk=agent.pk).update(
            presence=rng.choice([Status.AVAILABLE, Status.AVAILABLE, Status.BUSY, Status.AWAY]),
            freed_at=later(-rng.randrange(100)),
        )
        Membership.objects.filter(agent=agent).update(last_assigned_at=later(-rng.randrange(100)))
        for skill in rng.sample(skills, rng.randrange(3)):
            AgentSkill.objects.create(agent=agent, skill=skill, level=rng.randrange(1, 4))
        if number:
            make.connected(agent, now=NOW)
    for queue in queues:
        for units in (5, 20, 35):
            stream = make.workstream(queue=queue, units=units, skill_matching=matching)
            widget = make.widget(workstream=stream)
            for _ in range(5):
                asked = {str(skill.pk): rng.randrange(1, 4) for skill in rng.sample(skills, rng.randrange(3))}
                waiting = make.conversation(widget=widget, now=later(rng.randrange(50)))
                Conversation.objects.filter(pk=waiting.pk).update(
                    skills=asked, priority=rng.choice([50, 100])
                )
    return queues


def one_after_the_other(queues: Sequence[Queue]) -> None:
    """Each by a run of its own, which reads everybody again."""
    moment = later(60)
    while route_queues(queues=queues, now=moment, limit=1):
        moment += TICK


def handed_out_by(run: Callable[[], object]) -> Handed:
    assigned_before = dict(Membership.objects.values_list("pk", "last_assigned_at"))
    run()
    offers = Offer.objects.filter(state=OfferState.PENDING)
    for pk, last_assigned_at in assigned_before.items():
        Membership.objects.filter(pk=pk).update(last_assigned_at=last_assigned_at)
    return {offer.conversation_id: (offer.agent_id, offer.why) for offer in offers}


def forget_offers() -> None:
    Offer.objects.all().delete()


def test_round_robin_goes_round_within_one_run() -> None:
    shop = people.shop(queue=make.queue(assignment_method=AssignmentMethod.ROUND_ROBIN))
    for agent in (shop.alice, shop.bob):
        make.connected(agent, now=NOW)
    asked = [make.conversation(widget=shop.widget, now=later(number)) for number in range(4)]
    route_queues(queues=[shop.queue], now=later(5))
    assert [pending(each).agent for each in asked] == [shop.alice, shop.bob, shop.alice, shop.bob]


# -- the same rows


def test_assigned_together_leaves_what_one_assignment_leaves(happened: Any) -> None:
    shop = people.shop(auto_assign=True)
    for agent in (shop.alice, shop.bob):
        make.connected(agent, now=NOW)
    asked = [make.conversation(widget=shop.widget, now=later(number)) for number in range(4)]
    forget(happened)
    assert route_queues(queues=[shop.queue], now=later(10)) == 4
    for conversation in asked:
        after = fresh(conversation)
        user = after.agent
        assert user is not None
        assert (after.state, after.turn, after.version) == (State.ACTIVE, 2, 2)
        assert (after.latest_seq, after.last_message_at, after.idle_since) == (2, later(10), later(10))
        line = Message.objects.get(conversation=after, seq=2)
        told = f"{user.first_name} will be with you in a moment."
        assert (line.author_kind, line.body) == ("system", told)
        step = Transition.objects.get(conversation=after, turn=2)
        assert (step.verb, step.source, step.target, step.actor) == ("assign", "open", "active", "system")
        assert (step.agent, step.queue, step.reason) == (user, shop.queue, "assigned without asking")
        offer = Offer.objects.get(conversation=after)
        assert (offer.state, offer.reason, offer.turn) == (OfferState.ACCEPTED, OfferReason.NEW, 1)
        assert (offer.agent_id, offer.why["agent"], offer.ended_at) == (user.pk, user.pk, later(10))
    said = forget(happened)
    assert sum(isinstance(event, events.ConversationMoved) for event in said) == 4
    posted = [event for event in said if isinstance(event, events.MessagePosted)]
    assert all(event.message.pk for event in posted)
    assert {event.conversation for event in posted} == set(asked)


def test_what_is_written_takes_as_many_statements_for_many_as_for_few() -> None:
    shop = people.shop(auto_assign=True, units=1)
    make.connected(shop.alice, now=NOW)

    def statements_for(count: int) -> int:
        for number in range(count):
            make.conversation(widget=shop.widget, now=later(number))
        with CaptureQueriesContext(connection) as caught:
            assert route_queues(queues=[shop.queue], now=later(10)) == count
        return len(caught)

    assert statements_for(9) == statements_for(3)


# -- when something stands differently than it was seen


@pytest.fixture
def before_writing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """``before_writing(do)``: do it once, between the choice and the first transaction."""
    real = handing.hand_out
    waiting: list[Callable[[], object]] = []

    def late(*, planned: Sequence[handing.Handing], **how: Any) -> list[Offer]:
        while waiting:
            waiting.pop()()
        return real(planned=planned, **how)

    monkeypatch.setattr(drain, "hand_out", late)
    return waiting.append


def three_waiting(**workstream: Any) -> tuple[people.Shop, list[Conversation]]:
    shop = people.shop(**workstream)
    for agent in (shop.alice, shop.bob):
        make.connected(agent, now=NOW)
    return shop, [make.conversation(widget=shop.widget, now=later(number)) for number in range(3)]


@pytest.mark.parametrize("gone", range(3))
def test_one_that_was_closed_meanwhile_stops_nobody_else(before_writing: Any, gone: int) -> None:
    shop, asked = three_waiting()
    close = partial(
        close_conversation,
        user=shop.sue.user,
        conversation_id=asked[gone].pk,
        actor=Actor.SUPERVISOR,
        now=later(4),
    )
    before_writing(close)
    assert route_queues(queues=[shop.queue], now=later(5)) == 2
    assert [is_offered(each) for each in asked] == [number != gone for number in range(3)]


def test_room_that_was_taken_meanwhile_is_not_given_again(before_writing: Any) -> None:
    shop, asked = three_waiting(units=100)
    before_writing(partial(make.active, shop.alice, widget=make.widget(), now=later(4)))
    assert route_queues(queues=[shop.queue], now=later(5)) == 1
    assert pending(asked[0]).agent == shop.bob
    assert shop.alice.used(now=later(6)) == 25


def test_whoever_has_less_room_than_was_seen_is_chosen_for_less(before_writing: Any) -> None:
    shop, asked = three_waiting(units=25)
    before_writing(lambda: [make.active(shop.alice, widget=shop.widget, now=later(4)) for _ in range(2)])
    assert route_queues(queues=[shop.queue], now=later(5)) == 3
    assert [pending(each).agent for each in asked] == [shop.bob, shop.bob, shop.alice]
    assert pending(asked[0]).why["free"] == 100


def test_whoever_refuses_meanwhile_is_not_asked_again_at_once(before_writing: Any) -> None:
    """Between the choice and the locks the same conversation is offered to Alice by somebody else, who declines."""
    shop, asked = three_waiting()

    def ask_alice_and_hear_no() -> None:
        offer = Offer.hold_out(
            conversation=fresh(asked[0]),
            agent=shop.alice,
            reason=OfferReason.NEW,
            now=later(4),
            expires_at=later(124),
            why={},
        )
        decline_offer(user=shop.alice.user, offer_id=offer.pk, now=later(4))

    before_writing(ask_alice_and_hear_no)
    route_queues(queues=[shop.queue], now=later(5))
    route_queues(queues=[shop.queue], now=later(6))
    assert pending(asked[0]).agent == shop.bob


def test_a_row_that_is_locked_is_waited_for_after_all_others() -> None:
    shop, asked = three_waiting()
    is_locked = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Conversation.objects.locked().get(pk=asked[1].pk)
            is_locked.set()
            wait_until(lambda: is_offered(asked[0]) and is_offered(asked[2]), what="the others to be offered")

    def route() -> int:
        is_locked.wait(10)
        return route_queues(queues=[shop.queue], now=later(5))

    _, done = all_at_once([hold, route])
    assert done == 3
    assert all(is_offered(each) for each in asked)


def test_one_that_cannot_be_written_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    shop, asked = three_waiting(auto_assign=True)
    real = Conversation.assign_each

    def failing(assigned: Sequence[Any], **how: Any) -> None:
        if any(row[0] == asked[1] for row in assigned):
            raise RuntimeError
        real(assigned, **how)

    monkeypatch.setattr(Conversation, "assign_each", failing)
    assert route_queues(queues=[shop.queue], now=later(5)) == 2
    assert [fresh(each).state for each in asked] == [State.ACTIVE, State.OPEN, State.ACTIVE]
    assert Offer.objects.count() == 2


def test_no_more_is_handed_out_than_was_asked_for() -> None:
    shop, asked = three_waiting()
    assert route_queues(queues=[shop.queue], now=later(5), limit=2) == 2
    assert [is_offered(each) for each in asked] == [True, True, False]


def forget(happened: Any) -> list[events.Event]:
    return [happened.get() for _ in range(happened.qsize())]


# -- what leads to it


def test_a_burst_of_arrivals_is_one_run(happened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, asked = three_waiting()
    runs: list[list[Queue]] = []

    def noted(*, queues: Iterable[Queue], now: datetime) -> int:
        runs.append(list(queues))
        return route_queues(queues=runs[-1], now=now)

    monkeypatch.setattr(receivers, "route_queues", noted)
    receivers.react_to_all(forget(happened), now=later(5))
    assert runs == [[shop.queue]]
    assert all(is_offered(each) for each in asked)


def test_in_a_burst_every_void_offer_is_withdrawn(happened: Any) -> None:
    shop, asked = three_waiting()
    route_queues(queues=[shop.queue], now=later(5))
    forget(happened)
    for each in asked:
        close_conversation(user=shop.sue.user, conversation_id=each.pk, actor=Actor.SUPERVISOR, now=later(6))
    receivers.react_to_all(forget(happened), now=later(7))
    assert set(Offer.objects.values_list("state", flat=True)) == {OfferState.WITHDRAWN}
