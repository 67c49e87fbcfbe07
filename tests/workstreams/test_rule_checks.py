"""What the administrator is told of rules. The properties compare with what the rules really do."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workstreams.classification import (
    Condition,
    Destination,
    Facts,
    Operator,
    Rule,
    Subject,
    VariableKind,
    holds,
    matches,
)
from workstreams.rule_checks import (
    Mistake,
    contradiction,
    contradiction_in_words,
    hidden_by,
    in_words,
    mistake_in,
    warnings_of,
)


def tier(operator: Operator, value: str = "", **fields: Any) -> Condition:
    return Condition(subject=Subject.CONTEXT, name="tier", operator=operator, value=value, **fields)


def orders(operator: Operator, value: str = "") -> Condition:
    return tier(operator, value, kind=VariableKind.NUMBER)


def language(operator: Operator, value: str = "") -> Condition:
    return Condition(subject=Subject.LANGUAGE, operator=operator, value=value)


def signed_in(value: str, operator: Operator = Operator.IS) -> Condition:
    return Condition(subject=Subject.AUTHENTICATED, operator=operator, value=value)


def answer(operator: Operator, value: str = "", name: str = "Topic") -> Condition:
    return Condition(subject=Subject.PRECHAT, name=name, operator=operator, value=value)


# -- one condition


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (tier(Operator.IS, "gold"), "tier is “gold”"),
        (tier(Operator.ONE_OF, "gold,silver"), "tier is one of “gold”, “silver”"),
        (tier(Operator.NOT_GIVEN), "tier is not given"),
        (signed_in("yes"), "signed in is “yes”"),
        (answer(Operator.CONTAINS, "price"), "answer to “Topic” contains “price”"),
    ],
)
def test_a_condition_reads_as_a_sentence(condition: Condition, words: str) -> None:
    assert in_words(condition) == words


@pytest.mark.parametrize(
    ("condition", "field", "words"),
    [
        (tier(Operator.IS, "gold", kind=None), "name", "exactly: orders, tier."),
        (answer(Operator.IS, "x", name=""), "name", "name of the pre-chat question"),
        (Condition(subject=Subject.LANGUAGE, name="tier", value="de"), "name", "Leave the name empty"),
        (tier(Operator.AT_LEAST, "5"), "operator", "compares numbers, and “tier” is text"),
        (answer(Operator.AT_MOST, "5"), "operator", "“is at most” cannot be asked of “answer to “Topic””"),
        (orders(Operator.CONTAINS, "5"), "operator", "“contains” cannot be asked of “tier”"),
        (signed_in("yes", Operator.CONTAINS), "operator", "Choose one of: is, is not."),
        (language(Operator.CONTAINS, "de"), "operator", "cannot be asked"),
        (tier(Operator.IS), "value", "Write the value"),
        (tier(Operator.ONE_OF, " , "), "value", "Write the value"),
        (tier(Operator.GIVEN, "gold"), "value", "Leave the value empty"),
        (orders(Operator.IS, "five"), "value", "“five” is not a number"),
        (orders(Operator.ONE_OF, "5, six"), "value", "“six” is not a number"),
        (orders(Operator.AT_LEAST, "1,5"), "value", "“1,5” is not a number"),
        (signed_in("true"), "value", "“true” is neither yes nor no"),
        (language(Operator.IS, "German"), "value", "“German” is not the code of a language"),
        (language(Operator.ONE_OF, "de, German"), "value", "“German” is not the code"),
    ],
)
def test_a_mistake_says_what_to_change(condition: Condition, field: str, words: str) -> None:
    mistake = mistake_in(condition=condition, variables=["tier", "orders"])
    assert isinstance(mistake, Mistake)
    assert mistake.field == field
    assert words in mistake.sentence


@pytest.mark.parametrize(
    "condition",
    [
        tier(Operator.IS, "gold"),
        tier(Operator.CONTAINS, "gold, or not"),
        tier(Operator.GIVEN),
        orders(Operator.AT_LEAST, "-1.5"),
        orders(Operator.ONE_OF, "1, 2"),
        signed_in("No"),
        signed_in("yes", Operator.IS_NOT),
        language(Operator.ONE_OF, "de, pt-BR"),
        answer(Operator.ONE_OF, "Price, Delivery"),
    ],
)
def test_what_makes_sense_is_no_mistake(condition: Condition) -> None:
    assert mistake_in(condition=condition, variables=["tier"]) is None


# -- conditions together


@pytest.mark.parametrize(
    "conditions",
    [
        [tier(Operator.IS, "gold"), tier(Operator.IS, "silver")],
        [tier(Operator.IS, "gold"), tier(Operator.IS_NOT, "GOLD")],
        [tier(Operator.IS, "gold"), tier(Operator.NOT_GIVEN)],
        [tier(Operator.IS, "gold"), tier(Operator.CONTAINS, "silver")],
        [tier(Operator.ONE_OF, "a, b"), tier(Operator.ONE_OF, "c, d")],
        [tier(Operator.GIVEN), tier(Operator.NOT_GIVEN)],
        [orders(Operator.AT_LEAST, "5"), orders(Operator.AT_MOST, "4.9")],
        [orders(Operator.AT_LEAST, "5"), orders(Operator.AT_MOST, "5"), orders(Operator.IS_NOT, "5.0")],
        [orders(Operator.AT_LEAST, "5"), orders(Operator.ONE_OF, "3, 4")],
        [language(Operator.IS, "de-AT"), language(Operator.IS_NOT, "de")],
        [language(Operator.IS, "de"), language(Operator.IS, "fr")],
        [signed_in("yes"), signed_in("no")],
        [signed_in("yes"), signed_in("yes", Operator.IS_NOT)],
    ],
    ids=lambda conditions: "; ".join(in_words(each) for each in conditions),
)
def test_what_nobody_can_meet_is_found(conditions: list[Condition]) -> None:
    harmless = [answer(Operator.IS, "Price")]
    found = contradiction(conditions=[*harmless, *conditions], always_signed_in=False)
    assert set(found) == set(conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [tier(Operator.IS_NOT, "gold"), tier(Operator.IS_NOT, "silver")],
        [tier(Operator.CONTAINS, "gold"), tier(Operator.CONTAINS, "silver"), tier(Operator.IS_NOT, "gold")],
        [tier(Operator.IS, "Gold card"), tier(Operator.CONTAINS, "gold")],
        [orders(Operator.AT_LEAST, "5"), orders(Operator.AT_MOST, "5")],
        [orders(Operator.AT_LEAST, "5"), orders(Operator.AT_MOST, "6"), orders(Operator.IS_NOT, "5")],
        [orders(Operator.IS_NOT, "5"), orders(Operator.NOT_GIVEN)],
        [language(Operator.IS, "de"), language(Operator.IS_NOT, "de-AT")],
        [signed_in("no")],
        [tier(Operator.IS, "gold"), answer(Operator.IS, "silver")],
    ],
    ids=lambda conditions: "; ".join(in_words(each) for each in conditions),
)
def test_what_somebody_can_meet_is_left_alone(conditions: list[Condition]) -> None:
    assert contradiction(conditions=conditions, always_signed_in=False) == ()


def test_the_sentence_names_the_few_that_contradict() -> None:
    conditions = [tier(Operator.IS_NOT, "x"), tier(Operator.IS, "gold"), tier(Operator.IS, "silver")]
    found = contradiction(conditions=conditions, always_signed_in=False)
    assert contradiction_in_words(found) == (
        "Nobody can meet these conditions together: tier is “gold”; tier is “silver”. Remove one, or make two rules."
    )


def test_a_persistent_workstream_knows_nobody_who_is_not_signed_in() -> None:
    found = contradiction(conditions=[signed_in("no")], always_signed_in=True)
    assert "Whoever writes to a persistent workstream is signed in" in contradiction_in_words(found)
    assert contradiction(conditions=[signed_in("yes")], always_signed_in=True) == ()


# -- rules together


def rule(*conditions: Condition, name: str = "Later", **fields: Any) -> Rule:
    return Rule(name=name, conditions=conditions, **fields)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([], [tier(Operator.IS, "gold")]),
        ([tier(Operator.IS, "gold")], [tier(Operator.IS, "GOLD"), signed_in("yes")]),
        ([tier(Operator.GIVEN)], [tier(Operator.IS, "gold")]),
        ([tier(Operator.CONTAINS, "gold")], [tier(Operator.CONTAINS, "gold card")]),
        ([tier(Operator.ONE_OF, "gold, silver")], [tier(Operator.IS, "silver")]),
        ([tier(Operator.IS_NOT, "gold")], [tier(Operator.NOT_GIVEN)]),
        ([orders(Operator.AT_LEAST, "5")], [orders(Operator.AT_LEAST, "6"), orders(Operator.AT_MOST, "9")]),
        ([language(Operator.IS, "de")], [language(Operator.IS, "de-AT")]),
    ],
    ids=str,
)
def test_a_rule_behind_a_broader_one_is_never_reached(
    earlier: list[Condition], later: list[Condition]
) -> None:
    broad = rule(*earlier, name="Broad")
    assert hidden_by(rule=rule(*later), earlier=[broad], always_signed_in=False) is broad


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ([tier(Operator.IS, "gold")], []),
        ([tier(Operator.IS, "gold"), signed_in("yes")], [tier(Operator.IS, "gold")]),
        ([tier(Operator.CONTAINS, "gold card")], [tier(Operator.CONTAINS, "gold")]),
        ([tier(Operator.IS, "gold")], [answer(Operator.IS, "gold")]),
        ([orders(Operator.AT_LEAST, "5")], [orders(Operator.AT_LEAST, "4.5")]),
        ([language(Operator.IS, "de-AT")], [language(Operator.IS, "de")]),
        ([signed_in("yes")], []),
    ],
    ids=str,
)
def test_a_rule_behind_a_narrower_one_is_reached(earlier: list[Condition], later: list[Condition]) -> None:
    assert hidden_by(rule=rule(*later), earlier=[rule(*earlier)], always_signed_in=False) is None


def test_on_a_persistent_workstream_signed_in_means_everybody() -> None:
    everybody = rule(signed_in("yes"), name="Everybody")
    assert hidden_by(rule=rule(), earlier=[everybody], always_signed_in=True) is everybody


def warned(judged: Rule, *earlier: Rule, matches_skills: bool = True) -> list[str]:
    return warnings_of(rule=judged, earlier=earlier, always_signed_in=False, matches_skills=matches_skills)


def test_warnings_say_what_to_change() -> None:
    retired = Destination(queue=1, is_retired=True)
    assert warned(rule(), rule(name="Everybody")) == [
        "“Later” is never reached: “Everybody”, which comes first, matches whatever it matches. "
        "Give it a smaller position, or change one of the two."
    ]
    assert warned(rule(queues=(retired,))) == [
        "All queues of “Later” are retired: the fallback queue takes its conversations. Choose another queue."
    ]
    assert warned(rule(queues=(retired, Destination(queue=2)))) == []
    assert (
        "skill matching of the workstream is “None”" in warned(rule(skills={1: 3}), matches_skills=False)[0]
    )
    assert warned(rule(skills={1: 3})) == []


def test_what_can_never_match_is_not_called_hidden() -> None:
    impossible = rule(tier(Operator.GIVEN), tier(Operator.NOT_GIVEN))
    assert ["Nobody can meet" in each for each in warned(impossible, rule(name="Everybody"))] == [True]


# -- properties: one text and one number variable, the language and the sign-in, over few values

KINDS = {"text": VariableKind.TEXT, "number": VariableKind.NUMBER}
TEXTS = ["a", "B", "ab", "yes", "a, ab"]
NUMBERS = ["0", "1", "1.5", "2", "0, 2"]
LANGUAGES = ["de", "de-AT", "de-AT-1996", "fr", "de-AT, fr"]


def conditions_on(name: str, values: list[str], operators: set[Operator], **fields: Any) -> Any:
    return st.builds(
        lambda operator, value: Condition(
            name=name, operator=operator, value="" if "given" in operator else value, **fields
        ),
        st.sampled_from(sorted(operators)),
        st.sampled_from(values),
    )


NUMBER_OPERATORS = set(Operator) - {Operator.CONTAINS}
TEXT_OPERATORS = set(Operator) - {Operator.AT_LEAST, Operator.AT_MOST}
conditions = st.one_of(
    conditions_on("text", TEXTS, TEXT_OPERATORS, subject=Subject.CONTEXT),
    conditions_on("number", NUMBERS, NUMBER_OPERATORS, subject=Subject.CONTEXT, kind=VariableKind.NUMBER),
    conditions_on("", LANGUAGES, TEXT_OPERATORS - {Operator.CONTAINS}, subject=Subject.LANGUAGE),
    conditions_on("", ["yes", "no"], {Operator.IS, Operator.IS_NOT}, subject=Subject.AUTHENTICATED),
)
several = st.lists(conditions, max_size=4).map(tuple)
# Somebody of each kind that these conditions can tell apart.
TEXTS_GIVEN = [None, "a", "b", "ab", "yes", "c", "a, ab", "ab yes", "bab", "a, ab, yes"]
NUMBERS_GIVEN = [None, -1, 0, 0.5, "1", 1.25, 1.5, 1.75, 2, 3]
LANGUAGES_GIVEN = ["", "de-AT, fr", "de", "de-AT", "de-AT-1996", "de-CH", "fr", "en"]
WORLD = [
    Facts(
        context={name: value for name, value in (("text", text), ("number", number)) if value is not None},
        language=language,
        is_authenticated=is_authenticated,
    )
    for text, number, language, is_authenticated in product(
        TEXTS_GIVEN, NUMBERS_GIVEN, LANGUAGES_GIVEN, (True, False)
    )
]
people = st.sampled_from(WORLD)


@settings(max_examples=500)
@given(several, people)
def test_whoever_matches_proves_that_a_rule_can_match(asked: tuple[Condition, ...], known: Facts) -> None:
    if all(holds(condition=each, facts=known) for each in asked):
        assert contradiction(conditions=asked, always_signed_in=known.is_authenticated) == ()


@settings(max_examples=500)
@given(several, several, people)
def test_what_is_called_hidden_is_never_reached(
    first: tuple[Condition, ...], second: tuple[Condition, ...], known: Facts
) -> None:
    earlier, later = Rule(name="Earlier", conditions=first), Rule(name="Later", conditions=second)
    if hidden_by(rule=later, earlier=[earlier], always_signed_in=known.is_authenticated):
        assert matches(rule=earlier, facts=known) or not matches(rule=later, facts=known)


@settings(max_examples=100, deadline=None)
@given(several, several)
def test_of_what_nobody_in_a_whole_world_shows_to_be_possible_all_is_found(
    first: tuple[Condition, ...], second: tuple[Condition, ...]
) -> None:
    earlier, later = Rule(name="Earlier", conditions=first), Rule(name="Later", conditions=second)
    matching = [each for each in WORLD if matches(rule=later, facts=each)]
    assert bool(contradiction(conditions=second, always_signed_in=False)) is not bool(matching)
    if matching:
        is_hidden = all(matches(rule=earlier, facts=each) for each in matching)
        assert bool(hidden_by(rule=later, earlier=[earlier], always_signed_in=False)) is is_hidden
