"""What was true when it was looked up, and is not any more when it is done; and who may wait for whom."""

from __future__ import annotations

import uuid

import pytest

from chat.actions import NotYours, post_agent_message
from chat.models import Conversation
from chat.states import State
from routing import actions, tasks
from routing.actions.base import SupervisorsOnly
from routing.actions.handing import RoomTaken, hand_out
from routing.desk import consumers, frames, verbs
from routing.drain import choose
from routing.floor import Floor, work_of
from routing.models import Agent, Membership, Offer, Role
from tests import crowd, make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import fresh
from workstreams.modes import Mode

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]


def test_the_sweep_keeps_to_the_order_of_live_chats_in_a_queue_with_hours() -> None:
    always = make.hours(*((day, "00:00", "00:00") for day in range(7)))
    shop = people.shop(mode=Mode.LIVE, queue=make.queue("Sales", operating_hours=always))
    Agent.objects.filter(pk=shop.alice.pk).update(capacity=25)
    make.connected(shop.alice, now=NOW)
    make.conversation(widget=shop.widget, now=NOW)
    urgent = make.conversation(widget=shop.widget, now=later(1))
    Conversation.objects.filter(pk=urgent.pk).update(priority=1)
    tasks.route_open(now=later(5).isoformat())
    assert [offer.conversation_id for offer in Offer.objects.all()] == [urgent.pk]


def test_who_has_left_the_queue_since_is_not_given_its_work() -> None:
    shop = people.shop(auto_assign=True)
    make.connected(shop.alice, now=NOW)
    (waiting,) = crowd.open_conversations(widget=shop.widget, count=1, now=NOW)
    seen = Conversation.objects.with_people().get(pk=waiting.pk)
    floor = Floor(queue_ids=[shop.queue.pk], now=NOW)
    planned = choose(seen, work_of(seen, now=NOW), floor, NOW)
    assert planned is not None
    Membership.objects.filter(agent=shop.alice).delete()
    with pytest.raises(RoomTaken):
        hand_out(planned=[planned], now=NOW)
    assert fresh(waiting).state == State.OPEN


def test_who_is_back_since_the_sweep_looked_keeps_the_conversation() -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    make.connected(shop.alice, now=later(400))
    assert not actions.leave_behind(held=(conversation.pk, shop.alice.pk), now=later(400))
    assert fresh(conversation).agent == shop.alice.user


def test_who_is_no_supervisor_any_more_closes_nothing_by_force() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    of_the_socket = Agent.objects.select_related("user").get(pk=shop.sue.pk)
    Agent.objects.filter(pk=shop.sue.pk).update(role=Role.AGENT)
    for verb in (frames.Close, frames.Requeue):
        with pytest.raises(SupervisorsOnly):
            verbs.apply(of_the_socket, verb(conversation=conversation.pk))
    with pytest.raises(SupervisorsOnly):
        consumers._require_may_watch(of_the_socket, conversation.pk)
    assert fresh(conversation).state == State.ACTIVE


def test_only_who_takes_part_notes_in_a_conversation_that_somebody_else_has() -> None:
    shop = people.shop()
    conversation = make.active(shop.bob, widget=shop.widget, now=NOW)
    make.given(conversation, shop.alice, now=later(1))

    def note(agent: Agent) -> None:
        post_agent_message(
            user=agent.user,
            conversation_id=conversation.pk,
            client_id=uuid.uuid4(),
            body="Between us",
            internal=True,
            now=later(2),
        )

    for reader in (shop.sue, shop.bob):  # who reads along, and who had it before
        with pytest.raises(NotYours):
            note(reader)
    actions.join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=later(2))
    note(shop.sue)
    note(shop.alice)
    assert fresh(conversation).latest_note_seq == 2
