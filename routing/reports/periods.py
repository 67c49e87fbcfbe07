"""Which days a report is about, in the time zone of whoever reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class Preset(StrEnum):
    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"


@dataclass(frozen=True)
class Period:
    """Local dates, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + DAY, self.zone)

    @property
    def days(self) -> list[date]:
        return [self.first + DAY * n for n in range((self.last - self.first).days + 1)]


def preset_period(preset: Preset, *, zone: ZoneInfo, now: datetime) -> Period:
    today = now.astimezone(zone).date()
    month = today.replace(day=1)
    first, last = {
        Preset.TODAY: (today, today),
        Preset.YESTERDAY: (today - DAY, today - DAY),
        Preset.WEEK: (today - 6 * DAY, today),
        Preset.MONTH: (today - 29 * DAY, today),
        Preset.QUARTER: (today - 89 * DAY, today),
        Preset.THIS_MONTH: (month, today),
        Preset.LAST_MONTH: ((month - DAY).replace(day=1), month - DAY),
    }[preset]
    return Period(first=first, last=last, zone=zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
