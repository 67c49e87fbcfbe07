"""Floods are refused, by the address they come from."""

import pytest
from django.test import override_settings
from pytest_django import Settings

from chat.limits import Gauge, Limiter
from chat.peers import client_address
from tests import make
from tests.chat.test_customer_api import open_session
from workstreams.modes import Mode

LIMITS = {"sessions_per_second": 2, "hellos_per_second": 2, "sockets": 2}


def test_a_limit_allows_its_burst_and_refuses_what_exceeds_it(settings: Settings) -> None:
    settings.PARLEY_RATE_LIMITS = LIMITS
    limiter = Limiter("hellos_per_second")
    assert [limiter.allows("here") for _ in range(6)].count(True) == 4
    assert limiter.allows("elsewhere")


def test_so_many_sockets_and_no_more_until_one_leaves(settings: Settings) -> None:
    settings.PARLEY_RATE_LIMITS = LIMITS
    held = Gauge("sockets")
    assert [held.enter("here") for _ in range(3)] == [True, True, False]
    held.leave("here")
    assert held.enter("here")


def test_limits_can_be_off(settings: Settings) -> None:
    settings.PARLEY_RATE_LIMITS = None
    limiter = Limiter("hellos_per_second")
    assert all(limiter.allows("here") for _ in range(1000))


@pytest.mark.django_db(transaction=True)
def test_a_flood_of_sessions_is_refused(settings: Settings) -> None:
    settings.PARLEY_RATE_LIMITS = LIMITS
    widget = make.widget(mode=Mode.LIVE)
    answers = [open_session(widget) for _ in range(8)]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "rate_limited"


def test_only_what_our_own_proxy_said_counts_as_the_address() -> None:
    claimed = "6.6.6.6, 203.0.113.7"
    with override_settings(BEHIND_PROXY=True):
        assert client_address(peer="10.0.0.1", forwarded_for=claimed) == "203.0.113.7"
        assert client_address(peer="10.0.0.1", forwarded_for="") == "10.0.0.1"
    with override_settings(BEHIND_PROXY=False):
        assert client_address(peer="198.51.100.2", forwarded_for=claimed) == "198.51.100.2"


@pytest.mark.parametrize(
    ("told", "counted_as"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
    ],
)
def test_whoever_has_a_whole_network_to_choose_from_counts_as_one(told: str, counted_as: str) -> None:
    assert client_address(peer=told, forwarded_for="") == counted_as
