from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models

from chat.models.concern import Concern


class Affinity(Concern):
    """For whom it is kept, before it is anybody's."""

    # Set by wake, only in open; whoever it names is offered the conversation before the queue is.
    preferred_agent = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The turn in which that agent was asked last: a sweep finds by it who was not, among many who were.
    held_out_turn = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def note_held_out(self) -> None:
        """Whom it is kept for is being asked; that holds for this turn."""
        self.held_out_turn = self.whole.turn
        self.save(update_fields=["held_out_turn"])

    def end_affinity(self) -> None:
        """Its agent declined, left or did not answer in time: from now on it is the queue's."""
        self.preferred_agent = None
        self.save_changed("preferred_agent")
