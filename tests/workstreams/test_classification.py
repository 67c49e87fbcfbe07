"""Classification is pure: each operator, each subject, the order of rules and the choice of queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstreams.classification import (
    Condition,
    Destination,
    Facts,
    Operator,
    Rule,
    Subject,
    VariableKind,
    classify,
    holds,
)
from workstreams.hours import Calendar, Interval

MONDAY_NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NEVER_OPEN = Calendar(zone="UTC")


def opens(weekday: int, hour: int) -> Calendar:
    return Calendar(zone="UTC", intervals=(Interval(weekday=weekday, start=time(hour), end=time(hour, 30)),))


def tier(operator: Operator, value: str = "", **fields: Any) -> Condition:
    return Condition(subject=Subject.CONTEXT, name="tier", operator=operator, value=value, **fields)


def orders(operator: Operator, value: str = "") -> Condition:
    return Condition(
        subject=Subject.CONTEXT, name="orders", operator=operator, value=value, kind=VariableKind.NUMBER
    )


def about(**facts: Any) -> Facts:
    return Facts(context=facts)


@pytest.mark.parametrize(
    ("operator", "value", "given", "expected"),
    [
        (Operator.IS, "gold", "gold", True),
        (Operator.IS, " Gold ", "GOLD ", True),
        (Operator.IS, "straße", "STRASSE", True),
        (Operator.IS, "gold", "golden", False),
        (Operator.IS, "gold", None, False),
        (Operator.IS, "5", 5, True),
        (Operator.IS, "yes", True, True),
        (Operator.IS, "no", False, True),
        (Operator.IS, "true", True, False),
        (Operator.IS_NOT, "gold", "silver", True),
        (Operator.IS_NOT, "gold", " GOLD", False),
        (Operator.IS_NOT, "gold", None, True),
        (Operator.ONE_OF, "gold, silver", "Silver", True),
        (Operator.ONE_OF, "gold, silver", "bronze", False),
        (Operator.ONE_OF, "gold, , silver", "", False),
        (Operator.CONTAINS, "gold", "Marigolds", True),
        (Operator.CONTAINS, "gold", "silver", False),
        (Operator.CONTAINS, "gold", None, False),
        (Operator.GIVEN, "", "gold", True),
        (Operator.GIVEN, "", "  ", False),
        (Operator.GIVEN, "", False, True),
        (Operator.GIVEN, "", 0, True),
        (Operator.GIVEN, "", None, False),
        (Operator.NOT_GIVEN, "", None, True),
        (Operator.NOT_GIVEN, "", " ", True),
        (Operator.NOT_GIVEN, "", "gold", False),
        # Numbers are compared as numbers where the variable is one, which this is not.
        (Operator.AT_LEAST, "5", "6", False),
        (Operator.AT_MOST, "5", "4", False),
    ],
)
def test_texts(operator: Operator, value: str, given: Any, expected: bool) -> None:
    facts = about() if given is None else about(tier=given)
    assert holds(condition=tier(operator, value), facts=facts) is expected


@pytest.mark.parametrize(
    ("operator", "value", "given", "expected"),
    [
        (Operator.IS, "5", 5, True),
        (Operator.IS, "5", 5.0, True),
        (Operator.IS, "5.0", " 5 ", True),
        (Operator.IS, "0.1", 0.1, True),
        (Operator.IS, "9007199254740993", 9007199254740993, True),
        (Operator.IS, "9007199254740993", "9007199254740992", False),
        (Operator.IS, "1", True, False),
        (Operator.IS, "5", "five", False),
        (Operator.IS_NOT, "5", 6, True),
        (Operator.IS_NOT, "5", "five", True),
        (Operator.ONE_OF, "4, 5.0", 5, True),
        (Operator.ONE_OF, "4, 6", 5, False),
        (Operator.AT_LEAST, "5", 5, True),
        (Operator.AT_LEAST, "5", "10", True),
        (Operator.AT_LEAST, "5", 4.99, False),
        (Operator.AT_LEAST, "-5", -4, True),
        (Operator.AT_LEAST, "5", None, False),
        (Operator.AT_LEAST, "5", "Infinity", False),
        (Operator.AT_LEAST, "5", 1e20, True),
        (Operator.AT_MOST, "5", 5, True),
        (Operator.AT_MOST, "5", "-10", True),
        (Operator.AT_MOST, "5", 5.01, False),
        (Operator.AT_MOST, "5", None, False),
        (Operator.AT_MOST, "5", "1_0", False),
        (Operator.CONTAINS, "5", 5, False),
        (Operator.GIVEN, "", "12", True),
        (Operator.GIVEN, "", "a dozen", False),
        (Operator.NOT_GIVEN, "", "a dozen", True),
        (Operator.NOT_GIVEN, "", 0, False),
    ],
)
def test_numbers(operator: Operator, value: str, given: Any, expected: bool) -> None:
    facts = about() if given is None else about(orders=given)
    assert holds(condition=orders(operator, value), facts=facts) is expected


def test_names_are_exact() -> None:
    assert not holds(condition=tier(Operator.IS, "gold"), facts=about(Tier="gold"))


@pytest.mark.parametrize("operator", Operator)
def test_what_the_workstream_does_not_define_decides_nothing(operator: Operator) -> None:
    condition = tier(operator, "gold", kind=None)
    assert not holds(condition=condition, facts=about(tier="gold"))
    assert not holds(condition=condition, facts=about())


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        ("de", "de", True),
        ("de", "de-AT", True),
        ("DE", "de_at", True),
        ("de-AT", "de-at", True),
        ("de-AT", "de", False),
        ("de", "den", False),
        ("de", "", False),
    ],
)
def test_a_language_covers_its_regions(value: str, language: str, expected: bool) -> None:
    condition = Condition(subject=Subject.LANGUAGE, value=value)
    assert holds(condition=condition, facts=Facts(language=language)) is expected
    opposite = Condition(subject=Subject.LANGUAGE, operator=Operator.IS_NOT, value=value)
    assert holds(condition=opposite, facts=Facts(language=language)) is not expected


def test_one_of_several_languages() -> None:
    condition = Condition(subject=Subject.LANGUAGE, operator=Operator.ONE_OF, value="fr, de")
    assert holds(condition=condition, facts=Facts(language="de-AT"))
    assert not holds(condition=condition, facts=Facts(language="en"))


@pytest.mark.parametrize("is_authenticated", [True, False])
def test_signed_in_or_not(is_authenticated: bool) -> None:
    facts = Facts(is_authenticated=is_authenticated)
    assert (
        holds(condition=Condition(subject=Subject.AUTHENTICATED, value="Yes"), facts=facts)
        is is_authenticated
    )
    assert (
        holds(condition=Condition(subject=Subject.AUTHENTICATED, value="no"), facts=facts)
        is not is_authenticated
    )


def test_an_answer_is_told_from_a_variable_of_the_same_name() -> None:
    condition = Condition(subject=Subject.PRECHAT, name="tier", operator=Operator.CONTAINS, value="gold")
    assert holds(condition=condition, facts=Facts(prechat={"tier": "Gold, I think"}))
    assert not holds(condition=condition, facts=about(tier="gold"))


def test_consent_reads_as_yes_or_no() -> None:
    condition = Condition(subject=Subject.PRECHAT, name="consent", value="yes")
    assert holds(condition=condition, facts=Facts(prechat={"consent": True}))
    assert not holds(condition=condition, facts=Facts(prechat={"consent": False}))


# -- rules


def decide(*rules: Rule, facts: Facts | None = None, now: datetime = MONDAY_NOON) -> tuple[int | None, str]:
    decision = classify(rules=rules, facts=facts or about(tier="gold"), now=now)
    return decision.queue, decision.reason


GOLD = Rule(name="Gold", conditions=(tier(Operator.IS, "gold"),), queues=(Destination(queue=1),))
REST = Rule(name="Rest", queues=(Destination(queue=2),))


def test_the_first_match_wins() -> None:
    assert decide(GOLD, REST) == (1, "rule “Gold”")
    assert decide(REST, GOLD) == (2, "rule “Rest”")
    assert decide(GOLD, REST, facts=about(tier="silver")) == (2, "rule “Rest”")


def test_all_conditions_must_hold() -> None:
    both = Rule(name="Both", conditions=(*GOLD.conditions, orders(Operator.AT_LEAST, "5")))
    assert classify(rules=[both], facts=about(tier="gold", orders=4), now=MONDAY_NOON).rule is None
    assert classify(rules=[both], facts=about(tier="gold", orders=5), now=MONDAY_NOON).rule is both


def test_without_a_match_the_fallback_queue_takes_it() -> None:
    assert decide(GOLD, facts=about()) == (None, "no rule matched: fallback queue")
    assert decide() == (None, "no rule matched: fallback queue")


def test_a_rule_without_queues_keeps_the_fallback_queue() -> None:
    assert decide(Rule(name="Urgent", priority=10)) == (None, "rule “Urgent”: fallback queue")


def test_the_reason_fits_its_column() -> None:
    assert len(decide(Rule(name="x" * 100))[1]) <= 200


@pytest.mark.parametrize(
    ("calendars", "expected"),
    [
        ((None, None), 0),
        ((opens(0, 12), None), 0),
        ((opens(1, 9), None), 1),
        ((opens(1, 9), opens(0, 12)), 1),
        ((opens(3, 9), opens(1, 9), opens(2, 9)), 1),
        ((opens(1, 9), opens(1, 9)), 0),
        ((NEVER_OPEN, opens(6, 9)), 1),
        ((NEVER_OPEN, NEVER_OPEN), 0),
    ],
    ids=[
        "both open",
        "first opens this minute",
        "second open",
        "second opens this minute",
        "second opens first",
        "both open at once",
        "one never opens",
        "none ever opens",
    ],
)
def test_the_first_queue_in_its_hours_else_the_one_that_opens_first(
    calendars: tuple[Calendar | None, ...], expected: int
) -> None:
    queues = tuple(Destination(queue=number, calendar=each) for number, each in enumerate(calendars))
    assert decide(Rule(name="All", queues=queues))[0] == expected


def test_retired_queues_are_passed_over() -> None:
    retired, closed = Destination(queue=1, is_retired=True), Destination(queue=2, calendar=opens(4, 9))
    assert decide(Rule(name="All", queues=(retired, closed)))[0] == 2
    assert decide(Rule(name="All", queues=(retired,))) == (None, "rule “All”: fallback queue")


# -- properties

primitives = st.one_of(st.booleans(), st.integers(-3, 3), st.sampled_from(["gold", " GOLD", "", "2", "-1.5"]))
conditions = st.builds(
    Condition,
    subject=st.sampled_from(Subject),
    operator=st.sampled_from(Operator),
    name=st.sampled_from(["a", "b"]),
    value=st.sampled_from(["gold", "yes", "no", "2", "-1.5, gold", "de", "de-AT", ""]),
    kind=st.sampled_from([*VariableKind, None]),
)
facts = st.builds(
    Facts,
    context=st.dictionaries(st.sampled_from(["a", "b"]), primitives),
    prechat=st.dictionaries(
        st.sampled_from(["a", "b"]), st.one_of(st.booleans(), st.sampled_from(["gold", ""]))
    ),
    is_authenticated=st.booleans(),
    language=st.sampled_from(["", "de", "de-AT", "en"]),
)
OPPOSITES = {Operator.IS: Operator.IS_NOT, Operator.GIVEN: Operator.NOT_GIVEN}


@given(conditions, facts)
def test_opposites_are_opposites_whatever_is_known(condition: Condition, known: Facts) -> None:
    for one, other in OPPOSITES.items():
        asked = [replace(condition, operator=operator) for operator in (one, other)]
        told = [holds(condition=each, facts=known) for each in asked]
        assert sum(told) == (0 if condition.kind is None else 1)


@given(
    st.lists(st.builds(Rule, name=st.text(), conditions=st.lists(conditions, max_size=2).map(tuple))), facts
)
def test_the_deciding_rule_is_the_first_whose_conditions_all_hold(rules: list[Rule], known: Facts) -> None:
    fits = [all(holds(condition=each, facts=known) for each in rule.conditions) for rule in rules]
    decision = classify(rules=rules, facts=known, now=MONDAY_NOON)
    assert decision.rule is (rules[fits.index(True)] if any(fits) else None)
