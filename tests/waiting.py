"""Waiting for something to become true: the only sleep in the tests."""

import time
from collections.abc import Callable


def wait_until[T](
    condition: Callable[[], T],
    *,
    seconds: float = 20.0,
    what: str | Callable[[], str] = "it",
    every: float = 0.05,
) -> T:
    """What `condition` answers as soon as that is true; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:g} s for {what() if callable(what) else what}.")
        time.sleep(every)
    return answer
