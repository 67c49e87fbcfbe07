from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workstreams.automated import placeholders_in
from workstreams.models.workstream import Workstream

MAX_TEXT = 3000
PLACEHOLDERS = ("customer", "customer_first", "agent", "agent_full", "queue")
"""The only names that are replaced (spec section 7). ``agent`` is called as the widget shows agents."""


def check_placeholders(text: str) -> None:
    """Raises ValidationError for a name outside the fixed set."""
    unknown = sorted(placeholders_in(text) - set(PLACEHOLDERS))
    if unknown:
        raise ValidationError(
            _("There is no %(unknown)s. Use: %(known)s."),
            code="unknown_placeholder",
            params={
                "unknown": ", ".join(f"{{{name}}}" for name in unknown),
                "known": ", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
            },
        )


class QuickReplyQuerySet(models.QuerySet["QuickReply"]):
    def shared(self) -> Self:
        return self.filter(owner=None)

    def of(self, user: User) -> Self:
        """Their personal ones."""
        return self.filter(owner=user.pk)

    def for_use(self, *, user: User, workstream: Workstream) -> Self:
        """What ``user`` may insert in a conversation of this workstream: their own first."""
        mine_or_shared = Q(owner=user.pk) | Q(owner=None)
        here = Q(workstream=None) | Q(workstream=workstream)
        return self.filter(mine_or_shared, here).order_by(models.F("owner").asc(nulls_last=True), "title")


class QuickReply(models.Model):
    """A text that agents insert with /q: shared by all, or one agent's own."""

    title = models.CharField(_("title"), max_length=60, help_text=_("What agents look for."))
    text = models.TextField(
        _("text"),
        max_length=MAX_TEXT,
        validators=[check_placeholders],
        help_text=_("{customer}, {customer_first}, {agent}, {agent_full} and {queue} are filled in."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="quick_replies",
        verbose_name=_("of"),
        help_text=_("Empty: shared by all agents."),
    )
    workstream = models.ForeignKey(
        Workstream,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="quick_replies",
        verbose_name=_("workstream"),
        help_text=_("Empty: in every one."),
    )

    objects = QuickReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("quick reply")
        verbose_name_plural = _("quick replies")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "workstream", "title"],
                nulls_distinct=False,
                name="one_quick_reply_a_title",
                violation_error_message=_("There is one with this title already."),
            )
        ]

    def __str__(self) -> str:
        return self.title
