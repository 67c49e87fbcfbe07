"""Who is this customer? From a token to verified claims: find the keys, verify, and let it be used once."""

import logging
from datetime import datetime

from django.utils.translation import gettext as _

from authsettings.keys import RING, KeyRing, keys_for
from authsettings.models import AuthSetting, UsedToken
from authsettings.tokens import Claims, TokenError, read_header, verify
from authsettings.trial import is_trial, verify_trial

log = logging.getLogger(__name__)


def identify(*, setting: AuthSetting, token: str, now: datetime, ring: KeyRing = RING) -> Claims:
    """What ``token`` proves to ``setting``, or ``TokenError`` (spec §5).

    May wait for the network, and commits by itself that the token was used: call it outside any transaction.
    The same token may be sent again within 60 s, so after a later failure the customer may try again.
    """
    try:
        claims = _verified(setting, token, now, ring)
        _use(setting, claims, now)
    except TokenError as error:
        log.info("token.refused", extra={"auth_setting": setting.pk, "code": error.code})
        raise
    return claims


def _verified(setting: AuthSetting, token: str, now: datetime, ring: KeyRing) -> Claims:
    """The header is read first: a text that could never pass must not make us fetch anything."""
    if is_trial(token):
        return verify_trial(token=token, setting=setting, now=now)
    policy = setting.policy()
    header = read_header(token=token, policy=policy)
    keys = keys_for(setting=setting, kid=header.kid, now=now, ring=ring)
    return verify(token=token, keys=keys, policy=policy, now=now)


def _use(setting: AuthSetting, claims: Claims, now: datetime) -> None:
    if claims.jti is None:
        return
    first = UsedToken.objects.use(
        auth_setting=setting, jti=claims.jti, token_expires_at=claims.expires_at, now=now
    )
    if not first:
        raise TokenError("invalid_token", _('The token was used before: its "jti" may be used once only.'))
