"""Files on their way to a message: begun, stored, and taken once by their sender; or forgotten."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from chat.actions.base import action
from chat.errors import Invalid, Refusal
from chat.files.kinds import Recognised
from chat.models import Attachment, Customer

logger = logging.getLogger(__name__)
MAX_ATTACHMENTS = 10  # of one message
MAX_UNUSED = 20  # uploads of one sender that no message has taken


class AttachmentsOff(Refusal):
    code = "attachments_off"
    status = 403
    message = _("Files cannot be sent here.")


class TooManyUploads(Refusal):
    code = "too_many_uploads"
    status = 409
    message = _("Too many files are waiting to be sent. Send these first.")


class StorageFull(Refusal):
    code = "storage_full"
    status = 507
    message = _("There is no room for files just now. Try again later.")


@action
def begin_upload(
    *,
    name: str,
    size: int,
    what: Recognised,
    now: datetime,
    customer: Customer | None = None,
    user: User | None = None,
    address: str = "",
) -> Attachment:
    """The row, before there is a file. ``address``: the customer's. Raises TooManyUploads, StorageFull."""
    _require_room_of_sender(customer, user)
    if customer:
        _require_room_of_strangers(customer, address)
    return Attachment.begun(
        name=name, size=size, what=what, customer=customer, user=user, address=address, now=now
    )


@action
def upload_stored(*, upload_id: uuid.UUID) -> None:
    """The file is whole: a message may take it."""
    Attachment.objects.filter(pk=upload_id).update(is_stored=True)


@action
def withdraw_upload(*, upload_id: uuid.UUID) -> Attachment | None:
    """No message can take it any more, so that its file may go; None: one has taken it."""
    upload = Attachment.objects.unused().locked().filter(pk=upload_id).first()
    if upload is not None:
        upload.is_stored = False
        upload.save(update_fields=["is_stored"])
    return upload


@action
def forget_upload(*, upload_id: uuid.UUID) -> None:
    """Its file is gone."""
    Attachment.objects.unused().filter(pk=upload_id, is_stored=False).delete()


def _require_room_of_sender(customer: Customer | None, user: User | None) -> None:
    """Under the sender's lock: of several that they begin at once, each is counted."""
    if customer:
        Customer.objects.locked().get(pk=customer.pk)
    elif user:
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Attachment.objects.unused().of(customer=customer, user=user).count() >= MAX_UNUSED:
        raise TooManyUploads


def _require_room_of_strangers(customer: Customer, address: str) -> None:
    """Anybody may become another visitor at will, and with few addresses at that: what visitors fill up is theirs alone,
    and shuts nobody out who is signed in. No lock: whoever begins in the same moment may exceed these two, by so many
    as a server does at once."""
    limits, waiting = settings.PARLEY_RATE_LIMITS, Attachment.objects.unused().of_such_as(customer)
    if limits is None:
        return
    if waiting.count() >= limits["waiting_uploads_in_all"]:
        logger.error("upload.too_many_waiting")
        raise StorageFull
    if waiting.from_address(address).count() >= limits["waiting_uploads"]:
        raise StorageFull


def check_attachments(ids: Sequence[uuid.UUID]) -> None:
    """Raises Invalid for too many, and for one that is named twice."""
    if len(ids) > MAX_ATTACHMENTS:
        raise Invalid(
            _("At most %(count)d files fit into one message.") % {"count": MAX_ATTACHMENTS},
            field="attachments",
        )
    if len(set(ids)) != len(ids):
        raise Invalid(field="attachments")


def locked_uploads(
    ids: Sequence[uuid.UUID], *, customer: Customer | None = None, user: User | None = None
) -> list[Attachment]:
    """The sender's own, whole and unused, in the order named. Raises Invalid: of two messages, one gets an upload."""
    if not ids:
        return []
    mine = Attachment.objects.unused().of(customer=customer, user=user).filter(pk__in=ids, is_stored=True)
    found = {upload.pk: upload for upload in mine.order_by("pk").locked()}
    if len(found) != len(ids):
        raise Invalid(_("A file is no longer there. Choose it again."), field="attachments")
    return [found[pk] for pk in ids]
