"""What holds for any text a stranger may send."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from authsettings.context import MAX_INTEGER, ContextError, ContextValue, read_context
from authsettings.tokens import Policy, TokenError, verify
from tests.authsettings.signing import NOW, forged, public_key, rsa_key, sign, token

# A machine with much to do is not slow code.
unhurried = settings(deadline=None)

KEYS = (public_key(rsa_key()),)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4)
    ),
    max_leaves=12,
)
claim_names = st.sampled_from(
    ["iss", "iat", "exp", "sub", "nbf", "jti", "aud", "name", "email", "locale", "lwicontexts"]
)
primitives = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(-1e15, 1e15)
    | st.booleans()
)
variable_names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=100).filter(
    str.strip
)


def refuses(text: str) -> bool:
    try:
        verify(token=text, keys=KEYS, policy=Policy(), now=NOW)
    except TokenError:
        return True
    return False


@unhurried
@given(st.text())
def test_any_text_is_refused_politely(text: str) -> None:
    assert refuses(text)


@unhurried
@given(st.dictionaries(st.text(max_size=5) | st.sampled_from(["alg", "kid", "crit", "typ"]), json_values))
def test_any_unsigned_header_is_refused_politely(header: dict[str, Any]) -> None:
    assert refuses(forged(header=header))


@unhurried
@given(st.data())
def test_one_changed_character_spoils_a_token(data: st.DataObject) -> None:
    text = token(jti="once")
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda character: character != text[place]))
    assert refuses(text[:place] + other + text[place + 1 :])


@unhurried
@given(st.dictionaries(claim_names, json_values))
def test_any_signed_claims_are_read_or_refused_politely(changes: dict[str, Any]) -> None:
    with suppress(TokenError):
        verify(
            token=sign({**json.loads(json.dumps(changes)), "sub": "carla"}),
            keys=KEYS,
            policy=Policy(issuer="https://shop.example", audience="parley"),
            now=NOW,
        )


@unhurried
@given(st.dictionaries(variable_names, primitives, max_size=100), st.booleans(), st.booleans())
def test_context_arrives_as_it_was_sent_in_each_of_its_forms(
    variables: dict[str, Any], is_displayable: bool, as_text: bool
) -> None:
    wrapped = {name: {"value": value, "isDisplayable": is_displayable} for name, value in variables.items()}
    raw = json.dumps(wrapped) if as_text else wrapped
    expected = {name: ContextValue(value, is_displayable) for name, value in variables.items()}
    assert read_context(raw=raw) == expected


@unhurried
@given(json_values | st.text())
def test_any_context_is_read_or_refused_politely(raw: object) -> None:
    with suppress(ContextError):
        read_context(raw=raw)
