from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models import Queue


class Membership(models.Model):
    """An agent serves a queue."""

    queue = models.ForeignKey(
        Queue, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("queue")
    )
    agent = models.ForeignKey(
        "routing.Agent", on_delete=models.CASCADE, related_name="memberships", verbose_name=_("agent")
    )
    # When routing last chose this agent from this queue: what round robin goes by.
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["queue", "agent"], name="one_membership_per_queue")]

    def __str__(self) -> str:
        return f"{self.agent} · {self.queue}"
