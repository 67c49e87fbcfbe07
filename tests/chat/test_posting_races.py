"""Messages into an active conversation are one statement. It sees what happened while it waited for a lock."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from chat.actions import ColleagueAnswered, NotYours, Posted, post_agent_message, post_customer_message
from chat.models import Conversation, Customer, CustomerSession, Message
from chat.models.message import same_request
from chat.states import Actor, State
from routing.actions import join_conversation
from routing.models import Agent
from tests import make, people
from tests.routing.threads import all_at_once, somebody_waits_for_a_lock
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


@pytest.fixture
def shop() -> people.Shop:
    return people.shop()


def given(shop: people.Shop) -> tuple[CustomerSession, Conversation]:
    session = people.carla(shop.widget)
    return session, make.given(make.conversation(session), shop.alice)


def writes(session: CustomerSession, client_id: uuid.UUID | None = None) -> Callable[[], Posted]:
    return partial(
        post_customer_message,
        session=session,
        client_id=client_id or uuid.uuid4(),
        body="Hello?",
        now=timezone.now(),
    )


def answers(
    agent: Agent, conversation: Conversation, client_id: uuid.UUID | None = None, **how: Any
) -> Callable[[], Posted]:
    return partial(
        post_agent_message,
        user=agent.user,
        conversation_id=conversation.pk,
        client_id=client_id or uuid.uuid4(),
        body="Yes?",
        now=timezone.now(),
        **how,
    )


def while_locked(
    conversation: Conversation, change: Callable[[Conversation], None], post: Callable[[], Posted]
) -> Posted:
    """``post`` begins while a transaction that changes the conversation is under way, and must wait for it."""
    results: list[Posted | BaseException] = []
    waiting = threading.Thread(target=lambda: results.extend(all_at_once([post])))
    with transaction.atomic():
        locked = Conversation.objects.with_people().locked().get(pk=conversation.pk)
        change(locked)
        waiting.start()
        wait_until(somebody_waits_for_a_lock, what="the post to wait")
    waiting.join(30)
    (result,) = results
    if isinstance(result, BaseException):
        raise result
    return result


def test_the_same_client_id_at_once_is_one_message(shop: people.Shop) -> None:
    session, conversation = given(shop)
    for post in (writes(session, uuid.uuid4()), answers(shop.alice, conversation, uuid.uuid4())):
        posted = all_at_once([post] * AT_ONCE)
        assert [type(each) for each in posted] == [Posted] * AT_ONCE, posted
        assert len({each.message.pk for each in posted}) == 1
        assert sum(each.is_new for each in posted) == 1
    seqs = list(conversation.messages.public().order_by("seq").values_list("seq", flat=True))
    assert seqs == [1, 2, 3, 4]


def test_a_repeat_that_waits_for_the_first_is_answered_with_it(shop: people.Shop) -> None:
    """The first goes the long way: it has looked for itself, and is stored while the repeat waits for the customer's
    lock. No statement that began before can see it."""
    session, conversation = given(shop)
    client_id = uuid.uuid4()
    results: list[Posted] = []
    waiting = threading.Thread(target=lambda: results.extend(all_at_once([writes(session, client_id)])))
    with transaction.atomic():
        Customer.objects.locked().get(pk=session.customer_id)
        assert same_request(client_id=client_id, customer=session.customer) is None
        waiting.start()
        wait_until(somebody_waits_for_a_lock, what="the repeat to wait")
        locked = Conversation.objects.with_people().locked().get(pk=conversation.pk)
        first = locked.receive(body="Hello?", client_id=client_id, now=timezone.now())
    waiting.join(30)
    assert (results[0].message.pk, results[0].is_new) == (first.pk, False)
    assert Message.objects.filter(client_id=client_id).count() == 1


def test_both_sides_at_once_get_numbers_without_gaps(shop: people.Shop) -> None:
    session, conversation = given(shop)
    posts = [work for _ in range(AT_ONCE) for work in (writes(session), answers(shop.alice, conversation))]
    posted = all_at_once(posts)
    assert sorted(each.message.seq for each in posted) == list(range(3, 3 + 2 * AT_ONCE))
    conversation.refresh_from_db()
    latest = {message.author_kind: message.seq for message in conversation.messages.public().order_by("seq")}
    assert conversation.latest_seq == 2 + 2 * AT_ONCE
    assert (conversation.last_customer_seq, conversation.last_agent_seq) == (
        latest["customer"],
        latest["agent"],
    )


def test_a_message_that_waited_for_the_end_does_not_enter_the_ended_conversation(shop: people.Shop) -> None:
    session, conversation = given(shop)
    posted = while_locked(conversation, ended_by(shop.alice), writes(session))
    assert posted.conversation.pk != conversation.pk
    assert (posted.message.seq, posted.conversation.state) == (1, State.OPEN)


def test_a_message_that_waited_for_the_cross_wakes_the_conversation(shop: people.Shop) -> None:
    session, conversation = given(shop)

    def park(locked: Conversation) -> None:
        locked.park(actor=Actor.AGENT, user=shop.alice.user, now=timezone.now())

    posted = while_locked(conversation, park, writes(session))
    assert (posted.conversation.pk, posted.conversation.state) == (conversation.pk, State.OPEN)
    assert posted.conversation.preferred_agent_id == shop.alice.pk


def test_an_answer_that_waited_for_a_transfer_is_refused(shop: people.Shop) -> None:
    _, conversation = given(shop)

    def hand_on(locked: Conversation) -> None:
        locked.assign(agent=shop.bob.user, actor=Actor.SUPERVISOR, user=shop.sue.user, now=timezone.now())

    with pytest.raises(NotYours):
        while_locked(conversation, hand_on, answers(shop.alice, conversation))


def test_of_two_agents_who_answer_at_once_one_is_held_back_until_they_confirm(shop: people.Shop) -> None:
    _, conversation = given(shop)
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    seen_seq = Conversation.objects.get(pk=conversation.pk).latest_seq
    agents = (shop.alice, shop.sue)
    results = all_at_once([answers(each, conversation, seen_seq=seen_seq) for each in agents])
    assert {type(each) for each in results} == {Posted, ColleagueAnswered}
    held_back = next(
        agent for agent, each in zip(agents, results, strict=True) if isinstance(each, ColleagueAnswered)
    )
    confirmed = answers(held_back, conversation, seen_seq=seen_seq, confirm=True)()
    assert confirmed.message.seq == seen_seq + 2


def ended_by(agent: Agent) -> Callable[[Conversation], None]:
    return lambda locked: locked.end(actor=Actor.AGENT, user=agent.user, now=timezone.now())
