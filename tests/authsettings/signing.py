"""Builders for what a site holds and sends: key pairs and tokens."""

import hmac
import json
import warnings
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.warnings import InsecureKeyLengthWarning

from authsettings.tokens import Key

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def rsa_key(name: str = "shop", bits: int = 2048) -> rsa.RSAPrivateKey:
    """The same name is the same pair, for as long as the tests run: making one is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(name: str = "shop") -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def ed25519_key(name: str = "shop") -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def public_pem(private: PrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(private: PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_key(private: PrivateKey, **changes: Any) -> Key:
    return Key(private.public_key(), **changes)


def listed(private: PrivateKey, *, kid: str, expiry: float | None = None) -> dict[str, object]:
    """An entry in the array form of a key URL's answer."""
    encoded = b64encode(public_pem(private).encode()).decode()
    return {"kid": kid, "publicKey": encoded, "expiry": expiry or (NOW + timedelta(days=1)).timestamp()}


def jwk(private: PrivateKey, **changes: Any) -> dict[str, Any]:
    public = private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        return {**RSAAlgorithm.to_jwk(public, as_dict=True), **changes}
    if isinstance(public, ec.EllipticCurvePublicKey):
        return {**ECAlgorithm.to_jwk(public, as_dict=True), **changes}
    return {**OKPAlgorithm.to_jwk(public, as_dict=True), **changes}


def said(**changes: Any) -> dict[str, Any]:
    """The claims of Carla's token, valid for ten minutes from NOW; a claim changed to None is left out."""
    claims = {
        "iss": "https://shop.example",
        "iat": NOW.timestamp(),
        "exp": (NOW + timedelta(minutes=10)).timestamp(),
        "sub": "carla",
        "name": "Carla",
        "email": "carla@shop.example",
        "locale": "en",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def sign(
    payload: object,
    *,
    key: PrivateKey | None = None,
    algorithm: str = "RS256",
    header: dict[str, Any] | None = None,
) -> str:
    """A token over any payload, even one that is no object; bytes are taken as they are."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    with warnings.catch_warnings(category=InsecureKeyLengthWarning, action="ignore"):
        return jwt.PyJWS().encode(body, key or rsa_key(), algorithm=algorithm, headers=header)


def token(*, key: PrivateKey | None = None, header: dict[str, Any] | None = None, **changes: Any) -> str:
    return sign(said(**changes), key=key, header=header)


def forged(*, header: dict[str, Any], secret: bytes | None = None) -> str:
    """A token made without the private key: unsigned, or signed by HMAC with what everybody knows."""
    signed = f"{_encode(header)}.{_encode(said())}"
    signature = hmac.digest(secret, signed.encode(), "sha256") if secret else b"\0"
    return f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _encode(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
