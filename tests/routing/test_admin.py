"""What an administrator does with agents, queues and their members."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chat import events
from chat.actions import park_conversation, requeue_conversation
from chat.models import Conversation, Transition
from chat.models.profile import AgentProfile
from chat.states import Actor
from routing import tasks
from routing.models import Agent, Membership, Offer
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import fresh, is_offered, pending
from tests.workstreams.backoffice import act, administrator, errors, fill, page, sentences
from workstreams.models import Queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
Settle = Callable[[datetime], list[events.Event]]


@pytest.fixture
def client() -> Client:
    return administrator()


def test_an_agent_is_made_with_capacity_role_nickname_and_queues(client: Client) -> None:
    user, queue = make.user("alice"), make.queue()
    fill(
        client,
        page(Agent),
        user=user.pk,
        role="supervisor",
        capacity=80,
        nickname="Ali",
        memberships__0__queue=queue.pk,
    )
    made = Agent.objects.get(pk=user.pk)
    assert (made.role, made.capacity, list(made.queues.all())) == ("supervisor", 80, [queue])
    assert AgentProfile.objects.get(user=user).nickname == "Ali"
    shown = client.get(page(Agent, made)).content.decode()
    assert "Ali" in shown
    assert "0 of 80 units" in shown


def test_a_negative_capacity_is_refused(client: Client) -> None:
    user = make.user("alice")
    assert "capacity" in errors(fill(client, page(Agent), user=user.pk, capacity=-1))


def test_nobody_becomes_an_agent_twice(client: Client) -> None:
    told = errors(fill(client, page(Agent), user=make.agent("alice").pk))
    assert told == {"user": ["This user is an agent already. Open them from the list of agents."]}


def test_a_queue_is_made_with_its_members_and_one_without_is_warned_of(client: Client) -> None:
    alice = make.agent("alice")
    fill(client, page(Queue), name="Support", memberships__0__agent=alice.pk)
    assert Membership.objects.get().agent == alice
    told = sentences(fill(client, page(Queue), name="Nobody"))
    assert any("has no members" in sentence for sentence in told)


def test_a_new_member_is_offered_what_waits_and_one_who_leaves_is_not(client: Client, settle: Settle) -> None:
    shop = people.shop()
    Membership.objects.all().delete()
    make.connected(shop.alice)
    conversation = make.conversation(widget=shop.widget)
    fill(client, page(Queue, shop.queue), memberships__0__agent=shop.alice.pk)
    settle(conversation.started_at)
    assert pending(conversation).agent == shop.alice
    fill(client, page(Queue, shop.queue), memberships__0__DELETE="on")
    settle(conversation.started_at)
    assert not Membership.objects.exists()
    assert not is_offered(conversation)


def test_an_exchanged_member_hands_back(client: Client, settle: Settle) -> None:
    shop = people.shop()
    Membership.objects.exclude(agent=shop.alice).delete()
    make.connected(shop.alice)
    make.connected(shop.bob)
    conversation = make.conversation(widget=shop.widget)
    settle(conversation.started_at)
    assert pending(conversation).agent == shop.alice
    fill(client, page(Queue, shop.queue), memberships__0__agent=shop.bob.pk)
    settle(conversation.started_at)
    assert pending(conversation).agent == shop.bob


def test_an_agent_is_deactivated_from_the_list_but_not_oneself(client: Client) -> None:
    alice = make.agent("alice")
    act(client, Agent, "deactivate", alice)
    alice.user.refresh_from_db()
    assert not alice.user.is_active
    me = make.agent(user=client.get(reverse("admin:index")).wsgi_request.user)  # type: ignore[arg-type]
    assert "You cannot deactivate yourself." in sentences(act(client, Agent, "deactivate", me))


def test_what_is_open_in_a_retired_queue_goes_to_the_fallback_queue(client: Client, settle: Settle) -> None:
    shop = people.shop()
    retiring, bob = make.queue("Old"), make.connected(shop.bob).agent
    dora = make.agent("dora", queues=[retiring])
    make.connected(dora)
    moved, active = (_in_queue(retiring, shop) for _ in range(2))
    make.given(active, shop.alice)
    settle(moved.started_at)
    assert pending(moved).agent == dora
    act(client, Queue, "retire", retiring)
    settle(moved.started_at)
    there = fresh(moved)
    assert (there.state, there.queue, there.queued_at) == ("open", shop.queue, moved.queued_at)
    assert (pending(moved).agent, Offer.objects.get(agent=dora).state) == (bob, "withdrawn")
    last = Transition.objects.filter(conversation=moved).latest("turn")
    assert (last.verb, last.actor, last.reason) == ("requeue", "system", "its queue was retired")
    assert fresh(active).queue == retiring  # it goes on where it is; released, it is queued elsewhere
    requeue_conversation(user=shop.alice.user, conversation_id=active.pk, now=moved.started_at)
    assert fresh(active).queue == shop.queue


@pytest.mark.parametrize("is_member", [True, False])
def test_a_woken_one_is_queued_where_there_is_service_with_its_agent_if_they_serve_there(
    client: Client, settle: Settle, is_member: bool
) -> None:
    shop = people.shop()
    retiring = make.queue("Old")
    dora = make.agent("dora", queues=[retiring, *([shop.queue] if is_member else [])])
    held, waiting = (people.carla(shop.widget), make.session("dana", widget=shop.widget))
    conversations = [_in_queue(retiring, shop, session=session) for session in (held, waiting)]
    for conversation in conversations:
        make.given(conversation, dora)
        park_conversation(
            user=dora.user, conversation_id=conversation.pk, seen_seq=None, now=conversation.started_at
        )
    make.posted(held, "Back before")
    settle(conversations[0].started_at)
    act(client, Queue, "retire", retiring)
    make.posted(waiting, "Back after")
    settle(fresh(conversations[1]).queued_at)
    for conversation in conversations:
        there = fresh(conversation)
        assert (there.queue, there.preferred_agent) == (shop.queue, dora.user if is_member else None)


def test_what_the_action_could_not_move_the_sweep_does(settle: Settle) -> None:
    shop = people.shop()
    retiring = make.queue("Old")
    conversation = _in_queue(retiring, shop)
    retiring.retired_at = conversation.started_at
    retiring.save()
    tasks.route_open(now=conversation.started_at.isoformat())
    assert fresh(conversation).queue == shop.queue
    turn = fresh(conversation).turn
    tasks.route_open(now=conversation.started_at.isoformat())
    assert fresh(conversation).turn == turn


def _in_queue(queue: Queue, shop: people.Shop, **how: Any) -> Conversation:
    """A conversation that a supervisor has moved there."""
    how = how or {"widget": shop.widget}
    made = make.conversation(**how)
    return requeue_conversation(
        user=shop.sue.user, conversation_id=made.pk, actor=Actor.SUPERVISOR, queue=queue, now=made.started_at
    )


def test_whoever_has_worked_is_not_deleted(client: Client) -> None:
    shop = people.shop()
    make.active(shop.alice, widget=shop.widget)
    assert client.post(page(Agent, shop.alice, "delete"), {"post": "yes"}).status_code == 403
    assert client.post(page(Agent, shop.bob, "delete"), {"post": "yes"}).status_code == 302
    assert Agent.objects.filter(pk=shop.alice.pk).exists()


def test_the_reason_can_be_read_with_the_offer_and_with_the_conversation(
    client: Client, settle: Settle
) -> None:
    shop = people.shop()
    make.connected(shop.alice, now=NOW)
    conversation = make.conversation(widget=shop.widget, now=NOW)
    settle(later(1))
    offer = Offer.objects.get()
    for where in (page(Offer, offer), page(Conversation, conversation)):
        assert "Alice: the only one who could take it" in client.get(where).content.decode()
    assert client.get(page(Offer, verb="changelist")).status_code == 200
    assert client.get(page(Agent, verb="changelist")).status_code == 200
    assert client.get(page(Queue, verb="changelist")).status_code == 200
    assert client.get(page(Offer)).status_code == 403
