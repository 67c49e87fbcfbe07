from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.words import ACTORS, STATES, VERBS, choices


class Transition(models.Model):
    """One step of a conversation's life: the audit trail and the source of the reports."""

    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.CASCADE, related_name="transitions"
    )
    turn = models.PositiveIntegerField(_("turn"))
    verb = models.CharField(_("verb"), max_length=10, choices=choices(VERBS))
    source = models.CharField(_("from"), max_length=10, blank=True, choices=choices(STATES))
    target = models.CharField(_("to"), max_length=10, choices=choices(STATES))
    actor = models.CharField(_("by"), max_length=10, choices=choices(ACTORS))
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    agent = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agent after"),
    )
    queue = models.ForeignKey(
        "workstreams.Queue", on_delete=models.PROTECT, related_name="+", verbose_name=_("queue")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("transition")
        verbose_name_plural = _("transitions")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "turn"], name="one_transition_per_turn")
        ]
        indexes = [models.Index(fields=["at"], name="transition_at")]

    def __str__(self) -> str:
        return f"{self.verb}: {self.source} -> {self.target}"
