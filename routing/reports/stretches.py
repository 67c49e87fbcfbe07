"""The hours, days or weeks of a period: as many as a plot has room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from routing.reports.periods import Period

HOURLY_UPTO = 2  # days
DAILY_UPTO = 92
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Stretches:
    """Local times, without a zone. ``holding``: in which of them a local hour lies."""

    unit: str
    starts: Sequence[datetime]
    holding: Callable[[datetime], datetime]
    label: Callable[[datetime], str]


def stretches_of(period: Period) -> Stretches:
    midnights = [datetime.combine(day, time()) for day in period.days]
    if len(midnights) <= HOURLY_UPTO:
        hours = [midnight + n * HOUR for midnight in midnights for n in range(24)]
        return Stretches(_("Hour"), hours, _hour, _hour_label if len(midnights) > 1 else time_format)
    if len(midnights) <= DAILY_UPTO:
        return Stretches(_("Day"), midnights, _day, _day_label)
    weeks = sorted({_week(midnight) for midnight in midnights})
    return Stretches(_("Week from"), weeks, _week, _day_label)


def _hour(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


def _day(at: datetime) -> datetime:
    return datetime.combine(at, time())


def _week(at: datetime) -> datetime:
    return _day(at) - timedelta(days=at.weekday())


def _day_label(at: datetime) -> str:
    return date_format(at, "j M")


def _hour_label(at: datetime) -> str:
    return f"{_day_label(at)}, {time_format(at.time())}"
