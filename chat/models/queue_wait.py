from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models import Queue


class QueueWait(models.Model):
    """How long live customers of a queue waited for an agent, on average. Measured now and then, never while one is told."""

    queue = models.OneToOneField(Queue, on_delete=models.CASCADE, primary_key=True, related_name="+")
    seconds = models.PositiveIntegerField(_("seconds"))

    class Meta:
        verbose_name = _("average wait")
        verbose_name_plural = _("average waits")

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.seconds} s"


def average_wait(queue_id: int) -> int | None:
    """In seconds; None: too few have waited to say."""
    return QueueWait.objects.filter(queue=queue_id).values_list("seconds", flat=True).first()
