from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.together import update_each
from workstreams.models import Queue


class MembershipQuerySet(models.QuerySet["Membership"]):
    def note_assignments(self, moments: Mapping[tuple[int, int], datetime]) -> None:
        """When routing last chose an agent from a queue, by (user id, queue id). Callers hold the agents' locks."""
        memberships = list(
            self.filter(
                agent__in={user_id for user_id, _queue in moments},
                queue__in={queue for _agent, queue in moments},
            )
        )
        chosen = [each for each in memberships if (each.agent_id, each.queue_id) in moments]
        for membership in chosen:
            membership.last_assigned_at = moments[membership.agent_id, membership.queue_id]
        update_each(chosen, fields=["last_assigned_at"])


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

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["queue", "agent"], name="one_membership_per_queue")]

    def __str__(self) -> str:
        return f"{self.agent} · {self.queue}"
