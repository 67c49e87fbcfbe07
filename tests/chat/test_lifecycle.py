"""Parking, ending, closing, and what time does; each move leaves a row."""

import threading
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from chat import actions
from chat.actions import NewerMessage, NotYours
from chat.errors import Refusal
from chat.models import Conversation, CustomerSession, Message, ServerProcess, Visit
from chat.states import Actor, CustomerMayNotEnd, InvalidTransition, State
from tests import make, people
from tests.chat.test_posting import in_threads
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


def trail(conversation: Conversation) -> list[str]:
    rows = conversation.transitions.order_by("turn")
    return [f"{row.source}-{row.verb}-{row.target}" for row in rows]


def session_of(conversation: Conversation) -> CustomerSession:
    sessions = CustomerSession.objects.select_related("customer", "widget__workstream__queue")
    return sessions.filter(customer=conversation.customer_id).latest("issued_at")


def park(shop: people.Shop, conversation: Conversation, *, seen: int | None = None) -> Conversation:
    return actions.park_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, seen_seq=seen, now=timezone.now()
    )


def end(shop: people.Shop, conversation: Conversation, *, seen: int | None = None) -> Conversation:
    return actions.end_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, seen_seq=seen, now=timezone.now()
    )


def test_every_move_leaves_a_row() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    park(shop, conversation)
    make.posted(session_of(conversation), "Back")
    assert trail(conversation) == [
        "-start-open",
        "open-assign-active",
        "active-park-waiting",
        "waiting-wake-open",
    ]


@pytest.mark.parametrize("leave", [park, end])
def test_nothing_said_is_left_unseen(leave: object) -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    seen = Conversation.objects.get(pk=conversation.pk).latest_seq
    make.posted(session_of(conversation), "One more thing")
    with pytest.raises(NewerMessage):
        leave(shop, conversation, seen=seen)  # type: ignore[operator]
    conversation.refresh_from_db()
    assert conversation.state == State.ACTIVE
    leave(shop, conversation, seen=conversation.latest_seq)  # type: ignore[operator]


def test_park_and_a_message_at_once_lose_neither() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    seen = Conversation.objects.get(pk=conversation.pk).latest_seq
    session, gate = session_of(conversation), threading.Barrier(2)

    def act(number: int) -> None:
        gate.wait()
        if number:
            make.posted(session, "Wait!")
            return
        with suppress(NewerMessage):
            park(shop, conversation, seen=seen)

    in_threads(2, act)
    conversation.refresh_from_db()
    # Either the message came first and parking was refused, or it woke the parked conversation.
    assert conversation.state in (State.ACTIVE, State.OPEN)


def test_a_persistent_customer_cannot_end() -> None:
    conversation = make.active(people.shop().alice, body="Hi", session=make.session())
    with pytest.raises(CustomerMayNotEnd):
        actions.end_by_customer(session=session_of(conversation), conversation_id=conversation.pk, now=NOW)
    conversation.refresh_from_db()
    assert conversation.state == State.ACTIVE


def test_a_live_customer_ends_once() -> None:
    session = make.session(None, widget=make.widget(mode=Mode.LIVE))
    conversation = make.conversation(session)
    for _ in range(2):
        ended = actions.end_by_customer(session=session, conversation_id=conversation.pk, now=NOW)
    assert ended.state == State.CLOSED
    assert trail(ended) == ["-start-open", "open-close-closed"]


def test_ending_says_so_in_the_log_before_the_state_changes() -> None:
    shop = people.shop()
    conversation = end(shop, make.active(shop.alice, widget=shop.widget))
    last = Message.objects.filter(conversation=conversation).latest("seq")
    assert (last.author_kind, last.seq) == ("system", conversation.latest_seq)
    assert "Alice" in last.body


def test_wrap_up_is_closed_by_its_agent() -> None:
    shop = people.shop()
    conversation = end(shop, make.active(shop.alice, widget=shop.widget))
    closed = actions.close_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=NOW)
    assert (closed.state, closed.closed_at) == (State.CLOSED, NOW)


def test_leaving_belongs_to_its_own_agent() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    for somebody in (shop.bob, shop.sue, people.stranger()):
        for write in (actions.park_conversation, actions.end_conversation):
            with pytest.raises(NotYours):
                write(user=somebody.user, conversation_id=conversation.pk, seen_seq=None, now=NOW)


def test_a_supervisor_closes_by_force_and_the_customer_is_told() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    closed = actions.close_conversation(
        user=shop.sue.user, conversation_id=conversation.pk, actor=Actor.SUPERVISOR, now=NOW
    )
    assert closed.state == State.CLOSED
    assert closed.messages.latest("seq").author_kind == "system"


