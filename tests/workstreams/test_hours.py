"""Hours, case by case. What holds in general is in test_hours_properties."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from workstreams.hours import (
    Calendar,
    Holiday,
    HoursError,
    Interval,
    closes_at,
    current_holiday,
    is_open,
    open_seconds,
    opens_at,
    preview,
)

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
HOUR = 3600


def interval(weekday: int, start: str, end: str) -> Interval:
    return Interval(weekday=weekday, start=time.fromisoformat(start), end=time.fromisoformat(end))


def every_day(start: str, end: str) -> tuple[Interval, ...]:
    return tuple(interval(weekday, start, end) for weekday in range(7))


def calendar(
    *intervals: Interval, zone: str = "Europe/Lisbon", holidays: tuple[Holiday, ...] = ()
) -> Calendar:
    return Calendar(zone=zone, intervals=intervals, holidays=holidays)


def local(text: str, zone: str = "Europe/Lisbon", fold: int = 0) -> datetime:
    """In UTC, because Python holds a repeated wall time unequal to every instant of another zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


# 5 January 2026 is a Monday.
OFFICE = calendar(*(interval(weekday, "08:00", "18:00") for weekday in (MON, TUE, WED, THU, FRI)))


class TestTheLastMinute:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("2026-01-05 07:59:59.999999", False),
            ("2026-01-05 08:00:00", True),
            ("2026-01-05 17:59:00", True),
            ("2026-01-05 17:59:59.999999", True),
            ("2026-01-05 18:00:00", False),
        ],
    )
    def test_the_start_is_open_and_the_end_is_not(self, at: str, expected: bool) -> None:
        assert is_open(calendar=OFFICE, at=local(at)) is expected

    def test_the_last_minute_of_a_day_that_ends_at_midnight_is_open(self) -> None:
        evening = calendar(interval(MON, "18:00", "00:00"))
        assert is_open(calendar=evening, at=local("2026-01-05 23:59:59.999999"))
        assert not is_open(calendar=evening, at=local("2026-01-06 00:00"))
        assert closes_at(calendar=evening, after=local("2026-01-05 20:00")) == local("2026-01-06 00:00")

    def test_a_minute_is_sixty_seconds(self) -> None:
        assert (
            open_seconds(calendar=OFFICE, start=local("2026-01-05 17:59"), end=local("2026-01-05 18:01"))
            == 60
        )


class TestMidnight:
    def test_an_end_before_the_start_is_the_next_days(self) -> None:
        night = calendar(interval(SUN, "22:00", "06:00"))
        assert is_open(calendar=night, at=local("2026-01-04 23:00"))
        assert is_open(calendar=night, at=local("2026-01-05 05:59"))
        assert not is_open(calendar=night, at=local("2026-01-05 06:00"))
        assert not is_open(calendar=night, at=local("2026-01-04 05:00"))
        assert closes_at(calendar=night, after=local("2026-01-04 22:30")) == local("2026-01-05 06:00")

    def test_intervals_that_meet_at_midnight_do_not_close_there(self) -> None:
        meeting = calendar(interval(MON, "18:00", "00:00"), interval(TUE, "00:00", "06:00"))
        assert is_open(calendar=meeting, at=local("2026-01-06 00:00"))
        assert closes_at(calendar=meeting, after=local("2026-01-05 18:00")) == local("2026-01-06 06:00")

    def test_an_end_equal_to_the_start_is_24_hours(self) -> None:
        assert closes_at(
            calendar=calendar(interval(MON, "09:00", "09:00")), after=local("2026-01-05 09:00")
        ) == local("2026-01-06 09:00")
        whole_monday = calendar(interval(MON, "00:00", "00:00"))
        assert opens_at(calendar=whole_monday, after=local("2026-01-04 12:00")) == local("2026-01-05 00:00")
        assert closes_at(calendar=whole_monday, after=local("2026-01-05 12:00")) == local("2026-01-06 00:00")

    def test_whole_days_every_day_never_close(self) -> None:
        always = calendar(*every_day("00:00", "00:00"))
        assert closes_at(calendar=always, after=local("2026-01-05 12:00")) is None
        assert opens_at(calendar=always, after=local("2026-01-05 12:00")) == local("2026-01-05 12:00")


