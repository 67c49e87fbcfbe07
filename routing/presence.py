"""What an agent says and what the system knows, as one status. Pure."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    AVAILABLE = "available", _("Available")
    BUSY = "busy", _("Busy")
    DO_NOT_DISTURB = "do_not_disturb", _("Do not disturb")
    AWAY = "away", _("Away")
    OFFLINE = "offline", _("Offline")
    INACTIVE = "inactive", _("Inactive")  # set by the system after a missed offer, never chosen


CHOOSABLE = (Status.AVAILABLE, Status.BUSY, Status.DO_NOT_DISTURB, Status.AWAY, Status.OFFLINE)
# Whoever chooses one of these hands back what was offered. Work already theirs stays.
ABSENT = (Status.AWAY, Status.OFFLINE)


def effective(*, chosen: str, missed: bool, is_connected: bool, used: int, capacity: int) -> Status:
    """The status that counts (spec §4, Presence): busy and do not disturb are also derived from the load."""
    if not is_connected:
        return Status.OFFLINE
    if missed:
        return Status.INACTIVE
    if chosen not in (Status.AVAILABLE, Status.BUSY):
        return Status(chosen)
    if used >= capacity:
        return Status.DO_NOT_DISTURB
    return Status.BUSY if used else Status(chosen)


def offline_after() -> timedelta:
    """How long after the last console has gone an agent still counts as connected: a page change is no absence."""
    return timedelta(seconds=settings.PARLEY_AGENT_OFFLINE_SECONDS)


def gone_after() -> timedelta:
    """How long after that an agent is gone, and their conversations move on."""
    return timedelta(seconds=settings.PARLEY_AGENT_GONE_SECONDS)
