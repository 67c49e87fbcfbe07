"""Operating hours as an administrator enters them; the arithmetic is in ``workstreams.hours``."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, time

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams import hours


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Use a name such as Europe/Lisbon."), params={"value": value}
        )


class OperatingHours(models.Model):
    """When people are there: weekly intervals and holidays, in one time zone."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("An IANA name, such as Europe/Lisbon."),
    )

    class Meta:
        verbose_name = _("operating hours")
        verbose_name_plural = _("operating hours")

    def __str__(self) -> str:
        return self.name

    def calendar(self) -> hours.Calendar:
        return hours.Calendar(
            zone=self.time_zone,
            intervals=tuple(
                hours.Interval(weekday=row.weekday, start=row.start, end=row.end)
                for row in self.intervals.all()
            ),
            holidays=tuple(
                hours.Holiday(first=row.first, last=row.last, reason=row.reason)
                for row in self.holidays.all()
            ),
        )

    def is_open(self, now: datetime) -> bool:
        return hours.is_open(calendar=self.calendar(), at=now)


class OperatingInterval(models.Model):
    """One stretch of a weekday. An end before the start is the next day's; an end equal to it, 24 hours."""

    hours = models.ForeignKey(
        OperatingHours, on_delete=models.CASCADE, related_name="intervals", verbose_name=_("hours")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    start = models.TimeField(_("from"))
    end = models.TimeField(_("to"), help_text=_("Before the start: over midnight. Equal to it: 24 hours."))

    class Meta:
        verbose_name = _("interval")
        verbose_name_plural = _("intervals")

    def __str__(self) -> str:
        day, next_day = Weekday(self.weekday).label, Weekday((self.weekday + 1) % 7).label
        words = {"day": day, "next_day": next_day, "start": f"{self.start:%H:%M}", "end": f"{self.end:%H:%M}"}
        if self.end > self.start:
            return gettext("%(day)s, %(start)s to %(end)s") % words
        if self.end == self.start:
            return gettext("24 hours from %(day)s, %(start)s") % words
        if self.end == time():
            return gettext("%(day)s, %(start)s to midnight") % words
        return gettext("Over midnight: %(day)s, %(start)s to %(next_day)s, %(end)s") % words


class Holiday(models.Model):
    """Days on which the hours do not hold."""

    hours = models.ForeignKey(
        OperatingHours, on_delete=models.CASCADE, related_name="holidays", verbose_name=_("hours")
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")),
                name="holiday_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first. Exchange the two."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.first} - {self.last} {self.reason}".strip()
