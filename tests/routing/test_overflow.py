"""Overflow: what a queue has no time for is ended or moved, on arrival and while it is queued (spec §4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

import pytest

from chat import events
from chat.actions import requeue_conversation
from chat.models import Conversation
from chat.states import Actor, State
from routing import tasks
from routing.actions import decline_offer, overflow_conversation
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import fresh, is_offered, pending
from tests.routing.threads import all_at_once
from workstreams.models import OverflowRule, Queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]
HALF_AN_HOUR = 30 * 60


def full(queue: Queue, limit: int, *, to: Queue | None = None) -> OverflowRule:
    return _rule(queue, "full", limit, to)


def waited(queue: Queue, minutes: int, *, to: Queue | None = None) -> OverflowRule:
    return _rule(queue, "waited", minutes, to)


def _rule(queue: Queue, when: str, limit: int, to: Queue | None) -> OverflowRule:
    action = "transfer" if to else "end"
    return OverflowRule.objects.create(queue=queue, when=when, limit=limit, action=action, target=to)


def at_noon_only() -> Queue:
    """Open on Mondays and Tuesdays from nine to one; it is Monday noon."""
    return make.queue("Mornings", operating_hours=make.hours((0, "09:00", "13:00"), (1, "09:00", "13:00")))


def closed_queue() -> Queue:
    return make.queue("Closed", operating_hours=make.hours())


def sweep(seconds: float = 0) -> int:
    return tasks.overflow(now=later(seconds).isoformat())


def steps(conversation: Conversation) -> list[tuple[str, str]]:
    rows = conversation.transitions.order_by("turn").select_related("queue")
    return [(row.verb, row.queue.name) for row in rows]


class TestFull:
    def test_a_live_one_too_many_is_ended_and_its_customer_is_told(self, settle: Settle) -> None:
        shop = people.shop(mode="live")
        full(shop.queue, 2)
        kept = [make.conversation(widget=shop.widget, now=later(number)) for number in range(2)]
        settle(later(2))
        ended = make.conversation(widget=shop.widget, now=later(3))
        settle(later(3))
        ended = fresh(ended)
        assert (ended.state, ended.closed_at) == (State.CLOSED, later(3))
        assert "too many people are waiting" in ended.messages.latest("seq").body
        last = ended.transitions.latest("turn")
        assert (last.actor, last.reason) == (Actor.SYSTEM, "overflow: more than 2 open in Support")
        assert {fresh(each).state for each in kept} == {State.OPEN}

    def test_one_too_many_is_moved_keeps_its_place_and_is_served_there(self, settle: Settle) -> None:
        shop, other = people.shop(), make.queue("Second")
        full(shop.queue, 1, to=other)
        zoe = make.agent("zoe", queues=[other])
        make.connected(zoe, now=NOW)
        make.conversation(widget=shop.widget, now=NOW)
        settle(NOW)
        moved = make.conversation(widget=shop.widget, now=later(5))
        settle(later(6))
        moved = fresh(moved)
        assert (moved.state, moved.queue, moved.queued_at) == (State.OPEN, other, later(5))
        assert pending(moved).agent == zoe
        assert steps(moved) == [("start", "Support"), ("requeue", "Second")]

    def test_persistent_is_never_ended(self, settle: Settle) -> None:
        shop = people.shop()
        full(shop.queue, 1)
        both = [make.conversation(widget=shop.widget, now=later(number)) for number in range(2)]
        settle(later(2))
        assert sweep(3) == 0
        assert {fresh(each).state for each in both} == {State.OPEN}

    def test_of_two_that_arrive_at_once_only_one_is_too_many(self, settle: Settle) -> None:
        shop = people.shop(mode="live")
        full(shop.queue, 1)
        both = [make.conversation(widget=shop.widget, now=NOW) for _ in range(2)]
        all_at_once(
            [lambda pk=each.pk: overflow_conversation(conversation_id=pk, now=NOW) for each in both]  # type: ignore[misc]
        )
        settle(NOW)
        assert sorted(fresh(each).state for each in both) == [State.CLOSED, State.OPEN]

    def test_what_is_taken_leaves_room(self, settle: Settle) -> None:
        shop = people.shop(mode="live")
        full(shop.queue, 1)
        make.active(shop.alice, widget=shop.widget, now=NOW)
        arrived = make.conversation(widget=shop.widget, now=later(1))
        settle(later(1))
        assert fresh(arrived).state == State.OPEN

    def test_the_sweep_makes_good_a_missed_arrival_and_no_old_one(self) -> None:
        shop = people.shop(mode="live")
        full(shop.queue, 1)
        make.conversation(widget=shop.widget, now=NOW)
        missed = make.conversation(widget=shop.widget, now=later(1))
        assert sweep(10) == 1
        assert fresh(missed).state == State.CLOSED
        old = make.conversation(widget=shop.widget, now=later(20))
        assert sweep(20 + 600) == 0
        assert fresh(old).state == State.OPEN

    def test_whom_people_send_to_a_full_queue_stays_there(self, settle: Settle) -> None:
        shop, other = people.shop(), make.queue("Second")
        full(other, 1, to=shop.queue)
        make.conversation(widget=make.widget(workstream=make.workstream(queue=other)), now=NOW)
        conversation = make.conversation(widget=shop.widget, now=later(1))
        requeue_conversation(
            user=shop.sue.user,
            conversation_id=conversation.pk,
            actor=Actor.SUPERVISOR,
            queue=other,
            now=later(2),
        )
        settle(later(3))
        assert sweep(4) == 0
        assert fresh(conversation).queue == other

    def test_a_woken_one_is_held_for_its_agent_and_neither_counts_nor_goes(self, settle: Settle) -> None:
        shop, other = people.shop(), make.queue("Second")
        full(shop.queue, 1, to=other)
        carla = people.carla(shop.widget, now=NOW)
        held = make.parked(shop.alice, session=carla, now=NOW)
        make.posted(carla, now=later(1))
        arrived = make.conversation(widget=shop.widget, now=later(2))
        settle(later(3))
        assert (fresh(held).queue, fresh(arrived).queue) == (shop.queue, shop.queue)

    def test_a_woken_one_that_is_nobodys_arrives_like_a_new_one(self, settle: Settle) -> None:
        shop, other = people.shop(), make.queue("Second")
        full(shop.queue, 1, to=other)
        carla = people.carla(shop.widget, now=NOW)
        released = make.parked(shop.alice, session=carla, now=NOW)
        Conversation.objects.filter(pk=released.pk).update(agent=None)
        make.conversation(widget=shop.widget, now=later(1))
        make.posted(carla, now=later(2))
        settle(later(2))
        assert fresh(released).queue == other


class TestWhereto:
    @pytest.mark.parametrize("target", ["closed", "retired"])
    def test_a_queue_that_takes_nothing_is_not_moved_to(self, settle: Settle, target: str) -> None:
        shop = people.shop()
        to = closed_queue() if target == "closed" else make.queue("Retired", retired_at=NOW)
        full(shop.queue, 1, to=to)
        waited(shop.queue, 1, to=to)
        both = [make.conversation(widget=shop.widget, now=later(number)) for number in range(2)]
        settle(later(2))
        assert sweep(300) == 0
        assert {fresh(each).queue for each in both} == {shop.queue}

    def test_it_follows_on_from_queue_to_queue(self, settle: Settle) -> None:
        shop, second, third = people.shop(), make.queue("Second"), make.queue("Third")
        full(shop.queue, 1, to=second)
        full(second, 1, to=third)
        make.conversation(widget=shop.widget, now=NOW)
        make.conversation(widget=make.widget(workstream=make.workstream(queue=second)), now=later(1))
        settle(later(2))
        arrived = make.conversation(widget=shop.widget, now=later(3))
        settle(later(3))
        assert steps(arrived) == [("start", "Support"), ("requeue", "Second"), ("requeue", "Third")]
        assert fresh(arrived).queued_at == later(3)

    def test_rules_in_a_circle_move_nothing_to_where_it_was(self, settle: Settle) -> None:
        queues = [make.queue(name) for name in ("First", "Second", "Third")]
        shop = people.shop(queue=queues[0])
        for source, target in [*pairwise(queues), (queues[2], queues[0])]:
            waited(source, 1, to=target)
        conversation = make.conversation(widget=shop.widget, now=NOW)
        for minute in range(1, 20):
            tasks.overflow(now=later(minutes=minute).isoformat())
            settle(later(minutes=minute))
        assert [name for _verb, name in steps(conversation)] == ["First", "Second", "Third"]


class TestWaited:
    def test_a_live_one_is_ended_after_its_minutes_and_not_before(self) -> None:
        shop = people.shop(mode="live")
        waited(shop.queue, 10)
        conversation = make.conversation(widget=shop.widget, now=NOW)
        assert sweep(599) == 0
        assert sweep(600) == 1
        assert sweep(600) == 0
        ended = fresh(conversation)
        assert ended.state == State.CLOSED
        assert "too many people are waiting" in ended.messages.latest("seq").body
        assert ended.transitions.latest("turn").reason == "overflow: 10 min in Support"

    def test_persistent_stays_where_live_is_ended(self) -> None:
        shop = people.shop()
        waited(shop.queue, 10)
        conversation = make.conversation(widget=shop.widget, now=NOW)
        assert sweep(HALF_AN_HOUR) == 0
        assert fresh(conversation).state == State.OPEN

    def test_persistent_is_moved_and_each_queue_counts_anew(self) -> None:
        shop, second, third = people.shop(), make.queue("Second"), make.queue("Third")
        waited(shop.queue, 10, to=second)
        waited(second, 10, to=third)
        conversation = make.conversation(widget=shop.widget, now=NOW)
        assert sweep(600) == 1
        assert sweep(600 + 599) == 0
        assert fresh(conversation).queue == second
        assert sweep(600 + 600) == 1
        assert (fresh(conversation).queue, fresh(conversation).queued_at) == (third, NOW)

    def test_only_the_time_in_which_its_queue_is_open_counts(self) -> None:
        other = make.queue("Second")
        shop = people.shop(queue=at_noon_only())
        waited(shop.queue, 90, to=other)
        conversation = make.conversation(widget=shop.widget, now=NOW)  # an hour before it closes
        for closed in (later(hours=2), later(hours=20)):
            assert tasks.overflow(now=closed.isoformat()) == 0
        assert tasks.overflow(now=later(hours=21, minutes=29).isoformat()) == 0
        assert tasks.overflow(now=later(hours=21, minutes=30).isoformat()) == 1
        assert fresh(conversation).queue == other

    def test_it_is_passed_over_while_somebody_is_asked(self, settle: Settle) -> None:
        shop = people.shop(mode="live", offer_seconds=600)
        waited(shop.queue, 1)
        make.connected(shop.alice, now=NOW)
        conversation = make.conversation(widget=shop.widget, now=NOW)
        settle(NOW)
        assert is_offered(conversation)
        assert sweep(120) == 0
        assert not overflow_conversation(conversation_id=conversation.pk, now=later(120))
        decline_offer(user=shop.alice.user, offer_id=pending(conversation).pk, now=later(121))
        assert sweep(122) == 1
        assert fresh(conversation).state == State.CLOSED

    def test_it_is_passed_over_while_it_is_kept_for_its_agent(self) -> None:
        shop, other = people.shop(), make.queue("Second")
        waited(shop.queue, 1, to=other)
        carla = people.carla(shop.widget, now=NOW)
        held = make.parked(shop.alice, session=carla, now=NOW)
        make.posted(carla, now=later(1))
        assert sweep(HALF_AN_HOUR) == 0
        assert fresh(held).queue == shop.queue

    def test_two_sweeps_at_once_end_it_once(self) -> None:
        shop = people.shop(mode="live")
        waited(shop.queue, 1)
        conversation = make.conversation(widget=shop.widget, now=NOW)
        done = all_at_once(
            [lambda: overflow_conversation(conversation_id=conversation.pk, now=later(60))] * 2
        )
        assert sorted(done) == [False, True]
        assert steps(conversation) == [("start", "Support"), ("close", "Support")]

    def test_whoever_was_faster_keeps_it(self) -> None:
        shop = people.shop(mode="live")
        waited(shop.queue, 1)
        conversation = make.conversation(widget=shop.widget, now=NOW)
        make.given(conversation, shop.alice, now=later(60))
        assert not overflow_conversation(conversation_id=conversation.pk, now=later(60))
        assert fresh(conversation).state == State.ACTIVE


def test_a_row_that_fails_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = people.shop(mode="live")
    waited(shop.queue, 1)
    broken, fine = (make.conversation(widget=shop.widget, now=later(number)) for number in range(2))
    close = Conversation.close

    def failing(conversation: Conversation, **how: object) -> None:
        if conversation == broken:
            raise RuntimeError
        close(conversation, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Conversation, "close", failing)
    assert sweep(120) == 1
    assert (fresh(broken).state, fresh(fine).state) == (State.OPEN, State.CLOSED)
