"""The transition table, for every state, verb, mode and actor."""

from itertools import product

import pytest

from chat.states import TABLE, Actor, CustomerMayNotEnd, InvalidTransition, State, Verb, target_of
from workstreams.modes import Mode

# The specification's table, written out once more by hand: (from, verb) -> (to, who in live, who in persistent).
# c customer, a agent, s supervisor, t time and the system.
SPECIFIED = {
    (None, "start"): ("open", "c", "c"),
    ("open", "assign"): ("active", "ast", "ast"),
    ("open", "requeue"): ("open", "st", "st"),
    ("open", "close"): ("closed", "cst", "st"),
    ("active", "end"): ("wrap_up", "act", "a"),
    ("active", "park"): ("waiting", "", "at"),
    ("active", "requeue"): ("open", "ast", "ast"),
    ("active", "assign"): ("active", "as", "as"),
    ("active", "close"): ("closed", "s", "s"),
    ("waiting", "wake"): ("open", "", "c"),
    ("waiting", "assign"): ("active", "", "as"),
    ("waiting", "requeue"): ("open", "", "s"),
    ("waiting", "release"): ("waiting", "", "s"),
    ("waiting", "end"): ("wrap_up", "", "a"),
    ("waiting", "close"): ("closed", "", "st"),
    ("wrap_up", "close"): ("closed", "ast", "ast"),
}
LETTERS = {Actor.CUSTOMER: "c", Actor.AGENT: "a", Actor.SUPERVISOR: "s", Actor.SYSTEM: "t"}


@pytest.mark.parametrize(
    ("state", "verb", "mode", "actor"),
    list(product([None, *State], Verb, Mode, Actor)),
    ids=str,
)
def test_a_verb_leads_where_the_specification_says_or_is_refused(
    state: State | None, verb: Verb, mode: Mode, actor: Actor
) -> None:
    target, live, persistent = SPECIFIED.get((state, verb), ("", "", ""))
    allowed = LETTERS[actor] in (live if mode is Mode.LIVE else persistent)
    if allowed:
        assert target_of(state=state, verb=verb, mode=mode, actor=actor) == target
        return
    with pytest.raises((InvalidTransition, CustomerMayNotEnd)):
        target_of(state=state, verb=verb, mode=mode, actor=actor)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", [Verb.END, Verb.CLOSE])
def test_a_persistent_customer_is_told_that_only_agents_end(state: State, verb: Verb) -> None:
    with pytest.raises(CustomerMayNotEnd):
        target_of(state=state, verb=verb, mode=Mode.PERSISTENT, actor=Actor.CUSTOMER)


def test_no_row_stands_twice() -> None:
    keys = [
        (rule.source, rule.verb, mode, actor)
        for rule in TABLE
        for mode in rule.modes
        for actor in rule.actors
    ]
    assert len(keys) == len(set(keys))
