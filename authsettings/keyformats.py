"""Public keys as people paste them and sites publish them: a PEM, a list of PEMs, a JWKS. Pure."""

from base64 import b64decode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.utils.translation import gettext as _
from jwt import InvalidKeyError
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from authsettings.algorithms import MAX_RSA_BITS, MIN_RSA_BITS, Key, PublicKey, algorithms_for
from authsettings.reading import parse_json

# What each type's public key is made of. Private members are thus never read.
_JWK_TYPES: dict[object, tuple[Callable[[dict[str, object]], object], tuple[str, ...]]] = {
    "RSA": (RSAAlgorithm.from_jwk, ("kty", "n", "e")),
    "EC": (ECAlgorithm.from_jwk, ("kty", "crv", "x", "y")),
    "OKP": (OKPAlgorithm.from_jwk, ("kty", "crv", "x")),
}


class KeyFormatError(ValueError):
    """A text that holds no public key we can use; the message says why."""


class PrivateKeyError(KeyFormatError):
    """A private key, where it must never be."""


def read_pem(*, text: str) -> PublicKey:
    """The one public key in a PEM text, or ``KeyFormatError``."""
    if "PRIVATE KEY" in text.upper():
        raise PrivateKeyError(
            _(
                "This is a private key. It must never leave your own server:"
                " put the public key here, and replace the pair."
            )
        )
    if "-----BEGIN CERTIFICATE" in text:
        raise KeyFormatError(
            _('This is a certificate. Put its public key here: "openssl x509 -pubkey -noout" prints it.')
        )
    if text.count("-----BEGIN") > 1:
        raise KeyFormatError(_("There is more than one key. Put exactly one here."))
    try:
        key = load_pem_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFormatError(
            _('This is not a public key in PEM form, which begins with "-----BEGIN PUBLIC KEY-----".')
        ) from None
    return _supported(key)


def read_keys(*, body: bytes) -> tuple[Key, ...]:
    """The keys in what a key URL answers: one PEM, a JSON array of ``{kid, publicKey, expiry}``, or a JWKS.

    Entries that cannot be used (for encryption, of an unknown type) are passed over; ``KeyFormatError`` when
    nothing is left.
    """
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise KeyFormatError(_("The answer is not text.")) from None
    if text.startswith("-----BEGIN"):
        return (Key(read_pem(text=text)),)
    try:
        answer = parse_json(text)
    except ValueError:
        raise KeyFormatError(_("The answer is neither a key in PEM form nor JSON.")) from None
    if isinstance(answer, list):
        return _usable(answer, _read_listed)
    if isinstance(answer, dict) and isinstance(answer.get("keys"), list):
        return _usable(answer["keys"], _read_jwk)
    raise KeyFormatError(_('The JSON is neither an array of keys nor a key set with "keys".'))


def describe(*, key: Key) -> str:
    """One line for people: id, what it may verify, until when."""
    parts = [key.kid or _("any id"), key.algorithm or " ".join(algorithms_for(public_key=key.public_key))]
    if key.expires_at:
        parts.append(_("until %(moment)s") % {"moment": key.expires_at.isoformat(timespec="minutes")})
    return ", ".join(parts)


def _usable(entries: Iterable[object], read: Callable[[dict[str, object]], Key]) -> tuple[Key, ...]:
    keys: list[Key] = []
    problems: list[KeyFormatError] = []
    for entry in entries:
        try:
            keys.append(read(_as_object(entry)))
        except KeyFormatError as problem:
            problems.append(problem)
    if keys:
        return tuple(keys)
    raise problems[0] if problems else KeyFormatError(_("The list of keys is empty."))


def _as_object(entry: object) -> dict[str, object]:
    if not isinstance(entry, dict):
        raise KeyFormatError(_("An entry in the list of keys is not a JSON object."))
    return cast(dict[str, object], entry)


def _read_listed(entry: dict[str, object]) -> Key:
    """``{kid, publicKey: base64 of a PEM, expiry: epoch seconds}``."""
    encoded = entry.get("publicKey")
    if not isinstance(encoded, str):
        raise KeyFormatError(_('A key lacks "publicKey", the base64 of a PEM.'))
    try:
        pem = b64decode("".join(encoded.split()), validate=True).decode()
    except ValueError:
        raise KeyFormatError(_('"publicKey" is not the base64 of a PEM.')) from None
    return Key(read_pem(text=pem), kid=_read_kid(entry), expires_at=_read_expiry(entry.get("expiry")))


def _read_jwk(entry: dict[str, object]) -> Key:
    """One JSON Web Key (RFC 7517). Members that do not concern us are ignored, as it demands."""
    operations = entry.get("key_ops")
    if entry.get("use", "sig") != "sig" or (isinstance(operations, list) and "verify" not in operations):
        raise KeyFormatError(_("A key is not meant for signatures."))
    if "d" in entry or "k" in entry:
        raise PrivateKeyError(
            _("A published key is secret: publish public keys only, and replace this pair.")
        )
    return Key(_read_jwk_key(entry), kid=_read_kid(entry), algorithm=_read_jwk_algorithm(entry))


def _read_jwk_key(entry: dict[str, object]) -> PublicKey:
    kind = entry.get("kty")
    if not isinstance(kind, str) or kind not in _JWK_TYPES:
        raise KeyFormatError(_('A key has a type ("kty") that is not supported.'))
    load, members = _JWK_TYPES[kind]
    if not all(isinstance(entry.get(member), str) for member in members):
        raise KeyFormatError(_("A key is incomplete; needed: %(members)s.") % {"members": ", ".join(members)})
    try:
        key = load({member: entry[member] for member in members})
    except (InvalidKeyError, ValueError, UnsupportedAlgorithm):
        raise KeyFormatError(_("A key is malformed.")) from None
    return _supported(key)


def _read_jwk_algorithm(entry: dict[str, object]) -> str | None:
    algorithm = entry.get("alg")
    if algorithm is None or isinstance(algorithm, str):
        return algorithm
    raise KeyFormatError(_('The algorithm ("alg") of a key must be text.'))


def _read_kid(entry: dict[str, object]) -> str | None:
    kid = entry.get("kid")
    if kid is None or isinstance(kid, str):
        return kid
    raise KeyFormatError(_('The id ("kid") of a key must be text.'))


def _read_expiry(seconds: object) -> datetime | None:
    if seconds is None:
        return None
    try:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ValueError
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise KeyFormatError(_('The "expiry" of a key must be a time in seconds since 1970.')) from None


def _supported(key: object) -> PublicKey:
    if not algorithms_for(public_key=key):
        raise KeyFormatError(
            _("This type of key is not supported: use RSA (%(least)d to %(most)d bits), EC P-256 or Ed25519.")
            % {"least": MIN_RSA_BITS, "most": MAX_RSA_BITS}
        )
    return cast(PublicKey, key)
