"""Ways of checking a token, and of writing down which rule it breaks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from authsettings.tokens import Claims, Key, Policy, TokenError, verify
from tests.authsettings.signing import (
    NOW,
    public_key,
    rsa_key,
    said,
    sign,
    token,
)

EVERY = Policy(algorithms=("RS256", "RS384", "RS512", "ES256", "EdDSA"))
SHOP = Policy(issuer="https://shop.example", audience="parley")


def check(
    text: str, *, keys: tuple[Key, ...] | None = None, policy: Policy | None = None, now: datetime = NOW
) -> Claims:
    shop = (public_key(rsa_key()),)
    return verify(token=text, keys=shop if keys is None else keys, policy=policy or Policy(), now=now)


def at(seconds: float) -> float:
    """NOW and so many seconds, as a token writes it."""
    return (NOW + timedelta(seconds=seconds)).timestamp()


type Refusal = tuple[str, Callable[[], Claims]]


def refused(reason: str, **changes: Any) -> Refusal:
    """Carla's token with other claims."""
    return reason, lambda: check(sign({**said(), **changes}))


def refused_text(reason: str, text: Callable[[], str]) -> Refusal:
    return reason, lambda: check(text())


def missing(claim: str) -> Refusal:
    return f'lacks the claim "{claim}"', lambda: check(token(**{claim: None}))


def with_header(reason: str, **header: Any) -> Refusal:
    return reason, lambda: check(token(header=header))


def with_keys(reason: str, text: Callable[[], str], *keys: Callable[[], Key], **policy: Any) -> Refusal:
    return reason, lambda: check(text(), keys=tuple(key() for key in keys), policy=Policy(**policy))


def payload(reason: str, content: bytes) -> Refusal:
    return reason, lambda: check(sign(content))


def assert_refused(reason: str, make: Callable[[], Claims]) -> None:
    with pytest.raises(TokenError) as refusal:
        make()
    assert refusal.value.code == "invalid_token"
    assert reason in refusal.value.message
