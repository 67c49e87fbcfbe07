"""From a token to a customer, once."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from authsettings.identify import identify
from authsettings.keys import KeyRing
from authsettings.models import AuthSetting, UsedToken
from authsettings.tasks import forget_used_tokens
from authsettings.tokens import TokenError
from tests.authsettings.make import KeyServer, auth_setting
from tests.authsettings.signing import NOW, forged, public_pem, rsa_key, token

pytestmark = pytest.mark.django_db


def refused(setting: AuthSetting, text: str, *, seconds: float = 0) -> str:
    """The code of the refusal, so many seconds after NOW."""
    with pytest.raises(TokenError) as refusal:
        identify(setting=setting, token=text, now=NOW + timedelta(seconds=seconds))
    return refusal.value.code


def test_carla_is_who_the_shop_says() -> None:
    assert identify(setting=auth_setting(), token=token(), now=NOW).subject == "carla"


def test_a_stranger_who_signs_with_a_key_of_their_own_is_nobody() -> None:
    assert refused(auth_setting(), token(key=rsa_key("stranger"))) == "invalid_token"


def test_a_setting_believes_its_own_key_alone() -> None:
    other = auth_setting(name="Bank", public_key=public_pem(rsa_key("bank")))
    assert refused(other, token()) == "invalid_token"


def test_a_setting_demands_its_issuer_audience_and_algorithms() -> None:
    assert refused(auth_setting(issuer="https://bank.example"), token()) == "invalid_token"
    assert refused(auth_setting(audience="parley"), token()) == "invalid_token"
    assert refused(auth_setting(algorithms=["ES256"]), token()) == "invalid_token"
    assert (
        refused(auth_setting(algorithms=["HS256", "none"]), forged(header={"alg": "none"})) == "invalid_token"
    )


def test_no_token_and_an_old_token_have_codes_of_their_own() -> None:
    assert refused(auth_setting(), "") == "token_required"
    assert refused(auth_setting(), token(), seconds=660) == "expired_token"


def test_a_token_without_an_id_may_be_used_until_it_expires() -> None:
    setting = auth_setting()
    for seconds in (0, 300, 600):
        assert identify(setting=setting, token=token(), now=NOW + timedelta(seconds=seconds))
    assert not UsedToken.objects.exists()


def test_a_token_with_an_id_is_used_once_but_for_a_retry_within_a_minute() -> None:
    setting, once = auth_setting(), token(jti="once")
    for seconds in (0, 1, 60):
        assert identify(setting=setting, token=once, now=NOW + timedelta(seconds=seconds)).jti == "once"
    assert refused(setting, once, seconds=60.1) == "invalid_token"
    assert refused(setting, token(jti="once", sub="bob"), seconds=61) == "invalid_token"
    assert identify(setting=setting, token=token(jti="twice"), now=NOW + timedelta(seconds=61))


def test_a_retry_does_not_prolong_the_minute() -> None:
    setting, once = auth_setting(), token(jti="once")
    for seconds in (0, 50):
        identify(setting=setting, token=once, now=NOW + timedelta(seconds=seconds))
    assert refused(setting, once, seconds=100) == "invalid_token"


def test_two_settings_count_ids_apart() -> None:
    once = token(jti="once")
    identify(setting=auth_setting(), token=once, now=NOW)
    assert identify(setting=auth_setting(name="Other"), token=once, now=NOW + timedelta(minutes=5))


def test_a_refused_token_uses_up_nothing() -> None:
    refused(auth_setting(), token(jti="once", key=rsa_key("stranger")))
    assert not UsedToken.objects.exists()


def test_a_text_that_could_never_pass_fetches_nothing() -> None:
    shop = KeyServer(public_pem(rsa_key()).encode())
    setting = auth_setting(public_key_url="https://shop.example/keys")
    for text in (
        "",
        "nonsense",
        forged(header={"alg": "none"}),
        forged(header={"alg": "HS256"}, secret=b"x"),
    ):
        with pytest.raises(TokenError):
            identify(setting=setting, token=text, now=NOW, ring=KeyRing(shop))
    assert shop.asked == []
    assert identify(setting=setting, token=token(), now=NOW, ring=KeyRing(shop))
    assert shop.asked == ["https://shop.example/keys"]


def test_a_key_server_in_trouble_is_busy() -> None:
    setting = auth_setting(public_key_url="https://shop.example/keys")
    with pytest.raises(TokenError) as refusal:
        identify(setting=setting, token=token(), now=NOW, ring=KeyRing(KeyServer(None)))
    assert refusal.value.code == "busy"


def test_the_log_tells_the_setting_and_the_code_and_never_the_token(caplog: pytest.LogCaptureFixture) -> None:
    setting, text = auth_setting(), token(key=rsa_key("stranger"))
    with caplog.at_level(logging.DEBUG):
        refused(setting, text)
    (record,) = [record for record in caplog.records if record.message == "token.refused"]
    assert (record.__dict__["auth_setting"], record.__dict__["code"]) == (setting.pk, "invalid_token")
    assert not any(secret in str(record.__dict__) for secret in (text, "carla", "shop.example"))


def test_used_ids_are_forgotten_once_their_tokens_are_too_old_to_pass() -> None:
    setting = auth_setting()
    UsedToken.objects.use(auth_setting=setting, jti="old", token_expires_at=NOW, now=NOW)
    UsedToken.objects.use(auth_setting=setting, jti="new", token_expires_at=NOW + timedelta(hours=1), now=NOW)
    assert set(UsedToken.objects.expired(NOW + timedelta(seconds=120))) == set()
    assert {use.jti for use in UsedToken.objects.expired(NOW + timedelta(seconds=121))} == {"old"}
    forget_used_tokens()
    forget_used_tokens()
    assert not UsedToken.objects.exists()  # by today's clock both are old


def at_once(*attempts: Callable[[], object]) -> list[object]:
    """Each attempt in a thread with a connection of its own, all let go together; what came, or the refusal."""
    gate = threading.Barrier(len(attempts))

    def run(attempt: Callable[[], object]) -> object:
        try:
            gate.wait(10)
            return attempt()
        except TokenError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


@pytest.mark.django_db(transaction=True)
def test_of_eight_uses_at_once_that_are_minutes_apart_one_passes() -> None:
    setting = auth_setting()
    once = token(jti="once", exp=(NOW + timedelta(hours=2)).timestamp())
    came = at_once(
        *(
            lambda now=NOW + timedelta(minutes=2 * number): (
                identify(setting=setting, token=once, now=now).subject
            )
            for number in range(8)
        )
    )
    assert sorted(map(str, came)) == ["carla"] + ["invalid_token"] * 7
    assert UsedToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_retries_at_once_all_pass() -> None:
    setting, once = auth_setting(), token(jti="once")
    came = at_once(*[lambda: identify(setting=setting, token=once, now=NOW).subject] * 8)
    assert came == ["carla"] * 8
    assert UsedToken.objects.count() == 1
