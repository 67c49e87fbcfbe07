from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self

from django.contrib.auth.models import User
from django.core.files.storage import storages
from django.db import models
from django.db.models import prefetch_related_objects
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from chat.files.kinds import Recognised
from chat.models.customer import Customer
from chat.models.message import Message
from chat.models.together import update_each


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def unused(self) -> Self:
        """Uploads that no message has taken."""
        return self.filter(message=None)

    def of(self, *, customer: Customer | None = None, user: User | None = None) -> Self:
        return self.filter(customer=customer) if customer else self.filter(user=user)

    def of_such_as(self, customer: Customer) -> Self:
        """Of all who are signed in, or of all who are not."""
        return self.filter(customer__isnull=False, customer__subject__isnull=not customer.is_authenticated)

    def from_address(self, address: str) -> Self:
        return self.filter(address_digest=digest_of(address))

    def locked(self) -> Self:
        return self.select_for_update(no_key=True)


class Attachment(models.Model):
    """A file that somebody sent: an upload, until a message of its sender takes it, once.

    The row comes before the file and goes after it: there is no file without a row, whatever is killed in between.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A message that is deleted leaves an unused upload, which the sweep clears away.
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))  # bytes
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    uploaded_at = models.DateTimeField()
    is_stored = models.BooleanField(default=False)
    # Of the address that a customer's came from, until a message takes it: by it those that wait are counted.
    address_digest = models.BinaryField(max_length=32, null=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(customer__isnull=False, user__isnull=True)
                | models.Q(customer__isnull=True, user__isnull=False),
                name="attachment_has_one_sender",
            ),
            models.CheckConstraint(
                condition=models.Q(message__isnull=True) | models.Q(is_stored=True),
                name="attachment_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(message__isnull=True) | models.Q(address_digest__isnull=True),
                name="attachment_knows_no_address",
            ),
        ]
        indexes = [
            models.Index(
                fields=["uploaded_at"], condition=models.Q(message__isnull=True), name="unused_uploads"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def begun(
        cls,
        *,
        name: str,
        size: int,
        what: Recognised,
        customer: Customer | None,
        user: User | None,
        address: str,
        now: datetime,
    ) -> Attachment:
        return cls.objects.create(
            address_digest=digest_of(address) if customer else None,
            customer=customer,
            user=user,
            name=name,
            content_type=what.type.content_type,
            size=size,
            width=what.width,
            height=what.height,
            uploaded_at=now,
        )

    @property
    def path(self) -> str:
        """Where it lies in the storage: nothing that anybody chose is part of it."""
        return f"{self.pk.hex[:2]}/{self.pk.hex}"

    @property
    def is_picture(self) -> bool:
        """Verified, and of a type that browsers show."""
        return self.width is not None

    def remove_file(self) -> None:
        """Remove its file, if there is one. Again is no mistake."""
        storages["default"].delete(self.path)


def digest_of(address: str) -> bytes:
    """What is kept of an address, to count the uploads from it."""
    return salted_hmac("chat.upload", address, algorithm="sha256").digest()


def attach(message: Message, uploads: Sequence[Attachment]) -> None:
    """They are this message's from now on, in this order. The caller holds their locks."""
    for position, upload in enumerate(uploads):
        upload.message, upload.position, upload.address_digest = message, position, None
    update_each(uploads, fields=["message", "position", "address_digest"])
    fetch_attachments([message])


def fetch_attachments[Messages: Iterable[Message]](messages: Messages) -> Messages:
    """Have the attachments of these messages at hand: one statement, and none where there are none."""
    prefetch_related_objects([message for message in messages if message.attachment_count], "attachments")
    return messages
