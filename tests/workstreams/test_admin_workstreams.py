from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests.workstreams.backoffice import (
    act,
    administrator,
    errors,
    fill,
    make_hours,
    make_queue,
    make_widget,
    make_workstream,
    page,
    sentences,
)
from workstreams.models import Queue, Workstream

pytestmark = pytest.mark.django_db
RETIRED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def client() -> Client:
    return administrator()


def add(client: Client, **changes: Any) -> Any:
    queue = changes.pop("queue", None) or make_queue().pk
    return fill(client, page(Workstream), **({"name": "Support", "queue": queue} | changes))


class TestMaking:
    def test_a_persistent_workstream_is_made_by_one_switch(self, client: Client) -> None:
        add(client, persistent="on")
        made = Workstream.objects.get()
        assert (made.mode, made.keep_same_agent, made.distribution) == ("persistent", True, "push")
        assert (made.wrap_up_block, made.wrap_up_block_seconds, made.auto_close_minutes) == (
            "timed",
            300,
            28 * 24 * 60,
        )

    def test_a_live_one_is_made_without_it(self, client: Client) -> None:
        add(client, distribution="pick", keep_same_agent=None)
        made = Workstream.objects.get()
        assert (made.mode, made.keep_same_agent, made.distribution) == ("live", False, "pick")
        assert made.wrap_up_block == "always"

    def test_a_chosen_wrap_up_block_is_kept(self, client: Client) -> None:
        add(client, persistent="on", wrap_up_block="never")
        assert Workstream.objects.get().wrap_up_block == "never"

    def test_the_page_names_what_the_manual_names(self, client: Client) -> None:
        shown = client.get(page(Workstream)).content.decode()
        assert "Make chats persistent" in shown
        assert "Keep same agent for entire conversation" in shown

    def test_a_recommended_time_is_asked_for(self, client: Client) -> None:
        assert any("A time is recommended." in said for said in sentences(add(client, persistent="on")))

    def test_nothing_is_recommended_where_it_is_given_or_not_needed(self, client: Client) -> None:
        given = sentences(add(client, persistent="on", fall_back_minutes="30"))
        not_needed = sentences(add(client, name="Sales", queue=make_queue("Sales").pk))
        assert not any("recommended" in said for said in given + not_needed)


class TestMistakes:
    def test_persistent_without_same_agent_is_refused_with_two_ways_out(self, client: Client) -> None:
        response = add(client, persistent="on", keep_same_agent=None)
        assert errors(response) == {
            "keep_same_agent": [
                "Persistent chat needs the same agent on every visit. Switch on “Keep same agent for entire "
                "conversation”, or switch off “Make chats persistent”."
            ]
        }
        assert not Workstream.objects.exists()

    def test_same_agent_is_not_switched_off_later(self, client: Client) -> None:
        workstream = make_workstream()
        response = fill(client, page(Workstream, workstream), keep_same_agent=None)
        assert errors(response) == {
            "keep_same_agent": [
                "Persistent chat needs the same agent on every visit. Switch on “Keep same agent for entire "
                "conversation”."
            ]
        }

    def test_a_live_one_may_do_without_the_same_agent(self, client: Client) -> None:
        workstream = make_workstream(mode="live")
        fill(client, page(Workstream, workstream), keep_same_agent=None)
        workstream.refresh_from_db()
        assert not workstream.keep_same_agent

    def test_no_presence_at_all_is_refused(self, client: Client) -> None:
        response = add(client, allowed_presences=[])
        assert "Choose at least one presence" in errors(response)["allowed_presences"][0]

    def test_a_retired_queue_is_not_offered(self, client: Client) -> None:
        retired = make_queue("Old", retired_at=RETIRED)
        assert "queue" in errors(add(client, queue=retired.pk))

    def test_the_retired_queue_it_has_is_kept(self, client: Client) -> None:
        workstream = make_workstream(queue=make_queue("Old", retired_at=RETIRED))
        fill(client, page(Workstream, workstream), name="Renamed")
        workstream.refresh_from_db()
        assert workstream.name == "Renamed"


class TestWhatNeverChanges:
    def test_mode_and_distribution_are_text_after_creation(self, client: Client) -> None:
        workstream = make_workstream(mode="live")
        fill(
            client,
            page(Workstream, workstream),
            persistent="on",
            mode="persistent",
            distribution="pick",
            units="50",
        )
        workstream.refresh_from_db()
        assert (workstream.mode, workstream.distribution, workstream.units) == ("live", "push", 50)


