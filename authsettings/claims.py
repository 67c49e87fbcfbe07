"""What a verified token says: its claims, each checked. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from django.utils.translation import gettext as _

from authsettings.algorithms import DEFAULT_ALGORITHM
from authsettings.context import ContextError, ContextValue, read_context
from authsettings.reading import is_one_line, parse_json

LEEWAY = timedelta(seconds=60)
MAX_LIFETIME = timedelta(hours=24)
MAX_SUBJECT_LENGTH = 255
MAX_ISSUER_LENGTH = 500
MAX_JTI_LENGTH = 255
MAX_NAME_LENGTH = 200
MAX_EMAIL_LENGTH = 254
MAX_LOCALE_LENGTH = 35

_REQUIRED = ("iss", "iat", "exp", "sub")
_LAST_SECOND = 32_503_680_000  # the year 3000: beyond it dates overflow, and nobody means it
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LOCALE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")

type ErrorCode = Literal["invalid_token", "expired_token", "token_required", "busy"]


class TokenError(Exception):
    """A token that proves nothing. ``message`` is for people and names the rule that was broken.

    ``busy`` alone is not the token's fault: its key could not be fetched just now; it may be sent again.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Policy:
    """What one authentication setting demands; an empty issuer or audience demands nothing."""

    algorithms: tuple[str, ...] = (DEFAULT_ALGORITHM,)
    issuer: str = ""
    audience: str = ""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the customer is, as the site vouches. Texts that the token leaves out are empty."""

    issuer: str
    subject: str
    issued_at: datetime
    expires_at: datetime
    jti: str | None
    name: str
    email: str
    locale: str
    context: dict[str, ContextValue]


def read_claims(*, payload: bytes, policy: Policy, now: datetime) -> Claims:
    """The claims in a payload whose signature was verified, or ``TokenError`` (spec §5)."""
    said = _read_object(payload)
    for name in _REQUIRED:
        if said.get(name) is None:
            raise invalid(_('The token lacks the claim "%(claim)s".') % {"claim": name})
    issuer = _read_issuer(said, policy)
    _check_audience(said, policy)
    issued_at, expires_at = _read_times(said, now)
    return Claims(
        issuer=issuer,
        subject=_read_id(said, "sub", MAX_SUBJECT_LENGTH),
        issued_at=issued_at,
        expires_at=expires_at,
        jti=None if said.get("jti") is None else _read_id(said, "jti", MAX_JTI_LENGTH),
        name=_read_text(said, "name", MAX_NAME_LENGTH),
        email=_read_email(said),
        locale=_read_locale(said),
        context=_read_context(said),
    )


def invalid(message: str) -> TokenError:
    return TokenError("invalid_token", message)


def _read_object(payload: bytes) -> dict[str, object]:
    try:
        said = parse_json(payload.decode())
    except ValueError:
        raise invalid(_("The payload of the token is not valid JSON.")) from None
    if not isinstance(said, dict):
        raise invalid(_("The payload of the token is not a JSON object."))
    return cast(dict[str, object], said)


def _read_issuer(said: dict[str, object], policy: Policy) -> str:
    issuer = _read_id(said, "iss", MAX_ISSUER_LENGTH)
    if policy.issuer and issuer != policy.issuer:
        raise invalid(_('The token has another issuer ("iss") than the one that is trusted here.'))
    return issuer


def _check_audience(said: dict[str, object], policy: Policy) -> None:
    if not policy.audience:
        return
    audience = said.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if policy.audience not in audiences:
        raise invalid(_('The token was made for another audience ("aud").'))


def _read_times(said: dict[str, object], now: datetime) -> tuple[datetime, datetime]:
    issued_at, expires_at = _read_time(said, "iat"), _read_time(said, "exp")
    not_before = issued_at if said.get("nbf") is None else _read_time(said, "nbf")
    if expires_at <= issued_at:
        raise invalid(_('The token ends ("exp") before it begins ("iat").'))
    if expires_at - issued_at > MAX_LIFETIME:
        raise invalid(_("The token is valid for longer than 24 hours."))
    if issued_at > now + LEEWAY:
        raise invalid(_('The token was issued ("iat") in the future.'))
    if not_before > now + LEEWAY:
        raise invalid(_('The token is not valid yet ("nbf").'))
    if expires_at + LEEWAY <= now:
        raise TokenError("expired_token", _('The token has expired ("exp").'))
    return issued_at, expires_at


def _read_time(said: dict[str, object], claim: str) -> datetime:
    seconds = said[claim]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise invalid(_('The claim "%(claim)s" must be a number: seconds since 1970.') % {"claim": claim})
    if not 0 <= seconds <= _LAST_SECOND:
        raise invalid(
            _('The claim "%(claim)s" is no possible time in seconds since 1970.') % {"claim": claim}
        )
    return datetime.fromtimestamp(seconds, UTC)


def _read_id(said: dict[str, object], claim: str, most: int) -> str:
    """An identifier: compared exactly, so never trimmed, and never with blanks that the eye would miss."""
    text = _read_text(said, claim, most)
    if not text or text != said[claim]:
        raise invalid(
            _('The claim "%(claim)s" must not be empty, nor begin or end with a blank.') % {"claim": claim}
        )
    return text


def _read_text(said: dict[str, object], claim: str, most: int) -> str:
    text = said.get(claim)
    if text is None:
        return ""
    if not isinstance(text, str):
        raise invalid(_('The claim "%(claim)s" must be text.') % {"claim": claim})
    if len(text) > most:
        raise invalid(
            _('The claim "%(claim)s" may have at most %(most)d characters.') % {"claim": claim, "most": most}
        )
    if not is_one_line(text):
        raise invalid(_('The claim "%(claim)s" holds a control character.') % {"claim": claim})
    return text.strip()


def _read_email(said: dict[str, object]) -> str:
    email = _read_text(said, "email", MAX_EMAIL_LENGTH)
    if email and not _EMAIL.fullmatch(email):
        raise invalid(_('The claim "email" is not an e-mail address.'))
    return email


def _read_locale(said: dict[str, object]) -> str:
    locale = _read_text(said, "locale", MAX_LOCALE_LENGTH)
    if locale and not _LOCALE.fullmatch(locale):
        raise invalid(_('The claim "locale" is not a language tag such as "en" or "pt-BR".'))
    return locale.replace("_", "-")


def _read_context(said: dict[str, object]) -> dict[str, ContextValue]:
    try:
        return read_context(raw=said.get("lwicontexts"))
    except ContextError as error:
        raise invalid(_('The claim "lwicontexts": %(problem)s') % {"problem": error}) from None
