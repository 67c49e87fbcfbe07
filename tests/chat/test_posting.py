"""Posting: numbered without gaps, once for each client_id, into the right conversation."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from chat import actions
from chat.actions import ColleagueAnswered, ConversationEnded, NotYours
from chat.actions.messages import TooLong
from chat.actions.starting import OutsideOperatingHours, QueueClosed, WidgetRetired
from chat.errors import Invalid, NotFound
from chat.models import AuthorKind, Conversation, CustomerSession, Message
from chat.states import State
from tests import make, people
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


def bodies(conversation: Conversation) -> list[str]:
    return list(conversation.messages.public().order_by("seq").values_list("body", flat=True))


def test_the_first_message_begins_a_conversation_with_seq_1() -> None:
    posted = make.posted(make.session(), "Hello")
    assert (posted.message.seq, posted.conversation.state, posted.is_new) == (1, State.OPEN, True)


def test_a_retry_is_answered_with_the_first_result_and_posts_nothing() -> None:
    session, client_id = make.session(), uuid.uuid4()
    first = make.posted(session, "Hello", client_id=client_id)
    again = make.posted(session, "Hello", client_id=client_id)
    assert (again.message.pk, again.is_new) == (first.message.pk, False)
    assert Message.objects.count() == 1


def test_a_retry_finds_its_message_even_after_the_end() -> None:
    shop = people.shop()
    session, client_id = people.carla(shop.widget), uuid.uuid4()
    first = make.posted(session, "Hello", client_id=client_id)
    end(shop, first.conversation)
    again = make.posted(session, "Hello", client_id=client_id)
    assert again.conversation.pk == first.conversation.pk
    assert Conversation.objects.count() == 1


def test_the_same_client_id_of_two_customers_is_two_messages() -> None:
    widget, client_id = make.widget(), uuid.uuid4()
    make.posted(make.session("carla", widget=widget), client_id=client_id)
    make.posted(make.session("dora", widget=widget), client_id=client_id)
    assert Message.objects.filter(client_id=client_id).count() == 2


def test_a_message_to_an_ended_persistent_conversation_begins_a_new_one_with_it() -> None:
    shop = people.shop()
    session = people.carla(shop.widget)
    ended = make.posted(session).conversation
    end(shop, ended)
    posted = post(session, "One more thing", to=ended)
    assert posted.conversation.pk != ended.pk
    assert posted.conversation.previous_id == ended.pk
    assert posted.message.seq == 1


def test_a_message_that_names_an_ended_one_goes_to_the_unfinished_one() -> None:
    shop = people.shop()
    session = people.carla(shop.widget)
    ended = make.posted(session).conversation
    end(shop, ended)
    unfinished = make.posted(session).conversation
    assert post(session, "Late", to=ended).conversation.pk == unfinished.pk


def test_a_live_customer_is_told_that_the_conversation_has_ended() -> None:
    session = make.session(None, widget=make.widget(mode=Mode.LIVE))
    begun = make.posted(session).conversation
    actions.end_by_customer(session=session, conversation_id=begun.pk, now=NOW)
    with pytest.raises(ConversationEnded):
        post(session, "Still there?", to=begun)
    assert bodies(begun)[0] == "Hello"
    assert begun.messages.filter(author_kind=AuthorKind.CUSTOMER).count() == 1


def test_nobody_posts_into_another_customers_conversation() -> None:
    widget = make.widget()
    hers = make.posted(make.session("carla", widget=widget)).conversation
    with pytest.raises(NotFound):
        post(make.session("mallory", widget=widget), "Let me in", to=hers)
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize("body", ["", "  \n", "a\x00b", "\ud800"])
def test_text_that_cannot_be_kept_is_refused_and_changes_nothing(body: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make.posted(make.session(), body)
    assert refusal.value.field == "body"
    assert not Conversation.objects.exists()


def test_length_counts_code_points() -> None:
    session = make.session()
    make.posted(session, "😀" * 6000)
    with pytest.raises(TooLong):
        make.posted(session, "😀" * 6001)


def test_two_tabs_that_start_at_once_end_up_in_one_conversation() -> None:
    session = make.session()
    gate = threading.Barrier(6)
    posted = in_threads(6, lambda number: (gate.wait(), make.posted(session, f"Tab {number}"))[1])
    assert len({one.conversation.pk for one in posted}) == 1
    assert sorted(one.message.seq or 0 for one in posted) == [1, 2, 3, 4, 5, 6]


def test_the_same_message_sent_by_socket_and_http_at_once_is_posted_once() -> None:
    session, client_id = make.session(), uuid.uuid4()
    gate = threading.Barrier(6)
    posted = in_threads(6, lambda _: (gate.wait(), make.posted(session, client_id=client_id))[1])
    assert len({one.message.pk for one in posted}) == 1
    assert sum(one.is_new for one in posted) == 1


def test_both_sides_writing_at_once_get_numbers_without_gaps() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    session = CustomerSession.objects.select_related("customer", "widget__workstream__queue").get()

    def write(number: int) -> None:
        if number % 2:
            make.answered(conversation, shop.alice, f"Answer {number}")
        else:
            make.posted(session, f"Question {number}")

    in_threads(12, write)
    numbers = list(conversation.messages.public().order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    conversation.refresh_from_db()
    assert conversation.latest_seq == len(numbers)


def test_a_message_wakes_a_waiting_conversation_for_the_agent_who_had_it() -> None:
    shop = people.shop()
    waiting = make.parked(shop.alice, widget=shop.widget)
    session = CustomerSession.objects.select_related("customer", "widget__workstream__queue").get()
    woken = make.posted(session, "I am back").conversation
    assert (woken.pk, woken.state, woken.agent, woken.preferred_agent) == (
        waiting.pk,
        State.OPEN,
        None,
        shop.alice.user,
    )


def test_an_agents_message_to_a_waiting_conversation_wakes_nothing() -> None:
    shop = people.shop()
    waiting = make.parked(shop.alice, widget=shop.widget)
    assert make.answered(waiting, shop.alice, "Any news?").conversation.state == State.WAITING


def test_only_its_own_agent_answers() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    with pytest.raises(NotYours):
        make.answered(conversation, shop.bob)
    with pytest.raises(NotYours):
        make.answered(conversation, people.stranger())


def test_an_open_conversation_is_answered_by_nobody() -> None:
    shop = people.shop()
    with pytest.raises(NotYours):
        make.answered(make.conversation(widget=shop.widget), shop.alice)


def test_wrap_up_takes_notes_only() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    end(shop, conversation)
    with pytest.raises(ConversationEnded):
        make.answered(conversation, shop.alice)
    note = make.answered(conversation, shop.alice, "Wants a call", internal=True).message
    assert (note.seq, note.note_seq) == (None, 1)


def test_notes_leave_no_hole_in_the_customers_numbering() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    make.answered(conversation, shop.alice, "Internal", internal=True)
    before = Conversation.objects.get(pk=conversation.pk).latest_seq
    assert make.answered(conversation, shop.alice, "Public").message.seq == before + 1


def test_a_reply_is_held_back_when_a_colleague_has_answered() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    seen = make.answered(conversation, shop.alice, "First").message.seq
    Conversation.objects.filter(pk=conversation.pk).update(agent=shop.bob.user)
    with pytest.raises(ColleagueAnswered):
        make.answered(conversation, shop.bob, "Second", seen_seq=(seen or 0) - 1)
    assert make.answered(conversation, shop.bob, "Second", seen_seq=(seen or 0) - 1, confirm=True).is_new


def test_a_retired_widget_refuses_starts_and_keeps_what_runs() -> None:
    widget = make.widget()
    running = make.session("carla", widget=widget)
    make.posted(running)
    widget.retired_at = NOW
    widget.save()
    make.posted(CustomerSession.objects.select_related("customer", "widget__workstream").get(pk=running.pk))
    with pytest.raises(WidgetRetired):
        make.posted(make.session("dora", widget=widget))


def test_a_closed_queue_keeps_a_persistent_message_and_says_so_once() -> None:
    queue = make.queue(operating_hours=make.hours())
    session = make.session(widget=make.widget(workstream=make.workstream(queue=queue)))
    posted = make.posted(session, "Anybody there?")
    make.posted(session, "Hello?")
    assert posted.conversation.state == State.OPEN
    kinds = list(posted.conversation.messages.order_by("seq").values_list("author_kind", flat=True))
    assert kinds == ["customer", "system", "customer"]


@pytest.mark.parametrize(("closed", "code"), [("widget", OutsideOperatingHours), ("queue", QueueClosed)])
def test_a_live_start_outside_hours_is_refused(closed: str, code: type[Exception]) -> None:
    hours = make.hours()
    queue = make.queue(operating_hours=hours if closed == "queue" else None)
    stream = make.workstream(mode=Mode.LIVE, queue=queue)
    widget = make.widget(workstream=stream, operating_hours=hours if closed == "widget" else None)
    with pytest.raises(code):
        make.posted(make.session(None, widget=widget))
    assert not Conversation.objects.exists()


def test_times_never_run_backwards_within_a_conversation() -> None:
    session = make.session()
    first = make.posted(session, now=NOW)
    second = make.posted(session, now=NOW - timedelta(seconds=2))
    assert second.message.sent_at >= first.message.sent_at


def post(session: CustomerSession, body: str, *, to: Conversation) -> actions.Posted:
    return actions.post_customer_message(
        session=session, client_id=uuid.uuid4(), body=body, conversation_id=to.pk, now=timezone.now()
    )


def end(shop: people.Shop, conversation: Conversation) -> None:
    if Conversation.objects.get(pk=conversation.pk).state == State.OPEN:
        make.given(conversation, shop.alice)
    actions.end_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, seen_seq=None, now=timezone.now()
    )


def in_threads[R](count: int, work: Callable[[int], R]) -> list[R]:
    """Run ``work(number)`` in ``count`` threads at once, each with a connection of its own."""

    def run(number: int) -> R:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
