from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models import Queue


class ReplyTimeQuerySet(models.QuerySet["ReplyTime"]):
    def record(self, *, queue: Queue, seconds: int, replies: int, now: datetime) -> None:
        self.update_or_create(
            queue=queue, defaults={"seconds": seconds, "replies": replies, "measured_at": now}
        )


class ReplyTime(models.Model):
    """How soon customers of a queue are answered, in opening time. Measured now and then, never while a page is waited for."""

    queue = models.OneToOneField(Queue, on_delete=models.CASCADE, primary_key=True, related_name="reply_time")
    seconds = models.PositiveIntegerField(_("seconds"))
    replies = models.PositiveIntegerField(_("measured on"))
    measured_at = models.DateTimeField(_("measured at"))

    objects = ReplyTimeQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply time")
        verbose_name_plural = _("reply times")

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.seconds} s"