class TestSeveralIntervals:
    def test_a_lunch_break_closes(self) -> None:
        lunch = calendar(interval(MON, "08:00", "12:00"), interval(MON, "13:00", "17:00"))
        assert closes_at(calendar=lunch, after=local("2026-01-05 09:00")) == local("2026-01-05 12:00")
        assert opens_at(calendar=lunch, after=local("2026-01-05 12:00")) == local("2026-01-05 13:00")
        assert (
            open_seconds(calendar=lunch, start=local("2026-01-05 00:00"), end=local("2026-01-06 00:00"))
            == 8 * HOUR
        )

    def test_overlapping_intervals_count_once(self) -> None:
        overlapping = calendar(interval(MON, "08:00", "13:00"), interval(MON, "12:00", "17:00"))
        assert closes_at(calendar=overlapping, after=local("2026-01-05 08:00")) == local("2026-01-05 17:00")
        assert (
            open_seconds(calendar=overlapping, start=local("2026-01-05 00:00"), end=local("2026-01-06 00:00"))
            == 9 * HOUR
        )

    def test_the_order_of_the_intervals_does_not_matter(self) -> None:
        shuffled = calendar(interval(MON, "13:00", "17:00"), interval(MON, "08:00", "12:00"))
        assert opens_at(calendar=shuffled, after=local("2026-01-05 00:00")) == local("2026-01-05 08:00")


class TestHolidays:
    CHRISTMAS = (Holiday(first=date(2025, 12, 25), last=date(2025, 12, 26), reason="Christmas"),)

    def test_a_holiday_closes_its_local_dates_alone(self) -> None:
        shop = calendar(*every_day("00:00", "00:00"), holidays=self.CHRISTMAS)
        assert is_open(calendar=shop, at=local("2025-12-24 23:59:59"))
        assert not is_open(calendar=shop, at=local("2025-12-25 00:00"))
        assert not is_open(calendar=shop, at=local("2025-12-26 23:59:59"))
        assert is_open(calendar=shop, at=local("2025-12-27 00:00"))
        assert closes_at(calendar=shop, after=local("2025-12-24 12:00")) == local("2025-12-25 00:00")
        assert opens_at(calendar=shop, after=local("2025-12-25 12:00")) == local("2025-12-27 00:00")

    def test_the_local_date_counts_not_that_of_utc(self) -> None:
        auckland = calendar(*every_day("00:00", "00:00"), zone="Pacific/Auckland", holidays=self.CHRISTMAS)
        assert not is_open(calendar=auckland, at=datetime(2025, 12, 24, 12, tzinfo=UTC))
        assert is_open(calendar=auckland, at=datetime(2025, 12, 26, 12, tzinfo=UTC))

    def test_a_night_that_began_the_evening_before_stops_at_midnight(self) -> None:
        night = calendar(*every_day("22:00", "06:00"), holidays=self.CHRISTMAS)
        assert closes_at(calendar=night, after=local("2025-12-24 22:00")) == local("2025-12-25 00:00")

    def test_a_night_that_begins_on_the_holiday_opens_after_it(self) -> None:
        night = calendar(*every_day("22:00", "06:00"), holidays=self.CHRISTMAS)
        assert opens_at(calendar=night, after=local("2025-12-25 03:00")) == local("2025-12-27 00:00")

    def test_the_holiday_of_an_instant_can_be_named(self) -> None:
        shop = calendar(*every_day("08:00", "18:00"), holidays=self.CHRISTMAS)
        holiday = current_holiday(calendar=shop, at=local("2025-12-26 23:59"))
        assert holiday is not None
        assert holiday.reason == "Christmas"
        assert current_holiday(calendar=shop, at=local("2025-12-27 00:00")) is None
        assert current_holiday(calendar=None, at=local("2025-12-26 23:59")) is None

    def test_a_holiday_of_months_is_looked_past(self) -> None:
        closed = Holiday(first=date(2026, 1, 1), last=date(2026, 12, 31))
        long = calendar(*every_day("08:00", "18:00"), holidays=(closed,))
        assert opens_at(calendar=long, after=local("2026-01-01 09:00")) == local("2027-01-01 08:00")


