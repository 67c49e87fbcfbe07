from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from workstreams.models.queue import Queue


class OverflowWhen(models.TextChoices):
    FULL = "full", _("On arrival, when more conversations than this are open")
    WAITED = "waited", _("While queued, after this many minutes of opening time")


class OverflowAction(models.TextChoices):
    END = "end", _("End it with a message (live chat only; a persistent one stays)")
    TRANSFER = "transfer", _("Move it to another queue")


class OverflowRule(models.Model):
    """What happens to a conversation for which a queue has no time. One rule for each occasion."""

    queue = models.ForeignKey(
        Queue, on_delete=models.CASCADE, related_name="overflow_rules", verbose_name=_("queue")
    )
    when = models.CharField(_("when"), max_length=6, choices=OverflowWhen)
    limit = models.PositiveIntegerField(
        _("limit"), validators=[MinValueValidator(1)], help_text=_("Conversations, or minutes.")
    )
    action = models.CharField(_("action"), max_length=8, choices=OverflowAction)
    target = models.ForeignKey(
        Queue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="overflow_from",
        verbose_name=_("other queue"),
    )

    part_of = "queue"  # administrators know the queue

    class Meta:
        verbose_name = _("overflow rule")
        verbose_name_plural = _("overflow rules")
        constraints = [
            models.UniqueConstraint(fields=["queue", "when"], name="one_overflow_rule_per_occasion"),
            models.CheckConstraint(
                condition=Q(action=OverflowAction.TRANSFER, target__isnull=False)
                | Q(action=OverflowAction.END, target__isnull=True),
                name="overflow_moves_to_a_queue",
                violation_error_message=_(
                    "Name the other queue when the action is to move; leave it empty when it is to end."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(target=F("queue")),
                name="overflow_leaves_its_queue",
                violation_error_message=_("A queue cannot overflow into itself. Choose another queue."),
            ),
            models.CheckConstraint(condition=Q(limit__gte=1), name="overflow_has_a_limit"),
        ]

    def __str__(self) -> str:
        return f"{self.get_when_display()} ({self.limit}): {self.get_action_display()}"
