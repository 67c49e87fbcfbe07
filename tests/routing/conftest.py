"""Routing can be tested one step at a time: with `settle` the courier stays out, and the test says when events
are reacted to."""

import queue
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from chat.events import Event


@pytest.fixture
def settle(happened: "queue.Queue[Event]") -> "Callable[[datetime], list[Event]]":
    """`settle(now)`: let routing react to everything, and to what that leads to. Returns the events."""
    from routing import receivers

    def react_to_all(now: datetime) -> "list[Event]":
        seen = []
        while not happened.empty():
            seen.append(happened.get())
            receivers.react(seen[-1], now=now)
        return seen

    return react_to_all
