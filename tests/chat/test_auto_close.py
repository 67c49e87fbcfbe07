"""What time does: reminders, closing, parking. Each is judged again under its lock (spec §3, Auto-close)."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections, transaction

from chat import actions, idle, paging, tasks
from chat.actions import (
    close_idle_together,
    close_if_idle,
    park_if_quiet,
    post_customer_message,
    remind_if_idle,
)
from chat.models import Conversation, CustomerSession, Message
from chat.states import Actor, State
from routing.actions import release_from_agent
from tests import make, people
from tests.routing.clock import NOW, later
from tests.routing.rows import fresh
from tests.routing.threads import all_at_once
from tests.waiting import wait_until
from workstreams.modes import Mode

if TYPE_CHECKING:
    from tests.servers import Worker

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = 60
MODES = [Mode.LIVE, Mode.PERSISTENT]
TIMES = [
    (Mode.LIVE, State.OPEN, timedelta(minutes=20)),
    (Mode.PERSISTENT, State.OPEN, timedelta(days=30)),
    (Mode.LIVE, State.WRAP_UP, timedelta(minutes=15)),
    (Mode.PERSISTENT, State.WRAP_UP, timedelta(days=1)),
]


def close(now: datetime) -> int:
    return tasks.close_idle(now=now.isoformat())


def remind(now: datetime) -> int:
    return tasks.remind_idle(now=now.isoformat())


def park(now: datetime) -> int:
    return tasks.park_quiet(now=now.isoformat())


def reminders(conversation: Conversation) -> list[Message]:
    said = conversation.messages.filter(author_kind="system", body__contains="soon be closed")
    return list(said.order_by("seq"))


def reason(conversation: Conversation) -> str:
    return conversation.transitions.latest("turn").reason


class Waiting:
    """A conversation that waits for Carla since noon: auto-close after an hour, a reminder ten minutes before."""

    def __init__(self, **workstream: Any) -> None:
        fields = {"auto_close_minutes": 60, "reminder_minutes": 10} | workstream
        self.shop = people.shop(**fields)
        self.carla = people.carla(self.shop.widget, now=NOW)
        self.conversation = make.parked(self.shop.alice, session=self.carla, now=NOW)

    def change(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self.shop.workstream, name, value)
        self.shop.workstream.save()

    @property
    def state(self) -> str:
        return fresh(self.conversation).state


def in_state(mode: Mode, state: State) -> Conversation:
    shop = people.shop(mode=mode)
    session = make.session("carla" if mode is Mode.PERSISTENT else None, widget=shop.widget, now=NOW)
    if state is State.OPEN:
        return make.conversation(session, now=NOW)
    return make.ended(make.conversation(session, now=NOW), shop.alice, now=NOW)


class TestTheTimers:
    @pytest.mark.parametrize(("mode", "state", "minutes"), TIMES)
    def test_each_state_has_its_time(self, mode: Mode, state: State, minutes: timedelta) -> None:
        conversation = in_state(mode, state)
        assert fresh(conversation).state == state
        assert close(NOW + minutes - timedelta(seconds=1)) == 0
        assert close(NOW + minutes) == 1
        assert close(NOW + minutes) == 0
        assert fresh(conversation).state == State.CLOSED
        assert reason(conversation).startswith("unanswered" if state is State.OPEN else "auto-close")

    @pytest.mark.parametrize("mode", MODES)
    def test_whoever_was_not_answered_is_told_so(self, mode: Mode) -> None:
        conversation = in_state(mode, State.OPEN)
        close(later(days=31))
        assert "Sorry" in conversation.messages.latest("seq").body

    @pytest.mark.parametrize("mode", MODES)
    def test_a_message_keeps_an_open_one_open(self, mode: Mode) -> None:
        shop = people.shop(mode=mode)
        session = make.session("carla" if mode is Mode.PERSISTENT else None, widget=shop.widget, now=NOW)
        conversation = make.conversation(session, now=NOW)
        make.posted(session, "Anybody there?", now=later(minutes=19))
        due = NOW + (timedelta(minutes=20) if mode is Mode.LIVE else timedelta(days=30))
        assert list(idle.due_to_close(now=due)) == []
        assert not close_if_idle(conversation_id=conversation.pk, now=due)
        assert close(due + timedelta(minutes=19)) == 1

    @pytest.mark.parametrize(("mode", "state", "minutes"), TIMES)
    def test_what_was_found_is_judged_again(self, mode: Mode, state: State, minutes: timedelta) -> None:
        conversation = in_state(mode, state)
        due = NOW + minutes
        assert list(idle.due_to_close(now=due)) == [conversation.pk]
        boss = make.supervisor("boss")
        actions.close_conversation(
            user=boss.user, conversation_id=conversation.pk, actor=Actor.SUPERVISOR, now=due
        )
        assert not close_if_idle(conversation_id=conversation.pk, now=due)

    @pytest.mark.parametrize("mode", MODES)
    def test_an_active_one_is_never_closed_by_time(self, mode: Mode) -> None:
        shop = people.shop(mode=mode)
        conversation = make.active(shop.alice, widget=shop.widget, now=NOW)
        assert close(later(days=10_000)) == 0
        assert fresh(conversation).state == State.ACTIVE

    def test_wrap_up_is_not_closed_before_its_block_of_a_fixed_time_has_passed(self) -> None:
        shop = people.shop(mode="live", wrap_up_block="timed", wrap_up_block_seconds=45 * MINUTE)
        make.ended(make.conversation(widget=shop.widget, now=NOW), shop.alice, now=NOW)
        assert close(later(minutes=44)) == 0
        assert close(later(minutes=45)) == 1

    def test_a_waiting_one_is_closed_after_the_workstreams_time(self) -> None:
        waiting = Waiting(reminder_minutes=None)
        assert close(later(59 * MINUTE)) == 0
        assert close(later(60 * MINUTE)) == 1
        assert waiting.state == State.CLOSED
        assert reason(waiting.conversation) == "auto-close: neither side wrote"
        assert "quiet for a long time and is now closed" in waiting.conversation.messages.latest("seq").body

    def test_a_follow_up_counts_as_activity_and_a_note_does_not(self) -> None:
        waiting = Waiting(reminder_minutes=None)
        alice = waiting.shop.alice
        make.answered(waiting.conversation, alice, "Any news?", now=later(50 * MINUTE))
        make.answered(waiting.conversation, alice, "Ask Bob", now=later(55 * MINUTE), internal=True)
        assert close(later(109 * MINUTE)) == 0
        assert close(later(110 * MINUTE)) == 1

    def test_opening_the_widget_does_not_count(self) -> None:
        waiting = Waiting(reminder_minutes=None)
        process = make.beat(now=later(50 * MINUTE))
        actions.begin_visit(session=waiting.carla, process_id=process, now=later(50 * MINUTE))
        assert close(later(60 * MINUTE)) == 1

    def test_a_shortened_time_closes_nothing_for_a_day(self) -> None:
        waiting = Waiting(reminder_minutes=None)
        waiting.change(auto_close_shortened_at=later(61 * MINUTE))
        assert close(later(hours=2)) == 0
        assert not close_if_idle(conversation_id=waiting.conversation.pk, now=later(hours=2))
        assert close(later(hours=26)) == 1

    def test_after_an_outage_everything_is_caught_up_with(self) -> None:
        shop = people.shop(mode="live")
        for number in range(3):
            make.conversation(widget=shop.widget, now=later(number))
        assert close(later(days=90)) == 3

    def test_rows_that_fail_do_not_hide_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shop = people.shop(mode="live")
        rows = [make.conversation(widget=shop.widget, now=later(number)) for number in range(5)]
        step = Conversation._step

        def failing(conversation: Conversation, verb: Any, **how: Any) -> Any:
            if conversation in rows[:3]:
                raise RuntimeError
            return step(conversation, verb, **how)

        monkeypatch.setattr(Conversation, "_step", failing)
        monkeypatch.setattr(paging, "PAGE", 2)
        assert close(later(hours=1)) == 2
        assert [fresh(row).state for row in rows] == [State.OPEN] * 3 + [State.CLOSED] * 2
        assert [row.messages.count() for row in rows] == [1, 1, 1, 2, 2]

    def test_what_somebody_is_writing_to_is_left_to_the_next_sweep(self) -> None:
        shop = people.shop(mode="live")
        busy, other = (make.conversation(widget=shop.widget, now=later(number)) for number in range(2))

        def elsewhere() -> int:
            try:
                return close(later(hours=1))
            finally:
                connections.close_all()

        with transaction.atomic():
            Conversation.objects.locked().get(pk=busy.pk)
            with ThreadPoolExecutor() as pool:
                assert pool.submit(elsewhere).result(timeout=30) == 1
        assert (fresh(busy).state, fresh(other).state) == (State.OPEN, State.CLOSED)
        assert close(later(hours=1)) == 1


class TestTheReminder:
    def test_it_comes_before_the_close_and_once(self) -> None:
        waiting = Waiting()
        assert remind(later(49 * MINUTE)) == 0
        assert remind(later(50 * MINUTE)) == 1
        assert remind(later(51 * MINUTE)) == 0
        assert len(reminders(waiting.conversation)) == 1
        assert close(later(59 * MINUTE)) == 0
        assert close(later(60 * MINUTE)) == 1

    def test_two_workers_at_once_write_it_once(self) -> None:
        waiting = Waiting()
        pk, now = waiting.conversation.pk, later(50 * MINUTE)
        done = all_at_once([lambda: remind_if_idle(conversation_id=pk, now=now)] * 3)
        assert sorted(done) == [False, False, True]
        assert len(reminders(waiting.conversation)) == 1

    def test_it_is_no_activity_and_wakes_nothing(self) -> None:
        waiting = Waiting()
        before = fresh(waiting.conversation)
        remind(later(50 * MINUTE))
        after = fresh(waiting.conversation)
        assert (after.state, after.idle_since, after.turn) == (before.state, before.idle_since, before.turn)
        assert after.latest_seq == before.latest_seq + 1

    def test_nothing_is_closed_that_was_not_reminded(self) -> None:
        waiting = Waiting()
        assert close(later(days=10)) == 0
        assert not close_if_idle(conversation_id=waiting.conversation.pk, now=later(days=10))

    def test_after_an_outage_the_reminder_comes_first_and_the_close_as_long_after_it(self) -> None:
        waiting = Waiting()
        back = later(days=10)
        assert close(back) == 0
        assert remind(back) == 1
        assert close(back) == 0
        assert close(back + timedelta(minutes=10, seconds=-1)) == 0
        assert close(back + timedelta(minutes=10)) == 1
        assert waiting.state == State.CLOSED

    def test_a_follow_up_makes_it_void_and_it_comes_again(self) -> None:
        waiting = Waiting()
        remind(later(50 * MINUTE))
        make.answered(waiting.conversation, waiting.shop.alice, "Still there?", now=later(55 * MINUTE))
        assert close(later(70 * MINUTE)) == 0
        assert remind(later(104 * MINUTE)) == 0
        assert remind(later(105 * MINUTE)) == 1
        assert close(later(115 * MINUTE)) == 1
        assert len(reminders(waiting.conversation)) == 2

    def test_a_message_of_the_customer_makes_it_void(self) -> None:
        waiting = Waiting()
        remind(later(50 * MINUTE))
        make.posted(waiting.carla, "I am here", now=later(51 * MINUTE))
        woken = fresh(waiting.conversation)
        assert (woken.state, woken.reminded_at) == (State.OPEN, None)
        assert close(later(hours=3)) == 0

    def test_a_release_from_its_agent_is_no_activity(self) -> None:
        waiting = Waiting()
        remind(later(50 * MINUTE))
        release_from_agent(
            user=waiting.shop.sue.user, conversation_id=waiting.conversation.pk, now=later(55 * MINUTE)
        )
        assert remind(later(56 * MINUTE)) == 0
        assert close(later(60 * MINUTE)) == 1

    def test_a_longer_notice_is_kept_from_the_reminder_on(self) -> None:
        waiting = Waiting()
        remind(later(50 * MINUTE))
        waiting.change(reminder_minutes=30)
        assert close(later(79 * MINUTE)) == 0
        assert close(later(80 * MINUTE)) == 1

    def test_whoever_was_reminded_is_closed_though_reminders_were_switched_off(self) -> None:
        waiting = Waiting()
        remind(later(50 * MINUTE))
        waiting.change(reminder_minutes=None)
        assert close(later(59 * MINUTE)) == 0
        assert close(later(60 * MINUTE)) == 1

    def test_after_shortening_it_comes_before_the_day_is_over(self) -> None:
        waiting = Waiting()
        waiting.change(auto_close_shortened_at=NOW)
        assert remind(later(hours=23, minutes=49)) == 0
        assert remind(later(hours=23, minutes=50)) == 1
        assert close(later(hours=23, minutes=59)) == 0
        assert close(later(hours=24)) == 1

    def test_it_tells_the_moment_where_the_queue_has_hours(self) -> None:
        hours = make.hours((0, "09:00", "17:00"), zone="Europe/Lisbon")
        waiting = Waiting()
        waiting.shop.queue.operating_hours = hours
        waiting.shop.queue.save()
        remind(later(50 * MINUTE))
        assert "closed on Monday 13:00" in waiting.conversation.messages.latest("seq").body

    def test_without_the_setting_nobody_is_reminded(self) -> None:
        Waiting(reminder_minutes=None)
        assert remind(later(days=10)) == 0


class TestRaces:
    """A message and time at the same moment: nothing that was said is lost."""

    def post(self, session: CustomerSession, now: datetime) -> Any:
        return post_customer_message(session=session, client_id=uuid.uuid4(), body="I am back", now=now)

    @pytest.mark.parametrize("_round", range(5))
    def test_the_message_wins_or_begins_a_new_conversation(self, _round: int) -> None:
        waiting = Waiting(reminder_minutes=None)
        pk, due = waiting.conversation.pk, later(60 * MINUTE)
        posted, closed = all_at_once(
            [
                lambda: self.post(waiting.carla, due),
                lambda: close_if_idle(conversation_id=pk, now=due),
            ]
        )
        assert (posted.conversation.pk != pk) == closed
        assert waiting.state == (State.CLOSED if closed else State.OPEN)
        unfinished = Conversation.objects.unfinished().get()
        assert unfinished == posted.conversation
        assert unfinished.messages.filter(body="I am back").count() == 1

    def test_a_message_that_comes_first_wins(self) -> None:
        waiting, due = Waiting(reminder_minutes=None), later(60 * MINUTE)
        pk = waiting.conversation.pk
        assert list(idle.due_to_close(now=due)) == [pk]
        self.post(waiting.carla, due)
        assert not close_if_idle(conversation_id=pk, now=due)
        assert close_idle_together(conversation_ids=[pk], now=due) == 0
        assert waiting.state == State.OPEN

    def test_a_message_that_comes_first_makes_a_reminder_needless(self) -> None:
        waiting, due = Waiting(), later(50 * MINUTE)
        assert list(idle.due_for_reminder(now=due)) == [waiting.conversation.pk]
        self.post(waiting.carla, due)
        assert not remind_if_idle(conversation_id=waiting.conversation.pk, now=due)

    @pytest.mark.parametrize("_round", range(5))
    def test_a_reminder_never_stays_after_a_message(self, _round: int) -> None:
        waiting = Waiting()
        pk, due = waiting.conversation.pk, later(50 * MINUTE)
        posted, reminded = all_at_once(
            [lambda: self.post(waiting.carla, due), lambda: remind_if_idle(conversation_id=pk, now=due)]
        )
        after = fresh(waiting.conversation)
        assert (after.state, after.reminded_at) == (State.OPEN, None)
        lines = reminders(waiting.conversation)
        assert len(lines) == reminded
        assert all(line.seq < posted.message.seq for line in lines)


class TestAutoPark:
    def quiet(self, **workstream: Any) -> tuple[people.Shop, CustomerSession, Conversation]:
        """Carla wrote at noon and was answered a minute later."""
        shop = people.shop(**({"auto_park_hours": 4} | workstream))
        carla = people.carla(shop.widget, now=NOW)
        conversation = make.active(shop.alice, session=carla, now=NOW)
        make.answered(conversation, shop.alice, now=later(MINUTE))
        return shop, carla, conversation

    def test_an_answered_one_whose_customer_is_silent_waits(self) -> None:
        shop, _carla, conversation = self.quiet()
        assert park(later(hours=4, seconds=-1)) == 0
        assert park(later(hours=4)) == 1
        assert park(later(hours=4)) == 0
        parked = fresh(conversation)
        assert (parked.state, parked.agent) == (State.WAITING, shop.alice.user)
        step = parked.transitions.latest("turn")
        assert (step.actor, step.reason) == ("system", "no customer message for 4 h")

    def test_what_the_agent_writes_meanwhile_does_not_count(self) -> None:
        shop, _carla, conversation = self.quiet()
        make.answered(conversation, shop.alice, "One more thing", now=later(hours=3))
        assert park(later(hours=4)) == 1

    def test_what_the_customer_writes_does(self) -> None:
        shop, carla, conversation = self.quiet()
        make.posted(carla, "Thank you", now=later(hours=3))
        assert park(later(days=2)) == 0
        make.answered(conversation, shop.alice, "You are welcome", now=later(hours=3, minutes=1))
        assert park(later(hours=7, seconds=-1)) == 0
        assert park(later(hours=7)) == 1

    def test_nothing_unanswered_is_parked(self) -> None:
        shop = people.shop(auto_park_hours=4)
        make.active(shop.alice, widget=shop.widget, now=NOW)
        assert park(later(days=2)) == 0

    def test_whoever_was_just_given_it_keeps_it(self) -> None:
        shop, _carla, conversation = self.quiet()
        make.given(conversation, shop.bob, now=later(hours=3))
        assert park(later(hours=7, seconds=-1)) == 0
        assert park(later(hours=7)) == 1

    def test_a_message_that_comes_first_wins(self) -> None:
        _shop, carla, conversation = self.quiet()
        now = later(hours=4)
        assert list(idle.due_for_parking(now=now)) == [conversation.pk]
        make.posted(carla, "I am back", now=now)
        assert not park_if_quiet(conversation_id=conversation.pk, now=now)
        assert fresh(conversation).state == State.ACTIVE

    def test_it_is_off_unless_it_is_set(self) -> None:
        self.quiet(auto_park_hours=None)
        assert park(later(days=100)) == 0


def test_the_worker_reminds_and_then_closes(worker: Worker) -> None:
    waiting = Waiting()
    tasks.remind_idle.delay(now=later(50 * MINUTE).isoformat())
    wait_until(lambda: reminders(waiting.conversation), what="the reminder")
    tasks.close_idle.delay(now=later(60 * MINUTE).isoformat())
    wait_until(lambda: waiting.state == State.CLOSED, what="the close")
