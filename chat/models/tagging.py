from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models import Tag

if TYPE_CHECKING:
    from chat.models.conversation import Conversation


class Tagging(models.Model):
    """A tag on a conversation: who set it, and when."""

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="taggings", verbose_name=_("tag"))
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("user")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("conversation with tag")
        verbose_name_plural = _("conversations with tag")
        constraints = [models.UniqueConstraint(fields=["conversation", "tag"], name="tagged_once")]

    def __str__(self) -> str:
        return str(self.tag)

    @staticmethod
    def choose(tags: Sequence[Tag], *, conversation: Conversation, user: User, now: datetime) -> None:
        """``conversation`` has these and no others from now on, but none anew that has been retired."""
        had = set(conversation.taggings.values_list("tag", flat=True))
        gone = had - {tag.pk for tag in tags}
        new = [tag for tag in tags if tag.pk not in had and tag.retired_at is None]
        if gone or new:
            conversation.taggings.filter(tag__in=gone).delete()
            Tagging.objects.bulk_create(
                Tagging(conversation=conversation, tag=tag, user=user, at=now) for tag in new
            )
            conversation.tags_changed()
