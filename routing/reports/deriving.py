"""What a conversation's transitions, messages and survey say about it: the figures of its facts.

- **began in hours**: the queue in which it began was open at that moment.
- **wait**: from the start until an agent first had it. **response**: from the start until the first public message of a
  person. **elapsed**: from the start until the end. Each runs on by night; ``_open`` counts the same in the opening time
  of the queue where it began.
- **queued, active, waiting**: how long it was in these states until its end; so they add up to the elapsed time.
- **agent, queue**: who has it, or had it last; where it is, or was last.
- **transfers**: it passed from its agent to another one, or people moved it to another queue. What overflow moves, or is
  given to another agent after its own was gone, is none.
- **back**: when its customer began the next conversation after this one's end, in any widget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from chat.states import ENDED, Actor, State, Verb
from routing.reports.durations import class_of

PEOPLE = (Actor.AGENT, Actor.SUPERVISOR)
# The durations of which medians are asked.
CLASSED = ("wait", "response", "response_open", "elapsed", "elapsed_open", "active")

# Seconds of opening time between two moments.
type OpeningTime = Callable[[datetime, datetime], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A transition: where it led, and who had it after."""

    turn: int
    verb: str
    source: str
    target: str
    actor: str
    agent_id: int | None
    queue_id: int
    at: datetime


def derive(
    steps: Sequence[Step], *, answered_at: datetime | None, opening_time: OpeningTime
) -> dict[str, Any]:
    """``steps``: all of one conversation, in order, from its start."""
    began, last = steps[0].at, steps[-1]
    given_at = next((step.at for step in steps if step.verb == Verb.ASSIGN), None)
    ended_at = next((step.at for step in steps if step.target in ENDED), None)
    agents = [step.agent_id for step in steps if step.agent_id is not None]
    spent = _spent(steps)
    derived: dict[str, Any] = {
        "turn": last.turn,
        "state": last.target,
        "queue_id": last.queue_id,
        "agent_id": agents[-1] if agents else None,
        "started_at": began,
        "answered_at": answered_at,
        "ended_at": ended_at,
        "wait_s": _seconds(began, given_at),
        "response_s": _seconds(began, answered_at),
        "response_open_s": answered_at and opening_time(began, answered_at),
        "elapsed_s": _seconds(began, ended_at),
        "elapsed_open_s": ended_at and opening_time(began, ended_at),
        "queued_s": spent[State.OPEN],
        "active_s": spent[State.ACTIVE],
        "waiting_s": spent[State.WAITING],
        "transfers": sum(_is_transfer(*both) for both in pairwise(steps)),
    }
    return derived | {f"{name}_class": class_of(derived[f"{name}_s"]) for name in CLASSED}


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else max((end - start).total_seconds(), 0.0)


def _spent(steps: Sequence[Step]) -> dict[State, float]:
    """Seconds in each state that it has left."""
    spent = dict.fromkeys(State, 0.0)
    for step, after in pairwise(steps):
        spent[State(step.target)] += (after.at - step.at).total_seconds()
    return spent


def _is_transfer(before: Step, step: Step) -> bool:
    if step.verb == Verb.ASSIGN:
        return before.agent_id is not None and before.agent_id != step.agent_id
    by_people = step.verb == Verb.REQUEUE and step.actor in PEOPLE
    return by_people and before.queue_id != step.queue_id
