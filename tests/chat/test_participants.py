"""Who takes part beside a conversation's agent: what they may write, what the customer is told, and when it ends."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import actions
from chat.actions import ColleagueAnswered, NotYours
from chat.errors import NotFound
from chat.models import Conversation, Message, Participant
from chat.states import Actor, State
from routing.actions import assign_conversation, consult_colleague, join_conversation, transfer_to_queue
from routing.models import Agent
from tests import make, people
from tests.people import Shop
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


def present(conversation: Conversation) -> dict[str, bool]:
    """Who takes part, and whether they may write to the customer."""
    rows = Participant.objects.present().filter(conversation=conversation)
    return dict(rows.values_list("user__username", "may_answer"))


def said(conversation: Conversation) -> list[str]:
    """The automated lines that the customer was shown."""
    lines = Message.objects.public().filter(conversation=conversation, author_kind="system")
    return list(lines.order_by("seq").values_list("body", flat=True))


def consulted(shop: Shop, *, added: bool = False) -> Conversation:
    """Alice's conversation, in which Bob advises."""
    conversation = make.active(shop.alice, widget=shop.widget)
    make.connected(shop.bob)
    consult_colleague(
        user=shop.alice.user, conversation_id=conversation.pk, agent_id=shop.bob.pk, now=timezone.now()
    )
    if added:
        add(shop, conversation)
    return conversation


def add(shop: Shop, conversation: Conversation, *, by: Agent | None = None) -> Participant:
    return actions.add_consultant(
        user=(by or shop.alice).user,
        conversation_id=conversation.pk,
        consultant_id=shop.bob.pk,
        now=timezone.now(),
    )


def joined(shop: Shop) -> Conversation:
    """Alice's conversation, which Sue has joined."""
    conversation = make.active(shop.alice, widget=shop.widget)
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    return conversation


# -- what they may write


def test_a_consultant_writes_internally_until_they_are_added() -> None:
    shop = people.shop()
    conversation = consulted(shop)
    assert make.answered(conversation, shop.bob, "Ask for the invoice", internal=True).message.note_seq == 1
    with pytest.raises(NotYours):
        make.answered(conversation, shop.bob, "Which invoice?")
    add(shop, conversation)
    assert make.answered(conversation, shop.bob, "Which invoice?").message.author_name == "Bob"


def test_a_supervisor_who_has_joined_writes_to_the_customer_until_they_leave() -> None:
    shop = people.shop()
    conversation = joined(shop)
    assert make.answered(conversation, shop.sue, "I can help").is_new
    actions.leave_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    with pytest.raises(NotYours):
        make.answered(conversation, shop.sue, "One more thing")


def test_neither_a_colleague_nor_a_stranger_writes_to_the_customer() -> None:
    shop = people.shop()
    conversation = joined(shop)
    for agent in (shop.bob, people.stranger()):
        with pytest.raises(NotYours):
            make.answered(conversation, agent)


def test_an_answer_of_each_holds_back_the_others() -> None:
    shop = people.shop()
    conversation = joined(shop)
    seen = Conversation.objects.get(pk=conversation.pk).latest_seq
    make.answered(conversation, shop.sue, "I can help", seen_seq=seen)
    with pytest.raises(ColleagueAnswered):
        make.answered(conversation, shop.alice, "Me too", seen_seq=seen)
    answer = make.answered(conversation, shop.alice, "Me too", seen_seq=seen, confirm=True).message
    with pytest.raises(ColleagueAnswered):
        make.answered(conversation, shop.sue, "And I", seen_seq=(answer.seq or 0) - 1)
    assert not Conversation.objects.get(pk=conversation.pk).is_unanswered


# -- what the customer is told


@pytest.mark.parametrize("mode", list(Mode))
def test_the_customer_is_told_who_joins_and_who_leaves(mode: str) -> None:
    shop = people.shop(mode=mode)
    conversation = joined(shop)
    actions.leave_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    assert said(conversation)[-2:] == ["Sue has joined the chat.", "Sue has left the chat."]
    assert present(conversation) == {}


def test_the_customer_learns_nothing_of_a_consultation() -> None:
    shop = people.shop()
    conversation = consulted(shop)
    before = said(conversation)
    actions.end_consultation(
        user=shop.alice.user, conversation_id=conversation.pk, consultant_id=shop.bob.pk, now=timezone.now()
    )
    assert said(conversation) == before
    assert present(conversation) == {}


