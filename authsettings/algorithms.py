"""Which key may verify which algorithm. Pure.

Only asymmetric algorithms are in the table, so ``none`` and HMAC have no way in, whatever a token or a
setting says: a public key can never be mistaken for a shared secret.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import Algorithm as Verifier
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192

type PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Key:
    """One public key. Without ``kid`` it serves any token, without ``algorithm`` all that fit its type."""

    public_key: PublicKey
    kid: str | None = None
    algorithm: str | None = None
    expires_at: datetime | None = None

    def is_current(self, *, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at

    def fits(self, *, algorithm: str) -> bool:
        return self.algorithm in (None, algorithm) and ALGORITHMS[algorithm].accepts(self.public_key)


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature algorithm of RFC 7518 or RFC 8037: the type of key it takes, and the sums."""

    accepts: Callable[[object], bool]
    verifier: Verifier

    def is_signature(self, *, signature: bytes, signed: bytes, key: Key) -> bool:
        return self.verifier.verify(signed, key.public_key, signature)


def _is_rsa(key: object) -> bool:
    return isinstance(key, RSAPublicKey) and MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS


def _is_p256(key: object) -> bool:
    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)


def _is_ed25519(key: object) -> bool:
    return isinstance(key, Ed25519PublicKey)


ALGORITHMS: dict[str, Algorithm] = {
    "RS256": Algorithm(_is_rsa, RSAAlgorithm(RSAAlgorithm.SHA256)),
    "RS384": Algorithm(_is_rsa, RSAAlgorithm(RSAAlgorithm.SHA384)),
    "RS512": Algorithm(_is_rsa, RSAAlgorithm(RSAAlgorithm.SHA512)),
    "ES256": Algorithm(_is_p256, ECAlgorithm(ECAlgorithm.SHA256, SECP256R1)),
    "EdDSA": Algorithm(_is_ed25519, OKPAlgorithm()),
}
DEFAULT_ALGORITHM = "RS256"


def algorithms_for(*, public_key: object) -> tuple[str, ...]:
    """The algorithms ``public_key`` may verify; none for a key of another type, curve or size."""
    return tuple(name for name, algorithm in ALGORITHMS.items() if algorithm.accepts(public_key))
