from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat import search
from chat.models.customer import Customer

if TYPE_CHECKING:
    from chat.models.attachment import Attachment

MAX_BODY = 6000  # code points


class AuthorKind(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    AGENT = "agent", _("Agent")
    SYSTEM = "system", _("System")


class MessageQuerySet(models.QuerySet["Message"]):
    def public(self) -> Self:
        return self.filter(seq__isnull=False)

    def internal(self) -> Self:
        return self.filter(note_seq__isnull=False)

    def newest(self, limit: int) -> list[Message]:
        """The newest public messages of this set, ascending."""
        return list(self.public().order_by("-seq")[:limit])[::-1]


class Message(models.Model):
    """One entry of the timeline. Public ones are numbered by ``seq``, internal ones by ``note_seq``."""

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField(null=True)
    note_seq = models.PositiveIntegerField(null=True)
    author_kind = models.CharField(max_length=8, choices=AuthorKind)
    author_customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    author_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    # Whoever shows a message without any need not ask for them.
    attachment_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    client_id = models.UUIDField(null=True)
    sent_at = models.DateTimeField()

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seq__isnull=False, note_seq__isnull=True)
                | models.Q(seq__isnull=True, note_seq__isnull=False),
                name="message_is_public_or_internal",
            ),
            models.UniqueConstraint(fields=["conversation", "seq"], name="one_message_per_seq"),
            models.UniqueConstraint(fields=["conversation", "note_seq"], name="one_note_per_note_seq"),
            models.UniqueConstraint(
                fields=["author_customer", "client_id"],
                condition=models.Q(author_customer__isnull=False, client_id__isnull=False),
                name="one_message_per_customer_client_id",
            ),
            models.UniqueConstraint(
                fields=["author_user", "client_id"],
                condition=models.Q(author_user__isnull=False, client_id__isnull=False),
                name="one_message_per_agent_client_id",
            ),
        ]
        indexes = [
            models.Index(fields=["sent_at"], name="message_sent_at"),
            # Without a pending list: now and then a post would have to sort that in for all before it.
            GinIndex(search.BODY, name="message_words", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"{self.author_kind} {self.seq or self.note_seq}"

    @property
    def is_internal(self) -> bool:
        return self.note_seq is not None

    @property
    def files(self) -> list[Attachment]:
        """In the order in which they were sent; ``fetch_attachments`` gets those of many messages at once."""
        return sorted(self.attachments.all(), key=_position) if self.attachment_count else []


def _position(file: Attachment) -> int:
    return file.position


def same_request(
    *, client_id: uuid.UUID, customer: Customer | None = None, user: User | None = None
) -> Message | None:
    """The message that this sender already posted under ``client_id``: a retry is answered with it."""
    sent = Message.objects.filter(client_id=client_id).select_related(
        "conversation__widget", "conversation__agent"
    )
    return (
        sent.filter(author_customer=customer).first() if customer else sent.filter(author_user=user).first()
    )
