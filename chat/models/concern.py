from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat import events
from chat.words import STATES, choices

if TYPE_CHECKING:
    from chat.models.conversation import Conversation


class Concern(models.Model):
    """A part of the conversation: fields that belong together, and the methods that change them.

    What stands here all parts know; the rest of the conversation is ``whole`` to them.
    """

    state = models.CharField(_("state"), max_length=8, choices=choices(STATES))
    version = models.PositiveIntegerField(default=1)  # age of the snapshot; messages do not move it

    class Meta:
        abstract = True

    @property
    def whole(self) -> Conversation:
        return cast("Conversation", self)

    def save_changed(self, *fields: str) -> None:
        """Write these fields, which clients see: they get a new snapshot."""
        self.version += 1
        self.save(update_fields=[*fields, "version"])
        events.publish(events.ConversationChanged(conversation=self.whole))
