"""Live customers who are lost, come back in time, or are gone (spec §3, Absence)."""

from __future__ import annotations

import threading
import uuid
from functools import partial

import pytest
from django.db import transaction
from django.test import override_settings

from chat import tasks
from chat.absence import unattended
from chat.actions import begin_visit, end_ghosts, end_visit, use_session
from chat.models import Conversation, CustomerSession, Visit
from chat.states import State
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.threads import all_at_once, somebody_waits_for_a_lock
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> people.Shop:
    make.beat(now=NOW)
    return people.shop(mode="live")


@pytest.fixture
def visitor(shop: people.Shop) -> CustomerSession:
    return make.session(None, widget=shop.widget, now=NOW)


def visit(session: CustomerSession, *, at: float) -> Visit:
    return begin_visit(session=session, process_id=make.beat(now=later(at)), now=later(at))


def sweep(seconds: float, *, since: float = 0) -> int:
    """The web process has beaten since that second, and the task runs."""
    make.beat(now=later(seconds))
    done: int = tasks.customers_gone(now=later(seconds).isoformat())
    return done


def notes(conversation: Conversation) -> list[str]:
    return list(conversation.messages.internal().order_by("note_seq").values_list("body", flat=True))


def state(conversation: Conversation) -> str:
    conversation.refresh_from_db()
    return conversation.state


def test_the_agents_log_says_that_the_customer_is_lost_and_back_once_each(
    shop: people.Shop, visitor: CustomerSession
) -> None:
    here = visit(visitor, at=0)
    conversation = make.given(make.conversation(visitor, now=NOW), shop.alice, now=NOW)
    assert sweep(60) == 0
    end_visit(visit_id=here.pk, now=later(60))
    assert (sweep(65), notes(conversation)) == (0, [])
    sweep(71)
    sweep(80)
    name = visitor.customer.display_name
    assert notes(conversation) == [f"{name} is not connected any more."]
    visit(visitor, at=90)
    sweep(100)
    assert state(conversation) == State.ACTIVE
    assert notes(conversation)[1:] == [f"{name} is back."]


def test_what_goes_on_with_its_customer_there_is_not_looked_at(shop: people.Shop) -> None:
    visitors = [make.session(None, widget=shop.widget, now=NOW) for _ in range(3)]
    here = [visit(visitor, at=0) for visitor in visitors]
    going_on = [make.given(make.conversation(visitor, now=NOW), shop.alice, now=NOW) for visitor in visitors]
    assert unattended(now=later(11)) == {conversation.pk for conversation in going_on}
    sweep(15)
    assert unattended(now=later(16)) == set()
    end_visit(visit_id=here[0].pk, now=later(17))
    end_ghosts(model=Visit, process_id=make.WEB, held=lambda: {here[2].pk}, now=later(20))
    assert unattended(now=later(21)) == {going_on[0].pk, going_on[1].pk}
    sweep(40)
    assert [len(notes(conversation)) for conversation in going_on] == [1, 1, 0]


def test_a_tab_that_is_left_while_the_sweep_sees_it_is_missed_all_the_same(
    shop: people.Shop, visitor: CustomerSession
) -> None:
    here = visit(visitor, at=0)
    conversation = make.given(make.conversation(visitor, now=NOW), shop.alice, now=NOW)
    leave = partial(end_visit, visit_id=here.pk, now=later(11))
    leaving = threading.Thread(target=all_at_once, args=([leave],))
    with transaction.atomic():
        seen = Conversation.objects.locked().get(pk=conversation.pk)
        leaving.start()
        wait_until(somebody_waits_for_a_lock, what="the tab to be left")
        seen.customer_here(now=later(11))
    leaving.join(30)
    assert unattended(now=later(12)) == {conversation.pk}


def test_those_who_left_are_locked_in_the_order_of_all_locks(shop: people.Shop) -> None:
    """Whoever holds the first can still have all others: two that lock many would else wait for each other."""
    sessions = [make.session(None, widget=shop.widget, now=NOW) for _ in range(6)]
    session_of = {make.conversation(session, now=NOW).pk: session for session in sessions}
    *others, first = sorted(session_of, reverse=True)
    for age, pk in enumerate([*others, first]):  # wherever the database looks, they stand the other way round
        visit(session_of[pk], at=0)
        Conversation.objects.filter(pk=pk).update(started_at=later(-age))
    end_all = partial(end_ghosts, model=Visit, process_id=make.WEB, held=set, now=later(20))
    ending = threading.Thread(target=all_at_once, args=([end_all],))
    with transaction.atomic():
        Conversation.objects.locked().get(pk=first)
        ending.start()
        wait_until(somebody_waits_for_a_lock, what="them to be ended")
        assert len(Conversation.objects.filter(pk__in=others).locked(skip_locked=True)) == len(others)
    ending.join(30)
    assert not Visit.objects.filter(left_at=None).exists()