class TestClockChanges:
    """Lisbon goes from 01:00 to 02:00 on 29 March 2026, and from 02:00 back to 01:00 on 25 October 2026."""

    EARLY = calendar(*every_day("01:30", "04:00"))

    def test_a_start_that_is_skipped_opens_when_the_clock_has_jumped(self) -> None:
        opening = opens_at(calendar=self.EARLY, after=local("2026-03-29 00:00"))
        assert opening == datetime(2026, 3, 29, 1, tzinfo=UTC) == local("2026-03-29 02:00")
        assert (
            open_seconds(calendar=self.EARLY, start=local("2026-03-29 00:00"), end=local("2026-03-30 00:00"))
            == 2 * HOUR
        )

    def test_an_interval_inside_the_skipped_hour_does_not_come(self) -> None:
        skipped = calendar(*every_day("01:15", "01:45"))
        assert opens_at(calendar=skipped, after=local("2026-03-29 00:00")) == local("2026-03-30 01:15")

    def test_an_interval_over_the_repeated_hour_is_an_hour_longer(self) -> None:
        night = calendar(*every_day("00:00", "06:00"))
        start, end = local("2026-10-25 00:00"), local("2026-10-25 12:00")
        assert closes_at(calendar=night, after=start) == local("2026-10-25 06:00")
        assert open_seconds(calendar=night, start=start, end=end) == 7 * HOUR

    def test_an_end_inside_the_repeated_hour_comes_twice(self) -> None:
        early = calendar(*every_day("00:00", "01:30"))
        first, again = local("2026-10-25 01:30"), local("2026-10-25 01:00", fold=1)
        assert closes_at(calendar=early, after=local("2026-10-25 00:00")) == first
        assert opens_at(calendar=early, after=first) == again
        assert closes_at(calendar=early, after=again) == local("2026-10-25 01:30", fold=1)

    def test_seconds_are_elapsed_ones_whatever_zone_the_instants_are_in(self) -> None:
        lisbon = ZoneInfo("Europe/Lisbon")
        start, end = datetime(2026, 10, 25, tzinfo=lisbon), datetime(2026, 10, 25, 6, tzinfo=lisbon)
        for hours in (None, calendar(*every_day("00:00", "00:00")), calendar(*every_day("00:00", "06:00"))):
            assert open_seconds(calendar=hours, start=start, end=end) == 7 * HOUR

    def test_wall_times_hold_on_both_sides_of_a_change(self) -> None:
        assert opens_at(calendar=OFFICE, after=local("2026-03-27 18:00")) == datetime(
            2026, 3, 30, 7, tzinfo=UTC
        )
        assert opens_at(calendar=OFFICE, after=local("2026-10-23 18:00")) == datetime(
            2026, 10, 26, 8, tzinfo=UTC
        )

    def test_a_midnight_that_is_skipped_opens_at_one(self) -> None:
        """Havana goes from 00:00 to 01:00."""
        havana = calendar(*every_day("00:00", "06:00"), zone="America/Havana")
        opening = opens_at(calendar=havana, after=local("2026-03-07 12:00", "America/Havana"))
        assert opening == local("2026-03-08 01:00", "America/Havana")

    def test_a_change_of_half_an_hour_counts_too(self) -> None:
        """Lord Howe goes from 02:00 back to 01:30."""
        zone = "Australia/Lord_Howe"
        howe = calendar(*every_day("00:00", "03:00"), zone=zone)
        start, end = local("2026-04-05 00:00", zone), local("2026-04-05 12:00", zone)
        assert open_seconds(calendar=howe, start=start, end=end) == 3.5 * HOUR

    def test_a_day_that_a_country_left_out_is_not_open(self) -> None:
        """Samoa had no 30 December 2011."""
        samoa = calendar(interval(FRI, "00:00", "00:00"), zone="Pacific/Apia")
        assert opens_at(calendar=samoa, after=datetime(2011, 12, 29, tzinfo=UTC)) == local(
            "2012-01-06 00:00", "Pacific/Apia"
        )


