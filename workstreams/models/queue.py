from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams import hours
from workstreams.models.hours import OperatingHours


class AssignmentMethod(models.TextChoices):
    HIGHEST_CAPACITY = "highest_capacity", _("Highest capacity: whoever has most room")
    ROUND_ROBIN = "round_robin", _("Round robin: whoever was assigned longest ago")
    LONGEST_IDLE = "longest_idle", _("Longest idle: whoever was freed longest ago")


class Queue(models.Model):
    """Where open conversations wait for one of its members."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    priority = models.PositiveIntegerField(
        _("priority"), default=100, help_text=_("Smaller numbers are served first.")
    )
    assignment_method = models.CharField(
        _("assignment method"),
        max_length=20,
        choices=AssignmentMethod,
        default=AssignmentMethod.HIGHEST_CAPACITY,
    )
    operating_hours = models.ForeignKey(
        OperatingHours,
        on_delete=models.PROTECT,
        related_name="queues",
        null=True,
        blank=True,
        verbose_name=_("operating hours"),
        help_text=_("None: always open."),
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")

    def __str__(self) -> str:
        return self.name

    def calendar(self) -> hours.Calendar | None:
        """The hours as a calendar; None when the queue is always open."""
        return self.operating_hours.calendar() if self.operating_hours else None

    def is_open(self, now: datetime) -> bool:
        return hours.is_open(calendar=self.calendar(), at=now)
