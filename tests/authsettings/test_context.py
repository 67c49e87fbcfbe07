import json

import pytest

from authsettings.context import ContextError, ContextValue, read_context


def test_primitives_keep_their_type() -> None:
    raw: dict[str, str | float] = {"plan": "gold", "orders": 7, "spent": 12.5, "is_member": True}
    assert read_context(raw=raw) == {name: ContextValue(value) for name, value in raw.items()}


def test_a_text_that_holds_the_object_is_the_same() -> None:
    raw = {"plan": {"value": "gold", "isDisplayable": False}}
    assert read_context(raw=json.dumps(raw)) == read_context(raw=raw)


def test_a_value_may_be_hidden_from_agents() -> None:
    raw = {"score": {"value": 3, "isDisplayable": False}, "plan": {"value": "gold"}}
    assert read_context(raw=raw) == {"score": ContextValue(3, False), "plan": ContextValue("gold", True)}


@pytest.mark.parametrize(
    "nothing", [None, "", " ", "{}", "null", {}, {"plan": None}, {"plan": {"value": None}}]
)
def test_nothing_is_an_empty_context(nothing: object) -> None:
    assert read_context(raw=nothing) == {}


def test_the_limits_themselves_are_allowed() -> None:
    raw = {f"{number:0100}": "😀" * 4000 for number in range(100)}
    assert len(read_context(raw=raw)) == 100


def test_long_texts_may_have_lines() -> None:
    assert read_context(raw={"note": "one\ntwo"}) == {"note": ContextValue("one\ntwo")}


BAD: dict[str, tuple[object, str]] = {
    "101 variables": ({str(number): 1 for number in range(101)}, "At most 100"),
    "a name of 101 characters": ({"x" * 101: 1}, "at most 100 characters"),
    "no name": ({"": 1}, "has no name"),
    "a blank name": ({"  ": 1}, "has no name"),
    "NUL in a name": ({"a\0": 1}, "control character"),
    "a line break in a name": ({"a\nb": 1}, "control character"),
    "a lone surrogate in a name": ({"\ud800": 1}, "control character"),
    "4,001 characters": ({"a": "x" * 4001}, "at most 4000 characters"),
    "4,001 characters, wrapped": ({"a": {"value": "x" * 4001}}, "at most 4000 characters"),
    "NUL in a value": ({"a": "x\0"}, "cannot be stored"),
    "half a surrogate pair": ('{"a": "\\ud800"}', "cannot be stored"),
    "a list": ({"a": [1]}, "must be text, a number, true or false"),
    "a list, wrapped": ({"a": {"value": [1]}}, "must be text, a number, true or false"),
    "an object in an object": ({"a": {"value": {"value": 1}}}, "must be text, a number, true or false"),
    "an object without a value": ({"a": {"isDisplayable": True}}, "must be written"),
    "an object with more": ({"a": {"value": 1, "role": "admin"}}, "must be written"),
    "isDisplayable as text": ({"a": {"value": 1, "isDisplayable": "false"}}, "must be true or false"),
    "isDisplayable as null": ({"a": {"value": 1, "isDisplayable": None}}, "must be true or false"),
    "too large a number": ({"a": 2**63}, "too large"),
    "an infinite number": ('{"a": 1e400}', "too large"),
    "NaN": ('{"a": NaN}', "not valid JSON"),
    "nested without end": ("[" * 100_000, "not valid JSON"),
    "text that is no JSON": ("plan=gold", "not valid JSON"),
    "a list of variables": ([{"a": 1}], "must be a JSON object"),
    "a list in a text": ("[]", "must be a JSON object"),
    "a text in a text": ('"{}"', "must be a JSON object"),
    "a number": (7, "must be a JSON object"),
    "false": (False, "must be a JSON object"),
}


@pytest.mark.parametrize(("raw", "reason"), BAD.values(), ids=BAD.keys())
def test_context_that_breaks_a_rule_is_refused_with_the_rule(raw: object, reason: str) -> None:
    with pytest.raises(ContextError, match=reason):
        read_context(raw=raw)
