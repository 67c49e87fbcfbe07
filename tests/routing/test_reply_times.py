"""How soon a queue answers: what is measured, and who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from chat.actions import end_conversation
from routing import reply_times
from routing.models import ReplyTime
from routing.tasks import measure_replies
from tests import make, people
from tests.people import Shop
from workstreams.models import Widget
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = datetime(2026, 11, 2, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_times, "FEWEST", 3)


def answered_after(shop: Shop, *minutes: int, at: datetime = MONDAY) -> None:
    for each in minutes:
        conversation = make.given(make.conversation(widget=shop.widget, now=at), shop.alice, now=at)
        make.answered(conversation, shop.alice, "Note", now=at, internal=True)
        make.answered(conversation, shop.alice, now=at + timedelta(minutes=each))
        make.answered(conversation, shop.alice, now=at + timedelta(minutes=each + 500))


def measured(*, at: datetime = MONDAY + timedelta(days=1)) -> int | None:
    measure_replies(now=at.isoformat())
    return ReplyTime.objects.values_list("seconds", flat=True).first()


def told(widget: Widget) -> Any:
    return Client().get(f"/api/v1/widgets/{widget.public_id}/availability").json()["reply_s"]


def test_it_is_the_median_of_first_public_replies() -> None:
    shop = people.shop()
    answered_after(shop, 1, 20, 300)
    assert measured() == 20 * 60


def test_only_opening_time_counts() -> None:
    office = make.hours(*((day, "09:00", "17:00") for day in range(5)))
    shop = people.shop(queue=make.queue("Support", operating_hours=office))
    evening = MONDAY.replace(hour=16, minute=50)
    answered_after(shop, 16 * 60 + 20, 16 * 60 + 20, 16 * 60 + 20, at=evening)
    assert measured(at=MONDAY + timedelta(days=2)) == 20 * 60


def test_too_few_replies_say_nothing_and_take_back_what_was_said() -> None:
    shop = people.shop()
    answered_after(shop, 1, 20, 300)
    assert measured() == 20 * 60
    assert measured(at=MONDAY + timedelta(days=29)) is None


def test_a_queue_that_stops_answering_does_not_go_on_promising() -> None:
    shop = people.shop()
    answered_after(shop, 10, 10, 10)
    for _ in range(4):
        make.conversation(widget=shop.widget, now=MONDAY)
    assert measured(at=MONDAY + timedelta(minutes=5)) == 10 * 60
    assert measured(at=MONDAY + timedelta(hours=3)) == 3 * 3600


def test_who_was_never_answered_and_has_ended_waits_no_more() -> None:
    shop = people.shop()
    answered_after(shop, 10, 10, 10)
    for _ in range(4):
        given = make.given(make.conversation(widget=shop.widget, now=MONDAY), shop.alice, now=MONDAY)
        end_conversation(user=shop.alice.user, conversation_id=given.pk, seen_seq=None, now=MONDAY)
    assert measured(at=MONDAY + timedelta(hours=3)) == 10 * 60


def test_live_chats_do_not_count() -> None:
    shop = people.shop(mode=Mode.LIVE)
    answered_after(shop, 10, 10, 10)
    assert measured() is None


def test_a_widget_says_so_only_when_it_is_to() -> None:
    shop = people.shop()
    answered_after(shop, 1, 20, 300)
    measured()
    assert told(shop.widget) is None
    Widget.objects.update(show_reply_time=True)
    assert told(shop.widget) == 20 * 60


def test_a_live_widget_never_does() -> None:
    shop = people.shop(mode=Mode.LIVE)
    Widget.objects.update(show_reply_time=True)
    ReplyTime.objects.record(queue=shop.queue, seconds=60, replies=10, now=MONDAY)
    assert told(shop.widget) is None
