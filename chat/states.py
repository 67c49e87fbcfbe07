"""The life of a conversation as data: which verb leads from which state to which, for whom, in which mode.

The table is section 3 of the specification. Models look their moves up here; nothing else decides.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from chat.errors import Refusal
from workstreams.modes import Mode


class State(enum.StrEnum):
    OPEN = "open"  # in a queue, nobody's
    ACTIVE = "active"  # an agent's
    WAITING = "waiting"  # parked with its agent; uses no capacity
    WRAP_UP = "wrap_up"  # ended; the agent is finishing notes
    CLOSED = "closed"


UNFINISHED = (State.OPEN, State.ACTIVE, State.WAITING)
ENDED = (State.WRAP_UP, State.CLOSED)
HELD = (State.ACTIVE, State.WAITING, State.WRAP_UP)  # with an agent, if it has one


class Verb(enum.StrEnum):
    START = "start"
    ASSIGN = "assign"
    PARK = "park"
    WAKE = "wake"
    REQUEUE = "requeue"
    END = "end"
    CLOSE = "close"
    RELEASE = "release"  # from its agent: it stays waiting, nobody's


class Actor(enum.StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


@dataclass(frozen=True)
class Rule:
    """One row of the table."""

    source: State | None
    verb: Verb
    target: State
    modes: frozenset[Mode]
    actors: frozenset[Actor]


class InvalidTransition(Refusal):
    code = "invalid_transition"
    status = 409
    message = _("The conversation has moved on; this is no longer possible.")


class CustomerMayNotEnd(Refusal):
    code = "customer_may_not_end"
    status = 403
    message = _("This conversation stays open for you. You can simply leave and come back.")


LIVE = frozenset({Mode.LIVE})
PERSISTENT = frozenset({Mode.PERSISTENT})
BOTH = LIVE | PERSISTENT
CUSTOMER, AGENT, SUPERVISOR, SYSTEM = Actor.CUSTOMER, Actor.AGENT, Actor.SUPERVISOR, Actor.SYSTEM


def _rule(source: State | None, verb: Verb, target: State, modes: frozenset[Mode], *actors: Actor) -> Rule:
    return Rule(source=source, verb=verb, target=target, modes=modes, actors=frozenset(actors))


TABLE: tuple[Rule, ...] = (
    _rule(None, Verb.START, State.OPEN, BOTH, CUSTOMER),
    _rule(State.OPEN, Verb.ASSIGN, State.ACTIVE, BOTH, AGENT, SUPERVISOR, SYSTEM),
    _rule(State.OPEN, Verb.REQUEUE, State.OPEN, BOTH, SUPERVISOR, SYSTEM),
    _rule(State.OPEN, Verb.CLOSE, State.CLOSED, LIVE, CUSTOMER),
    _rule(State.OPEN, Verb.CLOSE, State.CLOSED, BOTH, SYSTEM, SUPERVISOR),
    _rule(State.ACTIVE, Verb.END, State.WRAP_UP, BOTH, AGENT),
    _rule(State.ACTIVE, Verb.END, State.WRAP_UP, LIVE, CUSTOMER, SYSTEM),
    _rule(State.ACTIVE, Verb.PARK, State.WAITING, PERSISTENT, AGENT, SYSTEM),
    _rule(State.ACTIVE, Verb.REQUEUE, State.OPEN, BOTH, AGENT, SUPERVISOR, SYSTEM),
    _rule(State.ACTIVE, Verb.ASSIGN, State.ACTIVE, BOTH, AGENT, SUPERVISOR),
    _rule(State.ACTIVE, Verb.CLOSE, State.CLOSED, BOTH, SUPERVISOR),
    _rule(State.WAITING, Verb.WAKE, State.OPEN, PERSISTENT, CUSTOMER),
    _rule(State.WAITING, Verb.ASSIGN, State.ACTIVE, PERSISTENT, AGENT, SUPERVISOR),
    _rule(State.WAITING, Verb.REQUEUE, State.OPEN, PERSISTENT, SUPERVISOR),
    _rule(State.WAITING, Verb.RELEASE, State.WAITING, PERSISTENT, SUPERVISOR),
    _rule(State.WAITING, Verb.END, State.WRAP_UP, PERSISTENT, AGENT),
    _rule(State.WAITING, Verb.CLOSE, State.CLOSED, PERSISTENT, SYSTEM, SUPERVISOR),
    _rule(State.WRAP_UP, Verb.CLOSE, State.CLOSED, BOTH, AGENT, SUPERVISOR, SYSTEM),
)


def target_of(*, state: State | None, verb: Verb, mode: Mode, actor: Actor) -> State:
    """The state that ``verb`` leads to.

    Raises CustomerMayNotEnd when a persistent customer tries to end, InvalidTransition for every other pair
    that the table does not hold.
    """
    for rule in TABLE:
        if rule.source == state and rule.verb == verb and mode in rule.modes and actor in rule.actors:
            return rule.target
    if actor is Actor.CUSTOMER and verb in (Verb.END, Verb.CLOSE) and mode is Mode.PERSISTENT:
        raise CustomerMayNotEnd
    raise InvalidTransition