class TestAutoClose:
    def test_shortening_it_is_remembered_and_said(self, client: Client) -> None:
        workstream = make_workstream(fall_back_minutes=30)
        response = fill(client, page(Workstream, workstream), auto_close_minutes="60")
        workstream.refresh_from_db()
        assert workstream.auto_close_shortened_at is not None
        assert any("closes nothing in the next 24 hours" in said for said in sentences(response))

    @pytest.mark.parametrize("minutes", ["40320", "50000"])
    def test_keeping_or_lengthening_it_is_not(self, client: Client, minutes: str) -> None:
        workstream = make_workstream()
        fill(client, page(Workstream, workstream), auto_close_minutes=minutes)
        workstream.refresh_from_db()
        assert workstream.auto_close_shortened_at is None


class TestRetiring:
    def test_a_workstream_with_a_widget_is_not_deleted_but_retired(self, client: Client) -> None:
        workstream = make_workstream()
        make_widget(workstream, "Shop")
        response = client.post(page(Workstream, workstream, "delete"), {"post": "yes"}, follow=True)
        assert sentences(response) == [
            "“Support” cannot be deleted, because it is in use. Widgets: Shop. "
            "Retire it instead: choose it in the list, then the action “Retire”."
        ]
        act(client, Workstream, "retire", workstream)
        workstream.refresh_from_db()
        assert workstream.retired_at is not None
        act(client, Workstream, "bring_back", workstream)
        workstream.refresh_from_db()
        assert workstream.retired_at is None

    def test_the_fallback_queue_of_a_workstream_is_not_retired(self, client: Client) -> None:
        queue, free = make_queue("Support"), make_queue("Sales")
        workstream = make_workstream("Help", queue=queue)
        response = act(client, Queue, "retire", queue, free)
        assert sentences(response) == [
            "“Support” cannot be retired: it is the fallback queue of Help. Choose another fallback queue there first.",
            "1 was retired.",
        ]
        assert list(Queue.objects.filter(retired_at=None)) == [queue]
        act(client, Workstream, "retire", workstream)
        act(client, Queue, "retire", queue)
        assert not Queue.objects.filter(retired_at=None).exists()

    def test_nothing_is_deleted_by_the_dozen(self, client: Client) -> None:
        act(client, Queue, "delete_selected", make_queue())
        assert Queue.objects.exists()


def test_a_queue_is_made_with_its_hours_and_listed_with_its_state(client: Client) -> None:
    never = make_hours("Never")
    fill(client, page(Queue), name="Support", operating_hours=never.pk, priority="10")
    queue = Queue.objects.get()
    assert (queue.operating_hours, queue.priority, queue.assignment_method) == (never, 10, "highest_capacity")
    shown = client.get(page(Queue, verb="changelist")).content.decode()
    assert "In service" in shown
    assert "Closed now; never opens" in shown


class TestWaiting:
    def test_reminder_and_parking_are_off_until_they_are_set(self, client: Client) -> None:
        workstream = make_workstream()
        assert (workstream.reminder_minutes, workstream.auto_park_hours) == (None, None)
        fill(client, page(Workstream, workstream), reminder_minutes="60", auto_park_hours="4")
        workstream.refresh_from_db()
        assert (workstream.reminder_minutes, workstream.auto_park_hours) == (60, 4)

    @pytest.mark.parametrize("minutes", ["60", "61"])
    def test_a_reminder_that_is_not_shorter_than_auto_close_is_refused(
        self, client: Client, minutes: str
    ) -> None:
        changes = {"reminder_minutes": minutes, "auto_close_minutes": "60"}
        assert errors(fill(client, page(Workstream, make_workstream()), **changes)) == {
            "reminder_minutes": [
                "The reminder must come after the last message and before the close: write less than 60 minutes, "
                "or lengthen the auto-close."
            ]
        }

    @pytest.mark.parametrize("name", ["reminder_minutes", "auto_park_hours"])
    def test_a_new_live_one_has_neither(self, client: Client, name: str) -> None:
        told = errors(add(client, **{name: "4"}))
        assert told == {
            name: [
                "Live conversations never wait. Leave this empty, or make a persistent workstream: “Make chats "
                "persistent”."
            ]
        }

    def test_a_live_one_is_not_asked(self, client: Client) -> None:
        shown = client.get(page(Workstream, make_workstream(mode="live"))).content.decode()
        assert "reminder_minutes" not in shown
        assert "auto_park_hours" not in shown
