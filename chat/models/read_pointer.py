from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Greatest

from chat.models.conversation import Conversation


class ReadPointerQuerySet(models.QuerySet["ReadPointer"]):
    def advance(self, *, conversation: Conversation, user: User | None, seq: int, note_seq: int = 0) -> bool:
        """Move somebody's pointer on, never back. False when it already stood there or further."""
        pointer, created = self.get_or_create(
            conversation=conversation, user=user, defaults={"seq": seq, "note_seq": note_seq}
        )
        if created:
            return True
        behind = self.filter(pk=pointer.pk).filter(models.Q(seq__lt=seq) | models.Q(note_seq__lt=note_seq))
        return bool(behind.update(seq=Greatest("seq", seq), note_seq=Greatest("note_seq", note_seq)))


class ReadPointer(models.Model):
    """How far somebody has read: the customer (no user) or an agent. Unread counts derive from it."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="read_pointers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    seq = models.PositiveIntegerField(default=0)
    note_seq = models.PositiveIntegerField(default=0)

    objects = ReadPointerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "user"], nulls_distinct=False, name="one_read_pointer_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.seq}"
