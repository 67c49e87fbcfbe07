"""An administrator's trial: this server vouches for them, for one setting and a few minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from authsettings.claims import TokenError
from authsettings.identify import identify
from authsettings.trial import GOOD_FOR, trial_token
from tests import make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_it_says_who_tries_the_widget_out() -> None:
    setting = make.auth_setting()
    token = trial_token(setting=setting, user_id=7, name="Ada (trial)", now=NOW)
    claims = identify(setting=setting, token=token, now=NOW + GOOD_FOR)
    assert (claims.subject, claims.name, claims.email) == ("parley-trial-7", "Ada (trial)", "")


def test_it_counts_for_its_setting_alone_and_for_minutes() -> None:
    setting, other = make.auth_setting(), make.auth_setting()
    token = trial_token(setting=setting, user_id=7, name="Ada", now=NOW)
    for where, when in ((other, NOW), (setting, NOW + GOOD_FOR + timedelta(seconds=1))):
        with pytest.raises(TokenError, match="trial is over"):
            identify(setting=where, token=token, now=when)


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1] + "x", lambda token: "trial.", lambda token: token + "."]
)
def test_a_forged_one_proves_nothing(change: object) -> None:
    setting = make.auth_setting()
    token = trial_token(setting=setting, user_id=7, name="Ada", now=NOW)
    with pytest.raises(TokenError):
        identify(setting=setting, token=change(token), now=NOW)  # type: ignore[operator]
