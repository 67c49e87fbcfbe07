"""A widget's own wording of what the product says by itself."""

from __future__ import annotations

import uuid
from collections import defaultdict
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workstreams.automated import NO_OVERRIDES, Overrides, Trigger
from workstreams.models.widget import Widget

MAX_TEXT = 1000


LABELS: dict[Trigger, Promise] = {
    Trigger.AGENT_ASSIGNED: _("Agent assigned without being asked"),
    Trigger.AGENT_JOINED: _("Agent joined"),
    Trigger.COLLEAGUE_JOINED: _("Second agent joined"),
    Trigger.COLLEAGUE_LEFT: _("Second agent left"),
    Trigger.AGENT_DISCONNECTED: _("Agent disconnected"),
    Trigger.NO_AGENT: _("Agent could not be assigned"),
    Trigger.AVERAGE_WAIT: _("Average wait"),
    Trigger.QUEUE_POSITION: _("Queue position"),
    Trigger.NEXT_IN_LINE: _("Next in line"),
    Trigger.CUSTOMER_DISCONNECTED: _("Customer disconnected (agents read it)"),
    Trigger.CUSTOMER_RECONNECTED: _("Customer is back (agents read it)"),
    Trigger.TRANSFERRED: _("Transferred"),
    Trigger.OUT_OF_HOURS: _("Out of hours"),
    Trigger.HOLIDAY: _("Holiday"),
    Trigger.AGENT_ENDED: _("Agent ended"),
    Trigger.SESSION_ENDED: _("Session ended"),
    Trigger.AUTO_CLOSED: _("Auto-closed"),
    Trigger.AUTO_CLOSE_REMINDER: _("Auto-close reminder"),
    Trigger.UNANSWERED: _("Nobody answered"),
    Trigger.OVERFLOW_ENDED: _("Ended by overflow"),
    Trigger.SUPERVISOR_CLOSED: _("Closed by a supervisor"),
}


class AutomatedMessage(models.Model):
    """The text of one trigger in one language, or that nothing is said there."""

    widget = models.ForeignKey(
        Widget, on_delete=models.CASCADE, related_name="automated_messages", verbose_name=_("widget")
    )
    trigger = models.CharField(
        _("when"), max_length=24, choices=[(trigger.value, label) for trigger, label in LABELS.items()]
    )
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    text = models.CharField(_("text"), max_length=MAX_TEXT, blank=True)
    is_on = models.BooleanField(_("on"), default=True)

    class Meta:
        verbose_name = _("automated message")
        verbose_name_plural = _("automated messages")
        constraints = [
            models.UniqueConstraint(
                fields=["widget", "trigger", "language"],
                name="one_text_a_language",
                violation_error_message=_("There is a text for this already, in this language."),
            ),
            models.CheckConstraint(
                condition=models.Q(is_on=False) | ~models.Q(text=""), name="what_is_on_says_something"
            ),
        ]

    def __str__(self) -> str:
        return str(LABELS[Trigger(self.trigger)])

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        _renew_edition(self.widget_id)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted = super().delete(*args, **kwargs)
        _renew_edition(self.widget_id)
        return deleted


def overrides_of(widget: Widget) -> Overrides:
    """Read once a process and edition: a widget's row, which is at hand wherever something is said, tells which one counts."""
    if widget.texts_edition is None:
        return NO_OVERRIDES
    return _read(widget.pk, widget.texts_edition)


@lru_cache(maxsize=1000)
def _read(widget_id: int, edition: uuid.UUID) -> Overrides:
    found: defaultdict[Trigger, dict[str, str | None]] = defaultdict(dict)
    for own in AutomatedMessage.objects.filter(widget=widget_id):
        found[Trigger(own.trigger)][own.language] = own.text if own.is_on else None
    return dict(found)


def _renew_edition(widget_id: int) -> None:
    # After the row: whoever sees the new edition sees the row too.
    Widget.objects.filter(pk=widget_id).update(texts_edition=uuid.uuid4())
