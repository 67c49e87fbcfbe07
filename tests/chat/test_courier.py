"""The courier hands over what has happened, many events at once after a burst."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

import pytest

from chat import courier, events
from chat.courier import Runner


def event(number: int) -> events.SessionRevoked:
    return events.SessionRevoked(session_id=number)


def test_a_burst_is_handed_over_in_order_and_together() -> None:
    items: queue.Queue[int] = queue.Queue()
    taken: list[list[int]] = []
    for number in range(7):
        items.put(number)
    runner = Runner(name="test", items=items, handle=taken.append, at_once=5)
    runner.ensure_running()
    assert runner.flush(timeout_s=10)
    assert taken == [[0, 1, 2, 3, 4], [5, 6]]


def test_nothing_waits_for_more_to_come() -> None:
    items: queue.Queue[int] = queue.Queue()
    is_taken = threading.Event()
    runner = Runner(name="test", items=items, handle=lambda _: is_taken.set(), at_once=5)
    runner.ensure_running()
    items.put(1)
    assert is_taken.wait(10)


def test_trouble_with_one_event_is_not_that_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    bystander: list[int] = []

    def choosy(happened: Sequence[events.Event]) -> None:
        numbers = [each.session_id for each in happened if isinstance(each, events.SessionRevoked)]
        if 2 in numbers:
            raise RuntimeError
        heard.extend(numbers)

    def all_ears(happened: Sequence[events.Event]) -> None:
        bystander.extend(each.session_id for each in happened if isinstance(each, events.SessionRevoked))

    monkeypatch.setattr(events, "_subscribers", [choosy, all_ears])
    courier._tell_subscribers([event(1), event(2), event(3)])
    assert heard == [1, 3]
    assert bystander == [1, 2, 3]


def test_who_may_wait_keeps_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on, heard = threading.Event(), threading.Event()
    waited: list[events.Event] = []

    def patient(happened: Sequence[events.Event]) -> None:
        may_go_on.wait(10)
        waited.extend(happened)

    monkeypatch.setattr(courier, "_apart", [])
    subscribers = [courier.apart(patient, name="patient"), lambda happened: heard.set()]
    monkeypatch.setattr(events, "_subscribers", subscribers)
    events._enqueue(told := event(1))  # as after a commit
    assert heard.wait(10)
    assert not waited
    assert not courier.flush(timeout_s=0.1)
    may_go_on.set()
    assert courier.flush()
    assert waited == [told]
