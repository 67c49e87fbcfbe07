"""Each form in which a site may publish its keys, and what is wrong with the others."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm

from authsettings.keyformats import KeyFormatError, PrivateKeyError, describe, read_keys, read_pem
from tests.authsettings.signing import (
    NOW,
    PrivateKey,
    ec_key,
    ed25519_key,
    jwk,
    listed,
    private_pem,
    public_key,
    public_pem,
    rsa_key,
)


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def certificate() -> str:
    name = x509.Name([])
    builder = x509.CertificateBuilder(name, name, rsa_key().public_key(), 1, NOW, NOW + timedelta(days=1))
    return builder.sign(rsa_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def pem_of(key: object) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("private", [rsa_key(), ec_key(), ed25519_key()], ids=["RSA", "P-256", "Ed25519"])
@pytest.mark.parametrize("write", [str, lambda pem: f"\r\n {pem} \n", lambda pem: pem.replace("\n", "\r\n")])
def test_a_pem_is_read_however_it_was_pasted(private: PrivateKey, write: Callable[[str], str]) -> None:
    assert read_pem(text=write(public_pem(private))) == private.public_key()


def test_a_pem_in_the_older_rsa_form_is_read() -> None:
    pem = rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    assert read_pem(text=pem) == rsa_key().public_key()


def test_a_key_url_may_answer_one_pem() -> None:
    assert read_keys(body=public_pem(rsa_key()).encode()) == (public_key(rsa_key()),)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_keys(body=b"\xef\xbb\xbf" + public_pem(rsa_key()).encode()) == (public_key(rsa_key()),)


def test_a_key_url_may_answer_a_list_of_named_keys_with_expiry() -> None:
    keys = read_keys(body=as_json([listed(rsa_key(), kid="a"), listed(ec_key(), kid="b", expiry=1e9)]))
    assert [(key.kid, key.public_key, key.is_current(now=NOW)) for key in keys] == [
        ("a", rsa_key().public_key(), True),
        ("b", ec_key().public_key(), False),
    ]


def test_the_base64_of_a_listed_key_may_have_lines_and_the_expiry_may_be_missing() -> None:
    entry = listed(rsa_key(), kid="a")
    text = str(entry["publicKey"])
    broken = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    assert read_keys(body=as_json([{"kid": "a", "publicKey": broken}])) == (public_key(rsa_key(), kid="a"),)


@pytest.mark.parametrize("private", [rsa_key(), ec_key(), ed25519_key()], ids=["RSA", "P-256", "Ed25519"])
def test_a_key_url_may_answer_a_jwks(private: PrivateKey) -> None:
    body = as_json({"keys": [jwk(private, kid="a", use="sig", x5t="ignored")]})
    assert read_keys(body=body) == (public_key(private, kid="a"),)


def test_the_algorithm_of_a_jwk_is_kept() -> None:
    (key,) = read_keys(body=as_json({"keys": [jwk(rsa_key(), alg="RS512")]}))
    assert not key.fits(algorithm="RS256")
    assert key.fits(algorithm="RS512")


UNUSABLE_JWKS: dict[str, tuple[Callable[[], object], str]] = {
    "for encryption": (lambda: jwk(rsa_key("next"), use="enc"), "not meant for signatures"),
    "for signing only": (lambda: jwk(rsa_key("next"), key_ops=["sign"]), "not meant for signatures"),
    "an unknown type": (lambda: {"kty": "XYZ"}, "type"),
    "a type that is a list": (lambda: {"kty": ["RSA"]}, "type"),
    "no type": (dict, "type"),
    "a secret": (lambda: {"kty": "oct", "k": "AAAA"}, "secret"),
    "a private key": (
        lambda: RSAAlgorithm.to_jwk(rsa_key("next"), as_dict=True) | {"key_ops": ["verify"]},
        "secret",
    ),
    "a missing member": (lambda: {"kty": "RSA", "n": "AQAB"}, "incomplete"),
    "a member that is a number": (lambda: {"kty": "RSA", "n": "AQAB", "e": 65537}, "incomplete"),
    "an RSA key of 1024 bits": (lambda: jwk(rsa_key("small", 1024)), "not supported"),
    "numbers that make no key": (lambda: {"kty": "RSA", "n": "AQAB", "e": "AA"}, "malformed"),
    "a point that is not on the curve": (
        lambda: jwk(ec_key("next"), x=urlsafe_b64encode(b"\1" * 32).rstrip(b"=").decode()),
        "malformed",
    ),
    "a curve of another size": (lambda: jwk(ec.generate_private_key(ec.SECP384R1())), "not supported"),
    "an unknown curve": (lambda: jwk(ec_key("next"), crv="P-1"), "malformed"),
    "a kid that is a number": (lambda: jwk(rsa_key("next"), kid=7), '"kid"'),
    "an alg that is a number": (lambda: jwk(rsa_key("next"), alg=7), '"alg"'),
    "no object at all": (lambda: "key", "not a JSON object"),
}


@pytest.mark.parametrize(("make", "reason"), UNUSABLE_JWKS.values(), ids=UNUSABLE_JWKS.keys())
def test_an_unusable_jwk_is_passed_over_but_alone_it_is_an_error(
    make: Callable[[], object], reason: str
) -> None:
    good = jwk(rsa_key(), kid="a")
    assert read_keys(body=as_json({"keys": [make(), good]})) == (public_key(rsa_key(), kid="a"),)
    with pytest.raises(KeyFormatError, match=reason):
        read_keys(body=as_json({"keys": [make()]}))


UNUSABLE_LISTED: dict[str, tuple[object, str]] = {
    "no key": ({"kid": "a"}, "publicKey"),
    "a key that is a number": ({"kid": "a", "publicKey": 7}, "publicKey"),
    "no base64": ({"kid": "a", "publicKey": "%%%"}, "not the base64"),
    "base64 of bytes": ({"kid": "a", "publicKey": b64encode(b"\xff").decode()}, "not the base64"),
    "base64 of no PEM": ({"kid": "a", "publicKey": b64encode(b"key").decode()}, "PEM"),
    "base64 of a private key": (
        {"kid": "a", "publicKey": b64encode(private_pem(rsa_key()).encode()).decode()},
        "private key",
    ),
    "an expiry as text": ({**listed(rsa_key("next"), kid="a"), "expiry": "tomorrow"}, "expiry"),
    "an expiry beyond time": ({**listed(rsa_key("next"), kid="a"), "expiry": 1e300}, "expiry"),
    "an expiry that is true": ({**listed(rsa_key("next"), kid="a"), "expiry": True}, "expiry"),
    "a kid that is a number": ({**listed(rsa_key("next"), kid="a"), "kid": 7}, '"kid"'),
    "no object": ([], "not a JSON object"),
}


@pytest.mark.parametrize(("entry", "reason"), UNUSABLE_LISTED.values(), ids=UNUSABLE_LISTED.keys())
def test_an_unusable_listed_key_is_passed_over_but_alone_it_is_an_error(entry: object, reason: str) -> None:
    assert len(read_keys(body=as_json([entry, listed(rsa_key(), kid="a")]))) == 1
    with pytest.raises(KeyFormatError, match=reason):
        read_keys(body=as_json([entry]))


UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "a web page": b"<!doctype html><title>Sign in</title>",
    "not text": b"\xff\xfe\x00",
    "two PEMs": (public_pem(rsa_key()) + public_pem(rsa_key("next"))).encode(),
    "half a PEM": public_pem(rsa_key()).encode()[:200],
    "a private key": private_pem(rsa_key()).encode(),
    "an empty list": b"[]",
    "an empty set": b'{"keys": []}',
    "keys that are an object": b'{"keys": {}}',
    "a single key without a set": as_json(jwk(rsa_key())),
    "a text": b'"key"',
    "nested without end": b"[" * 60_000,
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_answer_without_a_key_is_an_error(body: bytes) -> None:
    with pytest.raises(KeyFormatError):
        read_keys(body=body)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="ignore")))
def test_any_answer_is_read_or_refused_politely(body: bytes) -> None:
    with pytest.raises(KeyFormatError):
        read_keys(body=body)


UNFIT_PEMS: dict[str, tuple[Callable[[], str], str]] = {
    "RSA of 1024 bits": (lambda: public_pem(rsa_key("small", 1024)), "not supported"),
    "P-384": (lambda: pem_of(ec.generate_private_key(ec.SECP384R1()).public_key()), "not supported"),
    "secp256k1": (lambda: pem_of(ec.generate_private_key(ec.SECP256K1()).public_key()), "not supported"),
    "Ed448": (lambda: pem_of(ed448.Ed448PrivateKey.generate().public_key()), "not supported"),
    "X25519": (lambda: pem_of(x25519.X25519PrivateKey.generate().public_key()), "not supported"),
    "DSA": (lambda: pem_of(dsa.generate_private_key(2048).public_key()), "not supported"),
    "enormous RSA": (
        lambda: pem_of(rsa.RSAPublicNumbers(65537, (1 << 9000) + 1).public_key()),
        "not supported",
    ),
    "a certificate": (certificate, "certificate"),
    "an SSH key": (
        lambda: rsa_key().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(),
        "PEM form",
    ),
    "nonsense": (lambda: "my key", "PEM form"),
}


@pytest.mark.parametrize(("make", "reason"), UNFIT_PEMS.values(), ids=UNFIT_PEMS.keys())
def test_a_text_that_is_no_fitting_public_key_is_refused_kindly(make: Callable[[], str], reason: str) -> None:
    with pytest.raises(KeyFormatError, match=reason):
        read_pem(text=make())


@pytest.mark.parametrize("private", [rsa_key(), ec_key(), ed25519_key()], ids=["RSA", "P-256", "Ed25519"])
def test_a_private_key_is_recognised_even_behind_a_public_one(private: PrivateKey) -> None:
    for text in (private_pem(private), public_pem(private) + private_pem(private)):
        with pytest.raises(PrivateKeyError):
            read_pem(text=text)


def test_a_key_is_described_in_a_line() -> None:
    key = public_key(ec_key(), kid="a", expires_at=NOW)
    assert describe(key=key) == "a, ES256, until 2026-03-02T12:00+00:00"
    assert describe(key=public_key(rsa_key(), algorithm="RS256")) == "any id, RS256"
