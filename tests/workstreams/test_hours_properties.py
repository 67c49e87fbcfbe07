"""Hours against a slow reference that looks at the wall clock once a minute, in every IANA zone."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workstreams.hours import (
    HORIZON,
    Calendar,
    Holiday,
    Interval,
    closes_at,
    current_holiday,
    is_open,
    open_seconds,
    opens_at,
    preview,
)

MINUTE = timedelta(minutes=1)
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "posixrules"})
SUNDAY = 6

# Since 1973 every offset is a whole number of minutes, so that a minute is wholly open or wholly closed.
FIRST_MINUTE = datetime(1973, 1, 1, tzinfo=UTC)
moments = st.integers(0, 64 * 365 * 24 * 60).map(lambda minutes: FIRST_MINUTE + minutes * MINUTE)
wall_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
intervals = st.builds(Interval, weekday=st.integers(0, 6), start=wall_times, end=wall_times)


def reference_is_open(calendar: Calendar, at: datetime) -> bool:
    """The rule, as the documentation says it, without any arithmetic on instants."""
    wall = at.astimezone(ZoneInfo(calendar.zone))
    if any(holiday.first <= wall.date() <= holiday.last for holiday in calendar.holidays):
        return False
    today, now = wall.weekday(), wall.time()
    for interval in calendar.intervals:
        if interval.end > interval.start:
            if interval.weekday == today and interval.start <= now < interval.end:
                return True
        elif (interval.weekday == today and now >= interval.start) or (
            (interval.weekday + 1) % 7 == today and now < interval.end
        ):
            return True
    return False


def reference_minutes(calendar: Calendar, start: datetime, minutes: int) -> list[bool]:
    return [reference_is_open(calendar, start + minute * MINUTE) for minute in range(minutes)]


def clock_change_near(zone: str, at: datetime) -> datetime:
    """The next instant, by day, at which the zone's offset changes; ``at`` itself when none comes in a year."""
    tz = ZoneInfo(zone)
    days = (at + timedelta(days=day) for day in range(366))
    return next(
        (
            day
            for day in days
            if day.astimezone(tz).utcoffset() != (day + timedelta(days=1)).astimezone(tz).utcoffset()
        ),
        at,
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar and a moment near its holidays and, half of the time, near a change of its clocks."""
    zone = draw(st.sampled_from(ZONES))
    at = draw(moments)
    if draw(st.booleans()):
        at = clock_change_near(zone, at)
    first = at.date() + timedelta(days=draw(st.integers(-2, 3)))
    holiday = Holiday(first=first, last=first + timedelta(days=draw(st.integers(0, 2))))
    return (
        Calendar(
            zone=zone,
            intervals=tuple(draw(st.lists(intervals, max_size=8))),
            holidays=(holiday,) if draw(st.booleans()) else (),
        ),
        at,
    )


@settings(max_examples=300, deadline=None)
@given(situation=situations(), span=st.integers(1, 3 * 24 * 60))
def test_hours_agree_with_a_look_at_the_clock_each_minute(
    situation: tuple[Calendar, datetime], span: int
) -> None:
    calendar, at = situation
    minutes = reference_minutes(calendar, at, span)
    end = at + span * MINUTE
    assert open_seconds(calendar=calendar, start=at, end=end) == 60 * sum(minutes)
    assert is_open(calendar=calendar, at=at) == minutes[0]
    _agrees(opens_at(calendar=calendar, after=at), minutes, True, at)
    _agrees(closes_at(calendar=calendar, after=at), minutes, False, at)


@settings(max_examples=150, deadline=None)
@given(situation=situations())
def test_the_preview_is_what_the_clock_will_show(situation: tuple[Calendar, datetime]) -> None:
    """Open until the closing, then closed until the opening; a reader in the zone sees the wall clock's times."""
    calendar, at = situation
    shown = preview(calendar=calendar, at=at)
    assert shown.is_open is reference_is_open(calendar, at)
    assert shown.holiday == current_holiday(calendar=calendar, at=at)
    assert shown.closes_at == (closes_at(calendar=calendar, after=at) if shown.is_open else None)
    if shown.closes_at or not shown.is_open:
        assert shown.opens_at == opens_at(calendar=calendar, after=shown.closes_at or at)
    else:
        assert shown.opens_at is None
    for moment in (shown.closes_at, shown.opens_at):
        assert moment is None or moment.utcoffset() == moment.astimezone(ZoneInfo(calendar.zone)).utcoffset()


@settings(max_examples=60, deadline=None)
@given(situation=situations())
def test_what_is_said_never_to_come_does_not_come(situation: tuple[Calendar, datetime]) -> None:
    """Within the horizon, told by opening time; what never opens has none of it, what never closes nothing else."""
    calendar, at = situation
    passed = open_seconds(calendar=calendar, start=at, end=at + HORIZON)
    if opens_at(calendar=calendar, after=at) is None:
        assert passed == 0
    elif closes_at(calendar=calendar, after=at) is None:
        assert passed == HORIZON.total_seconds()
    else:
        assert 0 < passed < HORIZON.total_seconds()


def _agrees(found: datetime | None, minutes: list[bool], wanted: bool, at: datetime) -> None:
    if wanted in minutes:
        assert found == at + minutes.index(wanted) * MINUTE
    else:
        assert found is None or found >= at + len(minutes) * MINUTE


@settings(max_examples=150, deadline=None)
@given(situation=situations(), seconds=st.integers(0, 86399), micros=st.integers(0, 999_999))
def test_an_opening_is_the_first_open_instant(
    situation: tuple[Calendar, datetime], seconds: int, micros: int
) -> None:
    calendar, at = situation
    after = at + timedelta(seconds=seconds, microseconds=micros)
    opening, closing = opens_at(calendar=calendar, after=after), closes_at(calendar=calendar, after=after)
    tick = timedelta(microseconds=1)
    if opening is not None:
        assert is_open(calendar=calendar, at=opening)
        assert opening == after or not is_open(calendar=calendar, at=opening - tick)
    if closing is not None:
        assert not is_open(calendar=calendar, at=closing)
        assert closing == after or is_open(calendar=calendar, at=closing - tick)


@settings(max_examples=150, deadline=None)
@given(situation=situations(), first=st.integers(0, 10**6), second=st.integers(0, 10**6))
def test_seconds_of_two_parts_are_those_of_the_whole(
    situation: tuple[Calendar, datetime], first: int, second: int
) -> None:
    calendar, at = situation
    middle, end = at + timedelta(seconds=first), at + timedelta(seconds=first + second)
    parts = open_seconds(calendar=calendar, start=at, end=middle) + open_seconds(
        calendar=calendar, start=middle, end=end
    )
    assert parts == open_seconds(calendar=calendar, start=at, end=end)


@pytest.mark.parametrize("year", [2011, 2024, 2026])
def test_office_hours_hold_in_every_zone_all_year(year: int) -> None:
    """Each weekday opens at 09:00 and closes at 17:00 of the wall clock, whatever the zone does elsewhere."""
    week = tuple(Interval(weekday=weekday, start=time(9), end=time(17)) for weekday in range(5))
    for zone in ZONES[year % 12 :: 12]:
        calendar = Calendar(zone=zone, intervals=week)
        at = datetime(year, 1, 1, tzinfo=UTC)
        days: list[date] = []
        while at < datetime(year + 1, 1, 1, tzinfo=UTC):
            opening = opens_at(calendar=calendar, after=at)
            assert opening is not None
            closing = closes_at(calendar=calendar, after=opening)
            assert closing is not None
            wall = opening.astimezone(ZoneInfo(zone))
            assert (wall.hour, closing.astimezone(ZoneInfo(zone)).hour) == (9, 17) or not days
            days.append(wall.date())
            at = closing
        assert len(days) == len(set(days))
        assert 258 <= len(days) <= 263


# Over midnight, into the hour that clocks skip and repeat, several a day, to the last minute, and a whole day.
WHOLE_WEEK = (
    *(Interval(weekday=weekday, start=time(22), end=time(2, 30)) for weekday in range(0, 7, 2)),
    *(Interval(weekday=weekday, start=time(1, 30), end=time(3)) for weekday in range(1, 7, 2)),
    *(Interval(weekday=weekday, start=time(9), end=time(12)) for weekday in range(7)),
    *(Interval(weekday=weekday, start=time(12, 30), end=time(23, 59)) for weekday in range(5)),
    Interval(weekday=SUNDAY, start=time(0), end=time(0)),
)


@pytest.mark.parametrize("year", [1997, 2026])
def test_every_zone_agrees_with_the_clock_around_each_of_its_changes(year: int) -> None:
    """Minute by minute, two hours before and three after; a zone that changes nothing is looked at on New Year."""
    looked_at = 0
    for zone in ZONES:
        calendar = Calendar(zone=zone, intervals=WHOLE_WEEK)
        for change in clock_changes(zone, year) or [datetime(year, 1, 1, tzinfo=UTC)]:
            start, looked_at = change - timedelta(hours=2), looked_at + 1
            minutes = reference_minutes(calendar, start, 5 * 60)
            assert open_seconds(calendar=calendar, start=start, end=start + timedelta(hours=5)) == 60 * sum(
                minutes
            ), (zone, change)
            for minute in (0, 60, 119, 120, 121, 180, 240):
                assert is_open(calendar=calendar, at=start + minute * MINUTE) == minutes[minute], (
                    zone,
                    change,
                )
            _agrees(opens_at(calendar=calendar, after=start), minutes, True, start)
            _agrees(closes_at(calendar=calendar, after=start), minutes, False, start)
    assert looked_at > len(ZONES)  # some do change their clocks


def clock_changes(zone: str, year: int) -> list[datetime]:
    """When the zone's offset changes in that year, to the minute."""
    tz = ZoneInfo(zone)

    def offset(at: datetime) -> timedelta | None:
        return at.astimezone(tz).utcoffset()

    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(366)]
    changed = [day for day in days if offset(day) != offset(day + timedelta(days=1))]
    return [
        next(
            day + minute * MINUTE
            for minute in range(1, 24 * 60 + 1)
            if offset(day + minute * MINUTE) != offset(day)
        )
        for day in changed
    ]