class TestNeverAndAlways:
    def test_no_calendar_is_always_open(self) -> None:
        now = local("2026-01-05 03:00")
        assert is_open(calendar=None, at=now)
        assert opens_at(calendar=None, after=now) == now
        assert closes_at(calendar=None, after=now) is None
        assert open_seconds(calendar=None, start=now, end=now + timedelta(minutes=1)) == 60

    def test_no_intervals_is_never_open(self) -> None:
        never, now = calendar(), local("2026-01-05 03:00")
        assert not is_open(calendar=never, at=now)
        assert opens_at(calendar=never, after=now) is None
        assert closes_at(calendar=never, after=now) == now
        assert open_seconds(calendar=never, start=now, end=now + timedelta(days=30)) == 0

    def test_time_does_not_run_backwards(self) -> None:
        start, end = local("2026-01-06 12:00"), local("2026-01-05 12:00")
        assert open_seconds(calendar=OFFICE, start=start, end=end) == 0
        assert open_seconds(calendar=None, start=start, end=end) == 0

    def test_what_is_open_opens_now_and_what_is_closed_closes_now(self) -> None:
        noon, night = local("2026-01-05 12:00"), local("2026-01-05 22:00")
        assert opens_at(calendar=OFFICE, after=noon) == noon
        assert closes_at(calendar=OFFICE, after=night) == night


class TestPreview:
    def test_open_it_tells_the_closing_and_the_opening_after(self) -> None:
        shown = preview(calendar=OFFICE, at=local("2026-01-09 12:00"))
        assert (shown.is_open, shown.closes_at, shown.opens_at) == (
            True,
            local("2026-01-09 18:00"),
            local("2026-01-12 08:00"),
        )
        assert shown.closes_at is not None
        assert shown.closes_at.hour == 18

    def test_closed_it_tells_the_opening(self) -> None:
        shown = preview(calendar=OFFICE, at=local("2026-01-09 19:00"))
        assert (shown.is_open, shown.closes_at, shown.opens_at) == (False, None, local("2026-01-12 08:00"))

    def test_always_and_never_have_no_times(self) -> None:
        always = preview(calendar=calendar(*every_day("00:00", "00:00")), at=local("2026-01-09 12:00"))
        never = preview(calendar=calendar(), at=local("2026-01-09 12:00"))
        assert (always.is_open, always.closes_at, always.opens_at) == (True, None, None)
        assert (never.is_open, never.closes_at, never.opens_at) == (False, None, None)


class TestMistakes:
    def test_calendars_that_make_no_sense_are_refused(self) -> None:
        with pytest.raises(HoursError, match="no weekday"):
            interval(7, "08:00", "18:00")
        with pytest.raises(HoursError, match="before it begins"):
            Holiday(first=date(2026, 1, 2), last=date(2026, 1, 1))
        for zone in ("Europe/Atlantis", "Europe", "../etc/passwd", ""):
            with pytest.raises(HoursError, match="no time zone"):
                calendar(zone=zone)

    def test_an_instant_without_a_zone_is_refused(self) -> None:
        naive = datetime.fromisoformat("2026-01-05")
        for call in (
            lambda: is_open(calendar=OFFICE, at=naive),
            lambda: open_seconds(calendar=OFFICE, start=naive, end=local("2026-01-06 00:00")),
        ):
            with pytest.raises(HoursError) as refused:
                call()
            assert refused.value.code == "naive"
