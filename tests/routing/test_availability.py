"""What a widget is told before a conversation begins: about the queue that a visitor like any other would get."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests import make
from workstreams.models import Queue, Widget
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)


def told(widget: Widget) -> dict[str, Any]:
    answer: dict[str, Any] = Client().get(f"/api/v1/widgets/{widget.public_id}/availability").json()
    return answer


def live_widget(*, fallback: Queue, **fields: Any) -> Widget:
    return make.widget(workstream=make.workstream(mode=Mode.LIVE, queue=fallback), **fields)


def test_without_rules_the_fallback_queue_counts() -> None:
    queue = make.queue()
    widget = live_widget(fallback=queue)
    assert told(widget) == {
        "open": True,
        "opens_at": None,
        "agents_available": False,
        "position": 1,
        "wait_s": None,
        "reply_s": None,
    }
    make.connected(make.agent(queues=[queue]))
    assert told(widget)["agents_available"]


def test_a_closed_queue_is_told_of() -> None:
    widget = live_widget(fallback=make.queue(operating_hours=make.hours()))
    assert (told(widget)["open"], told(widget)["agents_available"]) == (False, False)


def test_a_rule_that_takes_strangers_decides() -> None:
    sales = make.queue()
    widget = live_widget(fallback=make.queue(operating_hours=make.hours()))
    make.rule(widget.workstream, ("authenticated", "", "is", "no"), queues=[sales])
    make.connected(make.agent(queues=[sales]))
    make.conversation(make.session(None, widget=widget))
    shown = told(widget)
    assert (shown["open"], shown["agents_available"], shown["position"]) == (True, True, 2)


@pytest.mark.parametrize(("locale", "is_open"), [("de", True), ("en", False)])
def test_a_strangers_language_is_the_widgets(locale: str, is_open: bool) -> None:
    widget = live_widget(fallback=make.queue(operating_hours=make.hours()), locale=locale)
    make.rule(widget.workstream, ("language", "", "is", "de"), queues=[make.queue()])
    assert told(widget)["open"] is is_open


def test_a_rule_that_asks_for_more_does_not() -> None:
    widget = live_widget(fallback=make.queue(operating_hours=make.hours()))
    make.variable(widget.workstream, "tier")
    make.rule(widget.workstream, ("context", "tier", "is", "gold"), queues=[make.queue()])
    assert not told(widget)["open"]
