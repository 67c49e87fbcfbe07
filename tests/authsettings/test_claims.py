"""Which claims are refused, and with which rule, though the signature is good."""

from collections.abc import Callable

import pytest

from authsettings.tokens import Claims
from tests.authsettings.checking import (
    SHOP,
    Refusal,
    assert_refused,
    at,
    check,
    missing,
    payload,
    refused,
)
from tests.authsettings.signing import (
    token,
)

CLAIMS: dict[str, Refusal] = {
    **{f"no {claim}": missing(claim) for claim in ("iss", "iat", "exp", "sub")},
    "a null subject": refused('lacks the claim "sub"', sub=None),
    "an empty subject": refused('"sub" must not be empty', sub=""),
    "a blank subject": refused('"sub" must not be empty', sub="  "),
    "a blank after the subject": refused('"sub" must not be empty, nor begin or end', sub="carla "),
    "a subject of 256 characters": refused('"sub" may have at most 255', sub="x" * 256),
    "a subject that is a number": refused('"sub" must be text', sub=7),
    "a subject that is an object": refused('"sub" must be text', sub={"$ne": ""}),
    "NUL in the subject": refused('"sub" holds a control character', sub="car\0la"),
    "a lone surrogate in the subject": refused('"sub" holds a control character', sub="car\ud800la"),
    "a line break in the subject": refused('"sub" holds a control character', sub="car\nla"),
    "an issuer that is a number": refused('"iss" must be text', iss=1),
    "an empty issuer": refused('"iss" must not be empty', iss=""),
    "times as text": refused('"iat" must be a number', iat="1700000000"),
    "times as true": refused('"exp" must be a number', exp=True),
    "an expiry in milliseconds": refused("no possible time", exp=at(0) * 1000),
    "an endless expiry": payload("no possible time", b'{"iss":"a","sub":"b","iat":1,"exp":1e400}'),
    "a time before 1970": refused("no possible time", iat=-1),
    "an enormous time": refused("no possible time", iat=10**400),
    "nbf as text": refused('"nbf" must be a number', nbf="now"),
    "ends before it begins": refused("ends", iat=at(10), exp=at(5)),
    "ends as it begins": refused("ends", iat=at(0), exp=at(0)),
    "valid for a day and a second": refused("longer than 24 hours", exp=at(86_401)),
    "valid for ten years": refused("longer than 24 hours", exp=at(315_360_000)),
    "issued in the future": refused("issued", iat=at(61), exp=at(120)),
    "not valid yet": refused("not valid yet", nbf=at(61)),
    "a jti that is a number": refused('"jti" must be text', jti=7),
    "an empty jti": refused('"jti" must not be empty', jti=""),
    "a jti of 256 characters": refused('"jti" may have at most 255', jti="x" * 256),
    "a name that is a list": refused('"name" must be text', name=["Carla"]),
    "a name of 201 characters": refused('"name" may have at most 200', name="x" * 201),
    "a line break in the name": refused('"name" holds a control character', name="Carla\r\nBcc: all"),
    "an e-mail address that is none": refused("not an e-mail address", email="carla"),
    "an e-mail address with a blank": refused("not an e-mail address", email="carla @shop.example"),
    "an e-mail address of 255 characters": refused('"email" may have at most 254', email="c@" + "x" * 253),
    "a line break in the e-mail address": refused('"email" holds a control', email="c@shop.example\nBcc: x"),
    "a locale that is none": refused('"locale" is not a language tag', locale="../../etc"),
    "context that is a list": refused('"lwicontexts": The context must be', lwicontexts=[1]),
    "context that is not JSON": refused('"lwicontexts": The context is not valid JSON', lwicontexts="{"),
}

POLICY: dict[str, Refusal] = {
    "another issuer": (
        "another issuer",
        lambda: check(token(iss="https://else.example", aud="parley"), policy=SHOP),
    ),
    "an issuer with a slash more": (
        "another issuer",
        lambda: check(token(iss="https://shop.example/", aud="parley"), policy=SHOP),
    ),
    "no audience": ("another audience", lambda: check(token(), policy=SHOP)),
    "another audience": ("another audience", lambda: check(token(aud="bank"), policy=SHOP)),
    "only other audiences": ("another audience", lambda: check(token(aud=["bank", "post"]), policy=SHOP)),
    "an audience that contains ours": ("another audience", lambda: check(token(aud="parley2"), policy=SHOP)),
    "an audience that is an object": (
        "another audience",
        lambda: check(token(aud={"parley": True}), policy=SHOP),
    ),
}

BAD = {**CLAIMS, **POLICY}


@pytest.mark.parametrize(("reason", "make"), BAD.values(), ids=BAD.keys())
def test_a_bad_claim_is_refused_with_the_rule_it_breaks(reason: str, make: Callable[[], Claims]) -> None:
    assert_refused(reason, make)
