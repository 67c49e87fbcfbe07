"""Calendar arithmetic: when a calendar is open, when that changes, and for how long it was open.

The clock on the wall decides. A calendar is open at an instant when the wall clock of its zone then shows a date
and time that its weekly intervals cover and no holiday closes. What follows from that:

- A wall time that daylight saving skips never comes; one that it repeats counts both times.
- Ends are exclusive: an interval to 18:00 is open at 17:59:59 and closed at 18:00.
- An end before the start is the next day's; an end equal to the start is 24 hours later. Intervals that touch or
  overlap are one, so 18:00-24:00 and 00:00-06:00 do not close at midnight.
- A holiday closes its local dates from midnight to midnight and nothing else: an interval that began the evening
  before stops at midnight, and one that begins on the holiday's evening opens at the midnight after it.

Instants are aware datetimes; results are in UTC. A calendar of None is always open. Weekdays count from Monday = 0.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
HORIZON = timedelta(days=400)
"""How far openings and closings are looked for: over a year, so that a long holiday does not hide them."""


class HoursError(ValueError):
    """A calendar that makes no sense. Codes: ``weekday``, ``holiday``, ``zone``; ``naive`` for an instant."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    weekday: int
    start: time
    end: time

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise HoursError("weekday", f"{self.weekday} is no weekday: Monday is 0, Sunday 6")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Local dates, both included."""

    first: date
    last: date
    reason: str = ""

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise HoursError("holiday", f"The holiday ends on {self.last}, before it begins on {self.first}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Weekly opening hours and holidays in one IANA zone. Without intervals it never opens."""

    zone: str
    intervals: tuple[Interval, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (OSError, ValueError, LookupError) as error:  # unknown, malformed, or the name of a folder
            raise HoursError("zone", f"{self.zone!r} is no time zone") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an administrator is shown. Instants are in the calendar's zone; None: not within the horizon."""

    is_open: bool
    holiday: Holiday | None
    closes_at: datetime | None
    """While open: when that ends. While closed: None."""
    opens_at: datetime | None
    """The next opening; while open, the one after the closing."""


def is_open(*, calendar: Calendar | None, at: datetime) -> bool:
    if calendar is None:
        return True
    wall = _wall(calendar, at)
    since_midnight = wall - datetime.combine(wall, time())
    return any(start <= since_midnight < end for start, end in _open_on(calendar, wall.date()))


def current_holiday(*, calendar: Calendar | None, at: datetime) -> Holiday | None:
    """The holiday that closes the local date of ``at``."""
    return _holiday_on(calendar, _wall(calendar, at).date()) if calendar else None


def opens_at(*, calendar: Calendar | None, after: datetime) -> datetime | None:
    """The first open instant from ``after`` on; ``after`` itself when open then; None: not within the horizon."""
    if calendar is None or is_open(calendar=calendar, at=after):
        return after
    return next((start for start, _end in _openings(calendar, after, _horizon(after))), None)


def closes_at(*, calendar: Calendar | None, after: datetime) -> datetime | None:
    """The first closed instant from ``after`` on; ``after`` itself when closed then; None: not within the horizon."""
    if not is_open(calendar=calendar, at=after):
        return after
    if calendar is None or _never_closes(calendar):
        return None
    end = next(end for _start, end in _openings(calendar, after, _horizon(after)))
    return end if end < _horizon(after) else None


def open_seconds(*, calendar: Calendar | None, start: datetime, end: datetime) -> float:
    """Seconds of opening time from ``start`` to ``end``; 0 when the end is not after the start."""
    if calendar is None or _never_closes(calendar):
        return max((_utc(end) - _utc(start)).total_seconds(), 0.0)
    return sum((closing - opening).total_seconds() for opening, closing in _openings(calendar, start, end))


def opened_for(*, calendar: Calendar | None, seconds: float, until: datetime) -> datetime | None:
    """The latest instant from which there were that many seconds of opening time; None: not within the horizon.

    Whoever came then or earlier has waited for so long: ``open_seconds`` turned round.
    """
    wanted, span = timedelta(seconds=seconds), timedelta(seconds=seconds)
    if calendar is None or _never_closes(calendar):
        return _utc(until) - wanted
    while True:
        missing = wanted
        for opening, closing in reversed(list(_openings(calendar, _utc(until) - span, until))):
            if closing - opening >= missing:
                return closing - missing
            missing -= closing - opening
        if span >= HORIZON:
            return None
        span = min(2 * span + DAY, HORIZON)


def preview(*, calendar: Calendar, at: datetime) -> Preview:
    open_now = is_open(calendar=calendar, at=at)
    closing = closes_at(calendar=calendar, after=at) if open_now else None
    opening = opens_at(calendar=calendar, after=closing or at) if closing or not open_now else None
    zone = ZoneInfo(calendar.zone)
    return Preview(
        is_open=open_now,
        holiday=current_holiday(calendar=calendar, at=at),
        closes_at=closing and closing.astimezone(zone),
        opens_at=opening and opening.astimezone(zone),
    )


def _openings(calendar: Calendar, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open stretches between two instants, in order; stretches that touch are one."""
    opening: datetime | None = None
    closing = start
    for piece_start, piece_end in _pieces(calendar, start, end):
        if opening is not None and piece_start > closing:
            yield opening, closing
            opening = None
        opening, closing = opening or piece_start, piece_end
    if opening is not None:
        yield opening, closing


def _pieces(calendar: Calendar, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches cut at local midnights, at clock changes and at 24 h."""
    for stretch_start, stretch_end, offset in _stretches(ZoneInfo(calendar.zone), start, end):
        wall_start = stretch_start.replace(tzinfo=None) + offset
        wall_end = stretch_end.replace(tzinfo=None) + offset
        day = wall_start.date()
        while (midnight := datetime.combine(day, time())) < wall_end:
            for opening, closing in _open_on(calendar, day):
                piece_start, piece_end = (
                    max(midnight + opening, wall_start),
                    min(midnight + closing, wall_end),
                )
                if piece_start < piece_end:
                    yield (piece_start - offset).replace(tzinfo=UTC), (piece_end - offset).replace(tzinfo=UTC)
            day += DAY


def _stretches(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cuts the time between two instants where the zone's offset from UTC changes, and at 24 h."""
    start, end = _utc(start), _utc(end)
    while start < end:
        offset = _offset(zone, start)
        stretch_end = min(start + DAY, end)
        if _offset(zone, stretch_end) != offset:
            stretch_end = _clock_change(zone, start, stretch_end)
        yield start, stretch_end, offset
        start = stretch_end


def _clock_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant, to the second, at which the offset that held ``before`` stops; by bisection."""
    offset = _offset(zone, before)
    low, high = math.floor(before.timestamp()), math.ceil(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, datetime.fromtimestamp(middle, UTC)) == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _wall(calendar: Calendar, at: datetime) -> datetime:
    return _utc(at).astimezone(ZoneInfo(calendar.zone)).replace(tzinfo=None)


def _horizon(after: datetime) -> datetime:
    return _utc(after) + HORIZON


def _utc(at: datetime) -> datetime:
    """Python adds and subtracts wall times within one zone; elapsed time needs UTC."""
    if at.tzinfo is None:
        raise HoursError("naive", "An instant needs its time zone")
    return at.astimezone(UTC)


type _Span = tuple[timedelta, timedelta]
"""From and to, since local midnight."""


def _open_on(calendar: Calendar, day: date) -> tuple[_Span, ...]:
    return () if _holiday_on(calendar, day) else _week(calendar.intervals)[day.weekday()]


def _holiday_on(calendar: Calendar, day: date) -> Holiday | None:
    return next((holiday for holiday in calendar.holidays if holiday.first <= day <= holiday.last), None)


def _never_closes(calendar: Calendar) -> bool:
    whole_day = ((timedelta(), DAY),)
    return not calendar.holidays and all(day == whole_day for day in _week(calendar.intervals))


@lru_cache(maxsize=256)
def _week(intervals: tuple[Interval, ...]) -> tuple[tuple[_Span, ...], ...]:
    """For each weekday its open spans: cut at midnight, merged, in order."""
    days: list[list[_Span]] = [[] for _weekday in range(7)]
    for interval in intervals:
        start, end = _since_midnight(interval.start), _since_midnight(interval.end)
        if end > start:
            days[interval.weekday].append((start, end))
        else:
            days[interval.weekday].append((start, DAY))
            days[(interval.weekday + 1) % 7].append((timedelta(), end))
    return tuple(_merged(spans) for spans in days)


def _merged(spans: list[_Span]) -> tuple[_Span, ...]:
    merged: list[_Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