def test_who_was_here_through_a_process_that_was_killed_is_looked_for(
    shop: people.Shop, visitor: CustomerSession
) -> None:
    killed = uuid.uuid4()
    make.beat(now=NOW, process_id=killed)
    begin_visit(session=visitor, process_id=killed, now=NOW)
    conversation = make.given(make.conversation(visitor, now=NOW), shop.alice, now=NOW)
    sweep(5)
    assert notes(conversation) == []
    sweep(15)
    sweep(30)
    assert len(notes(conversation)) == 1
    visit(visitor, at=31)
    sweep(40)
    assert unattended(now=later(41)) == set()


@pytest.mark.parametrize(("taken", "becomes"), [(True, State.WRAP_UP), (False, State.CLOSED)])
def test_whoever_does_not_come_back_in_time_is_gone(
    shop: people.Shop, visitor: CustomerSession, taken: bool, becomes: State
) -> None:
    here = visit(visitor, at=0)
    conversation = make.conversation(visitor, now=NOW)
    if taken:
        make.given(conversation, shop.alice, now=NOW)
    before = state(conversation)
    end_visit(visit_id=here.pk, now=later(60))
    sweep(239)
    assert state(conversation) == before
    sweep(240)
    assert state(conversation) == becomes
    last = conversation.messages.public().order_by("seq").last()
    assert last is not None
    assert last.body == "This chat has ended."
    assert conversation.transitions.order_by("turn").last().reason == "its customer is gone"  # type: ignore[union-attr]


def test_a_request_of_any_tab_is_a_sign_of_life(shop: people.Shop) -> None:
    session, token = make.session_and_token(None, widget=shop.widget, now=NOW)
    conversation = make.given(make.conversation(session, now=NOW), shop.alice, now=NOW)
    use_session(token=token, now=later(170))
    sweep(181)
    assert state(conversation) == State.ACTIVE
    use_session(token=token, now=later(340))
    sweep(345)
    assert state(conversation) == State.ACTIVE
    sweep(521)
    assert state(conversation) == State.WRAP_UP


def test_requests_without_a_socket_keep_the_chat_and_fill_no_log(shop: people.Shop) -> None:
    session, token = make.session_and_token(None, widget=shop.widget, now=NOW)
    here = visit(session, at=0)
    conversation = make.given(make.conversation(session, now=NOW), shop.alice, now=NOW)
    end_visit(visit_id=here.pk, now=later(1))
    for second in range(30, 331, 30):
        use_session(token=token, now=later(second))
        sweep(second + 5)
        sweep(second + 25)
    assert state(conversation) == State.ACTIVE
    assert len(notes(conversation)) == 1


def test_who_never_had_a_socket_is_not_lost(shop: people.Shop, visitor: CustomerSession) -> None:
    conversation = make.given(make.conversation(visitor, now=NOW), shop.alice, now=NOW)
    sweep(60)
    assert notes(conversation) == []


def test_after_an_outage_nobody_is_judged_before_a_full_window(
    shop: people.Shop, visitor: CustomerSession
) -> None:
    visit(visitor, at=0)
    conversation = make.given(make.conversation(visitor, now=NOW), shop.alice, now=NOW)
    # The process dies at 0; another one is there from the 600th second on.
    new = uuid.uuid4()
    make.beat(now=later(600), process_id=new)
    for second in (600, 700, 779):
        make.beat(now=later(second), process_id=new)
        tasks.customers_gone(now=later(second).isoformat())
        assert state(conversation) == State.ACTIVE
    make.beat(now=later(790), process_id=new)
    tasks.customers_gone(now=later(790).isoformat())
    assert state(conversation) == State.WRAP_UP


def test_a_persistent_customer_is_never_gone() -> None:
    make.beat(now=NOW)
    shop = people.shop()
    conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
    sweep(3600)
    assert (state(conversation), notes(conversation)) == (State.ACTIVE, [])


@override_settings(PARLEY_RECONNECT_WINDOW_SECONDS=30)
def test_the_window_is_a_setting(shop: people.Shop, visitor: CustomerSession) -> None:
    conversation = make.conversation(visitor, now=NOW)
    sweep(29)
    assert state(conversation) == State.OPEN
    sweep(30)
    assert state(conversation) == State.CLOSED


def test_two_tabs_are_one_customer(shop: people.Shop, visitor: CustomerSession) -> None:
    first, _second = visit(visitor, at=0), visit(visitor, at=0)
    conversation = make.given(make.conversation(visitor, now=NOW), shop.alice, now=NOW)
    end_visit(visit_id=first.pk, now=later(1))
    sweep(500)
    assert (state(conversation), notes(conversation)) == (State.ACTIVE, [])
