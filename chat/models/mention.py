from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef

from chat import events
from chat.models.message import Message

if TYPE_CHECKING:
    from chat.models.conversation import Conversation


class MentionQuerySet(models.QuerySet["Mention"]):
    def of(self, user: User) -> Self:
        return self.filter(user=user)

    def unread(self) -> Self:
        """Whoever is mentioned has not read that note yet."""
        from chat.models.read_pointer import ReadPointer

        read = ReadPointer.objects.filter(
            conversation=OuterRef("message__conversation"),
            user=OuterRef("user"),
            note_seq__gte=OuterRef("message__note_seq"),
        )
        return self.exclude(Exists(read))

    def in_conversation(self, conversation: Conversation) -> Self:
        return self.filter(message__conversation=conversation)


class Mention(models.Model):
    """An internal message names a colleague, who may then see the conversation. Whether it was read derives from the
    read pointers.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    objects = MentionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="mentioned_once")]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.user_id}"


def mention(users: Sequence[User], *, message: Message) -> None:
    """``message``, an internal one, names them."""
    if not users:
        return
    Mention.objects.bulk_create(Mention(message=message, user=user) for user in users)
    user_ids = tuple(user.pk for user in users)
    events.publish(
        events.ColleaguesMentioned(conversation=message.conversation, message=message, user_ids=user_ids)
    )