def test_a_consultant_who_is_added_joins_and_leaves_before_the_customers_eyes() -> None:
    shop = people.shop()
    conversation = consulted(shop)
    add(shop, conversation)
    add(shop, conversation)
    actions.leave_conversation(user=shop.bob.user, conversation_id=conversation.pk, now=timezone.now())
    assert said(conversation)[1:] == ["Bob has joined the chat.", "Bob has left the chat."]


# -- who may do it


def test_only_its_agent_adds_and_ends_and_only_whom_they_asked() -> None:
    shop = people.shop()
    conversation = consulted(shop)
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    for somebody in (shop.bob, shop.sue, people.stranger()):
        with pytest.raises(NotYours):
            add(shop, conversation, by=somebody)
        with pytest.raises(NotYours):
            actions.end_consultation(
                user=somebody.user, conversation_id=conversation.pk, consultant_id=shop.bob.pk, now=NOW
            )
    for not_asked in (shop.sue, shop.alice):
        with pytest.raises(NotFound):
            actions.end_consultation(
                user=shop.alice.user, conversation_id=conversation.pk, consultant_id=not_asked.pk, now=NOW
            )
    assert present(conversation) == {"bob": False, "sue": True}


def test_who_takes_no_part_leaves_nothing() -> None:
    shop = people.shop()
    conversation = joined(shop)
    for somebody in (shop.alice, shop.bob, people.stranger()):
        with pytest.raises(NotFound):
            actions.leave_conversation(user=somebody.user, conversation_id=conversation.pk, now=NOW)


# -- when it ends


def _park(shop: Shop, conversation: Conversation) -> None:
    actions.park_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=timezone.now()
    )


def _end(shop: Shop, conversation: Conversation) -> None:
    actions.end_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=timezone.now()
    )


def _requeue(shop: Shop, conversation: Conversation) -> None:
    actions.requeue_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, now=timezone.now(), actor=Actor.AGENT
    )


def _transfer(shop: Shop, conversation: Conversation) -> None:
    transfer_to_queue(
        user=shop.alice.user,
        conversation_id=conversation.pk,
        queue_id=make.queue("Sales").pk,
        now=timezone.now(),
    )


def _force_close(shop: Shop, conversation: Conversation) -> None:
    actions.close_conversation(
        user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now(), actor=Actor.SUPERVISOR
    )


@pytest.mark.parametrize("leave_active", [_park, _end, _requeue, _transfer, _force_close])
def test_everybody_leaves_with_the_move_by_which_it_leaves_active(
    leave_active: Callable[[Shop, Conversation], None],
) -> None:
    shop = people.shop()
    conversation = consulted(shop, added=True)
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    leave_active(shop, conversation)
    conversation.refresh_from_db()
    assert conversation.state != State.ACTIVE
    assert (present(conversation), conversation.has_participants) == ({}, False)
    # The move speaks for itself: no farewells.
    assert not any("has left" in line for line in said(conversation))
    if conversation.is_unfinished:
        with pytest.raises(NotYours):
            make.answered(conversation, shop.bob)


def test_another_agents_conversation_keeps_its_guests_but_for_its_new_agent() -> None:
    shop = people.shop()
    conversation = consulted(shop, added=True)
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    assign_conversation(
        user=shop.sue.user, conversation_id=conversation.pk, agent_id=shop.bob.pk, now=timezone.now()
    )
    assert present(conversation) == {"sue": True}
    assign_conversation(
        user=shop.sue.user, conversation_id=conversation.pk, agent_id=shop.sue.pk, anyway=True, now=NOW
    )
    conversation.refresh_from_db()
    assert (present(conversation), conversation.has_participants) == ({}, False)


def test_who_left_may_come_again_and_both_stays_are_on_record() -> None:
    shop = people.shop()
    conversation = joined(shop)
    actions.leave_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    join_conversation(user=shop.sue.user, conversation_id=conversation.pk, now=timezone.now())
    stays = Participant.objects.filter(conversation=conversation).order_by("pk")
    assert [stay.left_at is None for stay in stays] == [False, True]


def test_the_database_knows_company_only_in_active_conversations() -> None:
    conversation = make.conversation(widget=people.shop().widget)
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.filter(pk=conversation.pk).update(has_participants=True)


# -- what it costs


def test_a_conversation_without_guests_pays_nothing_for_them() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    with transaction.atomic():
        mine = Conversation.objects.with_people().locked().get(pk=conversation.pk)
        with CaptureQueriesContext(connection) as asked:
            assert not mine.is_shared_with(shop.bob.user)
            mine.park(actor=Actor.AGENT, user=shop.alice.user, now=NOW)
    assert len(asked) == 2  # the row, and its transition
