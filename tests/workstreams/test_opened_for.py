"""``opened_for`` turns ``open_seconds`` round: since when has somebody waited for so long?"""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstreams.hours import Calendar, Holiday, Interval, open_seconds, opened_for

MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MORNINGS = Calendar(
    zone="Europe/Lisbon",
    intervals=tuple(Interval(weekday=day, start=time(9), end=time(13)) for day in range(5)),
    holidays=(Holiday(first=datetime(2026, 2, 27).date(), last=datetime(2026, 2, 27).date()),),  # noqa: DTZ001
)


def test_without_hours_it_is_plain_time() -> None:
    assert opened_for(calendar=None, seconds=90, until=MONDAY_NOON) == MONDAY_NOON - timedelta(seconds=90)


@pytest.mark.parametrize(
    ("hours", "since"),
    [
        (2, datetime(2026, 3, 2, 10, tzinfo=UTC)),
        (3, datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (4, datetime(2026, 2, 26, 12, tzinfo=UTC)),  # over the weekend and Friday's holiday
    ],
)
def test_closed_time_is_passed_over(hours: int, since: datetime) -> None:
    assert opened_for(calendar=MORNINGS, seconds=hours * 3600, until=MONDAY_NOON) == since


def test_what_never_opens_was_never_open_for_so_long() -> None:
    assert opened_for(calendar=Calendar(zone="UTC"), seconds=1, until=MONDAY_NOON) is None


@given(minutes=st.integers(1, 60 * 24 * 14), later=st.integers(0, 60 * 24 * 365))
def test_so_much_opening_time_lies_between(minutes: int, later: int) -> None:
    until = MONDAY_NOON + timedelta(minutes=later)
    since = opened_for(calendar=MORNINGS, seconds=60 * minutes, until=until)
    assert since is not None
    assert open_seconds(calendar=MORNINGS, start=since, end=until) == 60 * minutes
    assert open_seconds(calendar=MORNINGS, start=since + timedelta(seconds=1), end=until) < 60 * minutes
