from __future__ import annotations

from typing import Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ParticipantRole(models.TextChoices):
    CONSULTANT = "consultant", _("Consultant")  # asked for advice by the conversation's agent
    SUPERVISOR = "supervisor", _("Supervisor")  # has joined


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def present(self) -> Self:
        return self.filter(left_at=None)


class Participant(models.Model):
    """Somebody beside the agent in an active conversation. Uses no capacity; leaves when it leaves active."""

    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.CASCADE, related_name="participants"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=10, choices=ParticipantRole)
    # A consultant writes internally until the conversation's agent adds them.
    may_answer = models.BooleanField(_("may write to the customer"), default=False)
    invited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    joined_at = models.DateTimeField(_("joined at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "user"], condition=Q(left_at=None), name="present_once"
            )
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(left_at=None), name="taking_part"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
