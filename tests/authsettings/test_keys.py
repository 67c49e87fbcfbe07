"""How long keys are kept, and when they are fetched again."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.test import override_settings

from authsettings.keys import KeyRing, KeysUnavailable, keys_for
from authsettings.models import AuthSetting
from authsettings.tokens import Key
from tests.authsettings.make import KeyServer
from tests.authsettings.outside import answer, server
from tests.authsettings.signing import NOW, ec_key, listed, public_key, public_pem, rsa_key

URL = "https://shop.example/keys"


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def published(*kids: str, expiry: float | None = None) -> bytes:
    return json.dumps([listed(rsa_key(kid), kid=kid, expiry=expiry) for kid in kids]).encode()


def asker(
    ring: KeyRing, *, url: str = URL, setting_id: int = 1
) -> Callable[[str | None, float], set[str | None]]:
    """Ask for the key of a kid, so many seconds after NOW; answers the ids that came."""

    def ask(kid: str | None, seconds: float) -> set[str | None]:
        keys = ring.keys(setting_id=setting_id, url=url, kid=kid, now=after(seconds))
        return {key.kid for key in keys}

    return ask


def test_keys_are_kept_for_ten_minutes() -> None:
    shop = KeyServer(published("a"))
    ask = asker(KeyRing(shop))
    for seconds in (0, 1, 599.9):
        assert ask("a", seconds) == {"a"}
    assert shop.asked == [URL]
    ask("a", 600)
    assert len(shop.asked) == 2


def test_an_unknown_kid_fetches_again_at_once_but_only_every_thirty_seconds() -> None:
    shop = KeyServer(published("a"))
    ask = asker(KeyRing(shop))
    ask("a", 0)
    shop.body = published("a", "b")
    assert ask("b", 1) == {"a", "b"}
    for seconds in (2, 10, 30.9):
        assert ask("c", seconds) == {"a", "b"}
    assert len(shop.asked) == 2
    ask("c", 31)
    assert len(shop.asked) == 3


def test_a_first_fetch_that_lacks_the_kid_is_not_repeated_in_the_same_breath() -> None:
    shop = KeyServer(published("a"))
    asker(KeyRing(shop))("b", 0)
    assert len(shop.asked) == 1


def test_a_storm_of_made_up_kids_costs_two_fetches_in_a_minute() -> None:
    shop = KeyServer(published("a"))
    ask = asker(KeyRing(shop))
    ask("a", 0)
    for number in range(600):
        ask(f"made up {number}", 0.1 + number / 10)
    assert len(shop.asked) == 3


def test_a_key_is_not_kept_past_its_expiry() -> None:
    shop = KeyServer(published("a", expiry=after(60).timestamp()))
    ask = asker(KeyRing(shop))
    ask("a", 0)
    ask("a", 59)
    assert len(shop.asked) == 1
    shop.body = published("a", expiry=after(600).timestamp())
    ask("a", 60)
    assert len(shop.asked) == 2


def test_a_token_that_names_no_key_takes_any_that_is_current() -> None:
    shop = KeyServer(published("a"))
    ask = asker(KeyRing(shop))
    assert ask(None, 0) == ask(None, 1) == {"a"}
    assert len(shop.asked) == 1


def test_a_pem_serves_every_kid() -> None:
    shop = KeyServer(public_pem(rsa_key()).encode())
    ask = asker(KeyRing(shop))
    assert ask("a", 0) == ask("b", 1) == {None}
    assert len(shop.asked) == 1


def test_a_url_that_was_changed_is_asked_at_once() -> None:
    shop = KeyServer(published("a"))
    ring = KeyRing(shop)
    asker(ring)("a", 0)
    asker(ring, url="https://shop.example/new")("a", 1)
    assert shop.asked == [URL, "https://shop.example/new"]


def test_two_settings_share_nothing() -> None:
    shop = KeyServer(published("a"))
    ring = KeyRing(shop)
    asker(ring, setting_id=1)("a", 0)
    shop.body = published("b")
    assert asker(ring, setting_id=2)("b", 1) == {"b"}
    assert asker(ring, setting_id=1)("a", 2) == {"a"}


def test_a_failure_is_busy_and_not_the_tokens_fault() -> None:
    ask = asker(KeyRing(KeyServer(None)))
    with pytest.raises(KeysUnavailable) as refusal:
        ask("a", 0)
    assert refusal.value.code == "busy"
    assert refusal.value.detail == "The server is on fire."
    assert "fire" not in refusal.value.message


def test_after_a_failure_the_server_is_left_alone_for_ten_seconds() -> None:
    shop = KeyServer(None)
    ask = asker(KeyRing(shop))
    for seconds in (0, 1, 9.9):
        with pytest.raises(KeysUnavailable, match="cannot be checked"):
            ask("a", seconds)
    assert len(shop.asked) == 1
    shop.body = published("a")
    assert ask("a", 10) == {"a"}


def test_a_failure_keeps_the_keys_for_the_rest_of_their_ten_minutes_and_no_longer() -> None:
    shop = KeyServer(published("a"))
    ask = asker(KeyRing(shop))
    ask("a", 0)
    shop.body = None
    assert ask("b", 1) == {"a"}
    assert ask("a", 599) == {"a"}
    with pytest.raises(KeysUnavailable):
        ask("a", 600)


def test_an_answer_that_is_no_key_is_a_failure() -> None:
    with pytest.raises(KeysUnavailable) as refusal:
        asker(KeyRing(KeyServer(b"<html>")))("a", 0)
    assert "neither a key in PEM form nor JSON" in refusal.value.detail


def test_a_key_that_was_withdrawn_is_gone_with_the_next_fetch() -> None:
    shop = KeyServer(published("a", "b"))
    ask = asker(KeyRing(shop))
    ask("a", 0)
    shop.body = published("b")
    assert ask("a", 600) == {"b"}


def test_of_many_askers_at_once_one_fetches() -> None:
    everybody_came = threading.Barrier(8)
    shop = KeyServer(published("a"), meanwhile=lambda: threading.Event().wait(0.1))
    ring = KeyRing(shop)

    def ask(_number: int) -> tuple[Key, ...]:
        everybody_came.wait(5)
        return ring.keys(setting_id=1, url=URL, kid="a", now=NOW)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert answers == [(public_key(rsa_key("a"), kid="a", expires_at=NOW + timedelta(days=1)),)] * 8
    assert len(shop.asked) == 1


def test_who_knows_the_key_does_not_wait_for_who_searches_another() -> None:
    searching, found = threading.Event(), threading.Event()
    shop = KeyServer(published("a"))
    ring = KeyRing(shop)
    asker(ring)("a", 0)

    def search_long() -> None:
        searching.set()
        found.wait(5)

    ring._download = KeyServer(published("a"), meanwhile=search_long)
    with ThreadPoolExecutor(1) as pool:
        search = pool.submit(asker(ring), "b", 1)
        assert searching.wait(5)
        assert asker(ring)("a", 1) == {"a"}
        assert not search.done()
        found.set()


def test_a_pasted_key_asks_nobody() -> None:
    shop = KeyServer(None)
    setting = AuthSetting(pk=1, public_key=public_pem(ec_key()))
    assert keys_for(setting=setting, kid="any", now=NOW, ring=KeyRing(shop)) == (public_key(ec_key()),)
    assert shop.asked == []


def test_a_pasted_key_that_went_bad_is_busy() -> None:
    with pytest.raises(KeysUnavailable):
        keys_for(setting=AuthSetting(pk=1, public_key="nonsense"), kid=None, now=NOW)


def test_in_development_the_key_may_come_from_this_machine() -> None:
    with server(answer(public_pem(rsa_key()).encode()), certified_for=None) as shop:
        setting = AuthSetting(pk=1, public_key_url=f"http://localhost:{shop.port}/demo/publickey")
        with override_settings(DEBUG=True):
            assert keys_for(setting=setting, kid=None, now=NOW, ring=KeyRing()) == (public_key(rsa_key()),)
        with override_settings(DEBUG=False), pytest.raises(KeysUnavailable):
            keys_for(setting=setting, kid=None, now=NOW, ring=KeyRing())
    assert len(shop.requests) == 1
