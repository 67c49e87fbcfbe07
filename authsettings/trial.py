"""An administrator tries a widget out: this server vouches for them itself, since it has no site's private key.

Such a token is signed with this server's own secret, for one setting and a few minutes. Whoever could forge it
could read the database as well.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.core import signing

from authsettings.claims import Claims, TokenError
from authsettings.models import AuthSetting

GOOD_FOR = timedelta(minutes=5)
ISSUER = "parley"
_PREFIX = "trial."  # no header of a JWT reads so
_SALT = "authsettings.trial"


def trial_token(*, setting: AuthSetting, user_id: int, name: str, now: datetime) -> str:
    told = {"setting": setting.pk, "user": user_id, "name": name, "at": int(now.timestamp())}
    return _PREFIX + signing.dumps(told, salt=_SALT)


def is_trial(token: str) -> bool:
    return token.startswith(_PREFIX)


def verify_trial(*, token: str, setting: AuthSetting, now: datetime) -> Claims:
    """Raises TokenError."""
    try:
        told = signing.loads(token.removeprefix(_PREFIX), salt=_SALT)
    except signing.BadSignature:
        raise _refused() from None
    issued_at = datetime.fromtimestamp(told["at"], tz=UTC)
    if told["setting"] != setting.pk or now > issued_at + GOOD_FOR:
        raise _refused()
    return Claims(
        issuer=ISSUER,
        subject=f"{ISSUER}-trial-{told['user']}",
        issued_at=issued_at,
        expires_at=issued_at + GOOD_FOR,
        jti=None,
        name=told["name"],
        email="",
        locale="",
        context={},
    )


def _refused() -> TokenError:
    return TokenError("invalid_token", "The trial is over. Reload the page.")