def test_what_is_closed_stays_closed() -> None:
    shop = people.shop()
    conversation = end(shop, make.active(shop.alice, widget=shop.widget))
    actions.close_conversation(user=shop.alice.user, conversation_id=conversation.pk, now=NOW)
    for write in (park, end):
        with pytest.raises(InvalidTransition):
            write(shop, conversation)


def test_live_has_no_waiting() -> None:
    shop = people.shop(mode=Mode.LIVE)
    conversation = make.active(shop.alice, session=make.session(None, widget=shop.widget))
    with pytest.raises(InvalidTransition):
        park(shop, conversation)


# -- coming back


def later(**duration: int) -> datetime:
    return timezone.now() + timedelta(**duration)


def visit(session: CustomerSession, now: datetime) -> Visit:
    return actions.begin_visit(session=session, process_id=make.beat(now=now), now=now)


def test_the_agent_of_a_waiting_conversation_is_owed_one_notice_for_each_visit() -> None:
    shop = people.shop()
    conversation = make.parked(shop.alice, widget=shop.widget)
    session = session_of(conversation)
    first = visit(session, later(minutes=10))
    assert actions.mark_return_notified(conversation_id=conversation.pk, now=later(minutes=10))
    assert not actions.mark_return_notified(conversation_id=conversation.pk, now=later(minutes=10))
    actions.end_visit(visit_id=first.pk, now=later(minutes=11))
    again = visit(session, later(minutes=13))
    assert not actions.mark_return_notified(conversation_id=conversation.pk, now=later(minutes=13))
    actions.end_visit(visit_id=again.pk, now=later(minutes=14))
    visit(session, later(minutes=20))
    assert actions.mark_return_notified(conversation_id=conversation.pk, now=later(minutes=20))


def test_whoever_left_before_it_was_parked_comes_back_however_soon() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    session = session_of(conversation)
    before = visit(session, timezone.now())
    actions.end_visit(visit_id=before.pk, now=timezone.now())
    park(shop, conversation)
    visit(session, later(seconds=20))
    assert actions.mark_return_notified(conversation_id=conversation.pk, now=later(seconds=20))


def test_a_customer_who_was_there_when_it_was_parked_is_not_back_by_turning_the_page() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    session = session_of(conversation)
    here = visit(session, timezone.now())
    park(shop, conversation)
    actions.end_visit(visit_id=here.pk, now=later(seconds=10))
    visit(session, later(seconds=11))
    assert not actions.mark_return_notified(conversation_id=conversation.pk, now=later(seconds=11))


def test_opening_the_widget_wakes_nothing() -> None:
    shop = people.shop()
    conversation = make.parked(shop.alice, widget=shop.widget)
    visit(session_of(conversation), later(minutes=10))
    conversation.refresh_from_db()
    assert conversation.state == State.WAITING
    assert conversation.customer_back_at is not None


def test_a_visit_of_a_process_that_died_ends_when_it_was_last_seen() -> None:
    session = make.session()
    left = visit(session, NOW)
    actions.forget_old_presence(now=NOW + timedelta(hours=1))
    left.refresh_from_db()
    assert left.left_at is None, "a process that was only paused holds it still"
    actions.forget_old_presence(now=NOW + timedelta(days=1, minutes=1))
    left.refresh_from_db()
    assert left.left_at == ServerProcess.objects.get(pk=make.WEB).seen_at


def test_refusals_carry_a_code_and_a_sentence() -> None:
    for kind in Refusal.__subclasses__():
        if kind.__init__ is Refusal.__init__:
            assert str(kind().as_dict()["message"])
            assert kind.code.replace("_", "").islower()


def test_a_visit_that_no_socket_holds_any_more_is_ended() -> None:
    session = make.session()
    held, ghost = visit(session, NOW), visit(session, NOW)
    later_on = NOW + timedelta(minutes=1)
    ended = actions.end_ghosts(model=Visit, process_id=make.WEB, held=lambda: {held.pk}, now=later_on)
    assert ended == 1
    assert set(Visit.objects.filter(left_at=None)) == {held}
    assert Visit.objects.get(pk=ghost.pk).left_at == later_on


def test_the_mark_of_a_return_goes_when_the_conversation_goes_on() -> None:
    shop = people.shop()
    conversation = make.parked(shop.alice, widget=shop.widget)
    visit(session_of(conversation), later(minutes=10))
    woken = make.posted(session_of(conversation), "Back").conversation
    assert woken.customer_back_at is None
    assert not actions.mark_return_notified(conversation_id=conversation.pk, now=later(minutes=10))


def test_a_line_about_a_transfer_names_no_queue() -> None:
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget)
    other = make.queue("Escalations")
    actions.requeue_conversation(
        user=shop.alice.user, conversation_id=conversation.pk, now=timezone.now(), queue=other
    )
    assert not conversation.messages.filter(body__contains="Escalations").exists()
