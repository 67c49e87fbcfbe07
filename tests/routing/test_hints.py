"""Hints: the first at once, of those that come too soon the latest."""

from __future__ import annotations

from chat.realtime.hub import Delivery
from routing.desk.hints import Hints
from tests.waiting import wait_until


def hint(number: int) -> Delivery:
    return Delivery("supervisors", {"type": "conversation.changed", "number": number})


def numbers(sent: list[list[Delivery]]) -> list[list[int]]:
    return [[delivery.frame["number"] for delivery in together] for together in sent]


def test_the_first_of_each_key_goes_at_once_and_together() -> None:
    sent: list[list[Delivery]] = []
    Hints(send=sent.append).give([("one", hint(1)), ("two", hint(2))])
    assert numbers(sent) == [[1, 2]]


def test_of_those_that_come_too_soon_the_latest_follows() -> None:
    sent: list[list[Delivery]] = []
    hints = Hints(send=sent.append, every_s=0.2)
    for number in range(5):
        hints.give([("one", hint(number))])
    assert numbers(sent) == [[0]]
    wait_until(lambda: len(sent) == 2, what="the latest hint")
    assert numbers(sent) == [[0], [4]]


def test_trouble_with_sending_keeps_none_of_the_later_ones() -> None:
    sent: list[list[Delivery]] = []

    def send(due: list[Delivery]) -> None:
        sent.append(due)
        if len(sent) == 2:
            raise RuntimeError

    hints = Hints(send=send, every_s=0.1)
    hints.give([("one", hint(0))])
    hints.give([("one", hint(1))])
    wait_until(lambda: len(sent) == 2, what="the one that fails")
    hints.give([("one", hint(2))])
    wait_until(lambda: len(sent) == 3, what="the one after it")
    assert numbers(sent) == [[0], [1], [2]]
