"""Verify a JSON Web Token (RFC 7519, hardened after RFC 8725). Pure: keys and the time are handed in.

Nothing in the token says how to trust it: the algorithm must be one the setting allows, the key must be one
the setting names, and ``jwk``, ``jku`` and ``x5u`` headers are never looked at.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from authsettings.algorithms import ALGORITHMS, Key
from authsettings.claims import Claims, Policy, TokenError, invalid, read_claims
from authsettings.context import ContextValue
from authsettings.reading import parse_json

__all__ = ["Claims", "ContextValue", "Header", "Key", "Policy", "TokenError", "read_header", "verify"]

MAX_TOKEN_LENGTH = 1_000_000  # 100 context variables of 4,000 characters, twice encoded, fit
MAX_HEADER_LENGTH = 4096

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Header:
    """The unverified header: good for choosing a key, and for nothing else."""

    algorithm: str
    kid: str | None


def verify(*, token: str, keys: Sequence[Key], policy: Policy, now: datetime) -> Claims:
    """What ``token`` proves under ``policy``, or ``TokenError`` naming the rule it breaks (spec §5)."""
    header = read_header(token=token, policy=policy)
    signed, _dot, signature = token.rpartition(".")
    _check_signature(header, signed=signed.encode(), signature=_decode(signature), keys=keys, now=now)
    return read_claims(payload=_decode(signed.partition(".")[2]), policy=policy, now=now)


def read_header(*, token: str, policy: Policy) -> Header:
    """The header of a token that is worth finding a key for, or ``TokenError``."""
    if not token:
        raise TokenError("token_required", _("A token is required: please sign in first."))
    if len(token) > MAX_TOKEN_LENGTH:
        raise invalid(_("The token is longer than %(most)d characters.") % {"most": MAX_TOKEN_LENGTH})
    if not _COMPACT.fullmatch(token):
        raise invalid(_("The token is not a signed JSON Web Token of three parts."))
    header = _parse_header(token.partition(".")[0])
    return Header(algorithm=_read_algorithm(header, policy), kid=_read_kid(header))


def _parse_header(segment: str) -> dict[str, object]:
    if len(segment) > MAX_HEADER_LENGTH:
        raise invalid(
            _("The header of the token is longer than %(most)d characters.") % {"most": MAX_HEADER_LENGTH}
        )
    try:
        header = parse_json(_decode(segment).decode())
    except ValueError:
        raise invalid(_("The header of the token is not valid JSON.")) from None
    if not isinstance(header, dict):
        raise invalid(_("The header of the token is not a JSON object."))
    if "crit" in header:
        raise invalid(_('The token demands extensions ("crit") that are not supported.'))
    return header


def _read_algorithm(header: dict[str, object], policy: Policy) -> str:
    algorithm = header.get("alg")
    allowed = [name for name in policy.algorithms if name in ALGORITHMS]
    if not isinstance(algorithm, str) or algorithm not in allowed:
        raise invalid(
            _('The token\'s algorithm ("alg") is not allowed; allowed: %(allowed)s.')
            % {"allowed": ", ".join(allowed)}
        )
    return algorithm


def _read_kid(header: dict[str, object]) -> str | None:
    kid = header.get("kid")
    if kid is None or isinstance(kid, str):
        return kid
    raise invalid(_('The token\'s key id ("kid") must be text.'))


def _check_signature(
    header: Header, *, signed: bytes, signature: bytes, keys: Sequence[Key], now: datetime
) -> None:
    algorithm = ALGORITHMS[header.algorithm]
    candidates = _candidates(header, keys, now)
    if not any(algorithm.is_signature(signature=signature, signed=signed, key=key) for key in candidates):
        raise invalid(_("The signature of the token does not match the public key."))


def _candidates(header: Header, keys: Sequence[Key], now: datetime) -> list[Key]:
    """The keys that may have signed it. A key without an id serves any token, but yields to the one named."""
    named = [key for key in keys if header.kid is None or key.kid == header.kid]
    named = named or [key for key in keys if key.kid is None]
    if not named:
        raise invalid(_('No public key has the id ("kid") that the token names.'))
    current = [key for key in named if key.is_current(now=now)]
    if not current:
        raise invalid(_("The public key of the token has expired."))
    fitting = [key for key in current if key.fits(algorithm=header.algorithm)]
    if not fitting:
        raise invalid(
            _("The public key is of another type than the token's algorithm, %(algorithm)s.")
            % {"algorithm": header.algorithm}
        )
    return fitting


def _decode(segment: str) -> bytes:
    """One spelling for each token: bits left over at the end must be zero."""
    try:
        decoded = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        decoded = b""
    if urlsafe_b64encode(decoded).rstrip(b"=") != segment.encode():
        raise invalid(_("A part of the token is not base64url."))
    return decoded
