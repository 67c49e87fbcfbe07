"""Which tokens prove something, and which rule each of the others breaks: shape and signature."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from authsettings.tokens import Claims, ContextValue, TokenError
from tests.authsettings.checking import (
    EVERY,
    SHOP,
    Refusal,
    assert_refused,
    at,
    check,
    payload,
    refused_text,
    with_header,
    with_keys,
)
from tests.authsettings.signing import (
    NOW,
    ec_key,
    ed25519_key,
    forged,
    jwk,
    public_key,
    public_pem,
    rsa_key,
    said,
    sign,
    token,
)


def test_a_good_token_tells_who_the_customer_is() -> None:
    claims = check(token(jti="once", lwicontexts={"plan": "gold"}))
    assert claims == Claims(
        issuer="https://shop.example",
        subject="carla",
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=10),
        jti="once",
        name="Carla",
        email="carla@shop.example",
        locale="en",
        context={"plan": ContextValue("gold")},
    )


def test_what_a_token_may_leave_out_is_empty() -> None:
    claims = check(token(name=None, email=None, locale=None))
    assert (claims.jti, claims.name, claims.email, claims.locale, claims.context) == (None, "", "", "", {})


GOOD: dict[str, Callable[[], Claims]] = {
    "a subject of 255 characters": lambda: check(token(sub="é" * 255)),
    "seconds with a fraction": lambda: check(token(iat=at(-0.5))),
    "issued a minute ahead of our clock": lambda: check(token(iat=at(60), exp=at(120))),
    "not before, within the leeway": lambda: check(token(nbf=at(60))),
    "expired, but within the leeway": lambda: check(token(iat=at(-600), exp=at(-59.9))),
    "valid for exactly a day": lambda: check(token(exp=at(86_400))),
    "a null where a text is optional": lambda: check(
        sign({**said(), "name": None, "jti": None, "nbf": None})
    ),
    "a header that names a key, and a key without a name": lambda: check(token(header={"kid": "any"})),
    "no type in the header": lambda: check(token(header={"typ": ""})),
    "the issuer and the audience that are demanded": lambda: check(token(aud="parley"), policy=SHOP),
    "one of several audiences": lambda: check(token(aud=["bank", "parley"]), policy=SHOP),
    "an audience where none is demanded": lambda: check(token(aud="anybody")),
    "claims nobody asked for": lambda: check(token(roles=["admin"], nonce=7)),
    "the second of two keys, when no key is named": lambda: check(
        token(key=rsa_key("next")), keys=(public_key(rsa_key()), public_key(rsa_key("next")))
    ),
    "a key that expires in a second": lambda: check(
        token(), keys=(public_key(rsa_key(), expires_at=NOW + timedelta(seconds=1)),)
    ),
    "an expired key beside a current one of the same name": lambda: check(
        token(header={"kid": "a"}),
        keys=(public_key(rsa_key("old"), kid="a", expires_at=NOW), public_key(rsa_key(), kid="a")),
    ),
    "RS384": lambda: check(sign(said(), algorithm="RS384"), policy=EVERY),
    "RS512": lambda: check(sign(said(), algorithm="RS512"), policy=EVERY),
    "ES256": lambda: check(
        sign(said(), key=ec_key(), algorithm="ES256"), keys=(public_key(ec_key()),), policy=EVERY
    ),
    "EdDSA": lambda: check(
        sign(said(), key=ed25519_key(), algorithm="EdDSA"), keys=(public_key(ed25519_key()),), policy=EVERY
    ),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD.keys())
def test_good(make: Callable[[], Claims]) -> None:
    assert make().issuer == "https://shop.example"


def test_a_locale_is_written_with_a_hyphen() -> None:
    assert check(token(locale="pt_BR")).locale == "pt-BR"


def test_names_lose_the_blanks_around_them_but_subjects_may_have_none() -> None:
    assert check(token(name="  Carla  ")).name == "Carla"


SHAPE: dict[str, Refusal] = {
    "one part": refused_text("three parts", lambda: "abc"),
    "two parts": refused_text("three parts", lambda: token().rpartition(".")[0]),
    "no signature": refused_text("three parts", lambda: token().rpartition(".")[0] + "."),
    "four parts": refused_text("three parts", lambda: token() + ".x"),
    "encrypted, five parts": refused_text("three parts", lambda: "a.b.c.d.e"),
    "a scheme before it": refused_text("three parts", lambda: "Bearer " + token()),
    "a line break after it": refused_text("three parts", lambda: token() + "\n"),
    "padding": refused_text("three parts", lambda: token() + "=="),
    "letters of another script": refused_text("three parts", lambda: "é.è.à"),
    "a lone surrogate": refused_text("three parts", lambda: "\ud800.a.b"),
    "longer than a megabyte": refused_text("longer than 1000000", lambda: token() + "A" * 1_000_000),
    "an impossible length of base64": refused_text("base64url", lambda: "AAAAA.e30.AAAA"),
    "bits left over in the base64": refused_text("base64url", lambda: "e31.e30.AA"),
    "a header that is no JSON": refused_text("header of the token is not valid JSON", lambda: "AAAA.e30.AA"),
    "a header that is a list": refused_text("header of the token is not a JSON object", lambda: "W10.e30.AA"),
    "a header nested without end": refused_text(
        "header of the token is not valid JSON", lambda: "W1tb" * 1000 + ".e30.AA"
    ),
    "a header of five kilobytes": with_header("header of the token is longer", note="x" * 5000),
    "a payload that is no JSON": payload("payload of the token is not valid JSON", b"carla"),
    "a payload that is not UTF-8": payload(
        "payload of the token is not valid JSON", '{"é"}'.encode("latin-1")
    ),
    "a payload in UTF-16": payload("payload of the token is not valid JSON", '{"sub": "a"}'.encode("utf-16")),
    "a payload that is a list": payload("payload of the token is not a JSON object", b"[]"),
    "a payload nested without end": payload("payload of the token is not valid JSON", b"[" * 200_000),
    "NaN": payload("payload of the token is not valid JSON", b'{"iat": NaN}'),
    "an endless number": payload("payload of the token is not valid JSON", b'{"iat": ' + b"9" * 5000 + b"}"),
}

SIGNATURE: dict[str, Refusal] = {
    "alg none": refused_text('"alg") is not allowed', lambda: forged(header={"alg": "none"})),
    "alg None, spelled otherwise": refused_text(
        '"alg") is not allowed', lambda: forged(header={"alg": "nOnE"})
    ),
    "alg missing": refused_text('"alg") is not allowed', lambda: forged(header={"typ": "JWT"})),
    "alg that is a list": refused_text('"alg") is not allowed', lambda: forged(header={"alg": ["RS256"]})),
    "alg in small letters": refused_text('"alg") is not allowed', lambda: forged(header={"alg": "rs256"})),
    "HMAC keyed with the public key": refused_text(
        '"alg") is not allowed',
        lambda: forged(header={"alg": "HS256"}, secret=public_pem(rsa_key()).encode()),
    ),
    "HMAC that a setting would allow": with_keys(
        '"alg") is not allowed',
        lambda: forged(header={"alg": "HS256"}, secret=public_pem(rsa_key()).encode()),
        lambda: public_key(rsa_key()),
        algorithms=("HS256", "none"),
    ),
    "none that a setting would allow": with_keys(
        '"alg") is not allowed',
        lambda: forged(header={"alg": "none"}),
        lambda: public_key(rsa_key()),
        algorithms=("HS256", "none"),
    ),
    "an algorithm the setting does not allow": refused_text(
        "allowed: RS256", lambda: sign(said(), algorithm="RS512")
    ),
    "RSA-PSS, which is not in the table": refused_text(
        '"alg") is not allowed', lambda: sign(said(), algorithm="PS256")
    ),
    "RS256 said, HMAC made": refused_text(
        "signature of the token does not match",
        lambda: forged(header={"alg": "RS256"}, secret=public_pem(rsa_key()).encode()),
    ),
    "no keys at all": with_keys('No public key has the id ("kid")', token),
    "another's key": refused_text(
        "signature of the token does not match", lambda: token(key=rsa_key("stranger"))
    ),
    "the stranger's key brought along in the header": refused_text(
        "signature of the token does not match",
        lambda: token(key=rsa_key("stranger"), header={"jwk": jwk(rsa_key("stranger"))}),
    ),
    "the address of the stranger's keys in the header": refused_text(
        "signature of the token does not match",
        lambda: token(key=rsa_key("stranger"), header={"jku": "https://stranger.example/keys"}),
    ),
    "another's claims under this signature": refused_text(
        "signature of the token does not match",
        lambda: ".".join([*token(sub="bob").split(".")[:2], token(sub="carla").split(".")[2]]),
    ),
    "a kid that nobody has": with_keys(
        'No public key has the id ("kid")',
        lambda: token(header={"kid": "b"}),
        lambda: public_key(rsa_key(), kid="a"),
    ),
    "the kid of another key": with_keys(
        "signature of the token does not match",
        lambda: token(header={"kid": "b"}),
        lambda: public_key(rsa_key(), kid="a"),
        lambda: public_key(rsa_key("next"), kid="b"),
    ),
    "a kid that is a number": refused_text(
        '"kid") must be text', lambda: forged(header={"alg": "RS256", "kid": 7})
    ),
    "a kid that climbs the file system": with_keys(
        'No public key has the id ("kid")',
        lambda: token(header={"kid": "../../dev/null"}),
        lambda: public_key(rsa_key(), kid="a"),
    ),
    "an expired key": with_keys(
        "public key of the token has expired", token, lambda: public_key(rsa_key(), expires_at=NOW)
    ),
    "an RSA token and a P-256 key": with_keys(
        "another type than the token's algorithm, RS256", token, lambda: public_key(ec_key())
    ),
    "an ES256 token and an RSA key": with_keys(
        "another type than the token's algorithm, ES256",
        lambda: sign(said(), key=ec_key(), algorithm="ES256"),
        lambda: public_key(rsa_key()),
        algorithms=("ES256",),
    ),
    "a key published for another algorithm": with_keys(
        "another type than the token's algorithm, RS256",
        token,
        lambda: public_key(rsa_key(), algorithm="RS512"),
    ),
    "an RSA key of 1024 bits": with_keys(
        "another type than the token's algorithm, RS256",
        lambda: token(key=rsa_key("small", 1024)),
        lambda: public_key(rsa_key("small", 1024)),
    ),
    "a signature of the wrong length": refused_text(
        "signature of the token does not match", lambda: token().rpartition(".")[0] + ".AAAA"
    ),
    "an ES256 signature of zeros": with_keys(
        "signature of the token does not match",
        lambda: sign(said(), key=ec_key(), algorithm="ES256").rpartition(".")[0] + "." + "A" * 86,
        lambda: public_key(ec_key()),
        algorithms=("ES256",),
    ),
    "extensions that are critical": refused_text(
        '"crit"', lambda: forged(header={"alg": "RS256", "crit": ["exp"], "exp": 1})
    ),
    "a payload that is not encoded": refused_text(
        '"crit"', lambda: forged(header={"alg": "RS256", "b64": False, "crit": ["b64"]})
    ),
}

BAD = {**SHAPE, **SIGNATURE}


@pytest.mark.parametrize(("reason", "make"), BAD.values(), ids=BAD.keys())
def test_a_bad_token_is_refused_with_the_rule_it_breaks(reason: str, make: Callable[[], Claims]) -> None:
    assert_refused(reason, make)


@pytest.mark.parametrize("seconds", [60, 61, 86_400])
def test_an_expired_token_has_a_code_of_its_own(seconds: float) -> None:
    expired = token(iat=at(-seconds - 600), exp=at(-seconds))
    with pytest.raises(TokenError) as refusal:
        check(expired)
    assert refusal.value.code == "expired_token"


def test_an_expired_token_that_is_forged_is_invalid_not_expired() -> None:
    forgery = token(key=rsa_key("stranger"), iat=at(-900), exp=at(-600))
    with pytest.raises(TokenError) as refusal:
        check(forgery)
    assert refusal.value.code == "invalid_token"


def test_no_token_asks_for_one() -> None:
    with pytest.raises(TokenError) as refusal:
        check("")
    assert refusal.value.code == "token_required"


def test_a_full_context_fits_into_a_token() -> None:
    everything = {f"{number:0100}": "x" * 4000 for number in range(100)}
    assert len(check(token(lwicontexts=everything)).context) == 100
