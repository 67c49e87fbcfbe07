"""Takes a file in: looks at it, stores it, or leaves nothing behind. The rows are written around the storage, not through it."""

from __future__ import annotations

import errno
import logging
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage, storages
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from chat.actions.uploads import StorageFull, begin_upload, forget_upload, upload_stored, withdraw_upload
from chat.errors import Invalid
from chat.files.bounds import FileTooLarge
from chat.files.names import presentable
from chat.files.recognition import recognise
from chat.measures import UPLOADS
from chat.models import Attachment, Customer
from chat.paging import ids_by

logger = logging.getLogger(__name__)
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
KEPT_FOR = timedelta(hours=24)  # an upload that is not used


def keep(
    *,
    file: UploadedFile[Any],
    now: datetime,
    customer: Customer | None = None,
    user: User | None = None,
    address: str = "",
) -> Attachment:
    """``address``: the customer's. Raises Invalid (an empty file), FileTooLarge, Unwanted, TooManyUploads, StorageFull."""
    size = file.size or 0
    if not size:
        raise Invalid(_("This file is empty."), field="file")
    if size > settings.PARLEY_UPLOAD_BYTES:
        raise FileTooLarge
    _require_space(size)
    what = recognise(cast(IO[bytes], file))
    upload = begin_upload(
        name=presentable(file.name or "", what.type),
        size=size,
        what=what,
        customer=customer,
        user=user,
        address=address,
        now=now,
    )
    try:
        with honest_about_room():
            storages["default"].save(upload.path, file)
        upload_stored(upload_id=upload.pk)
    except BaseException:
        UPLOADS.labels("failed").inc()
        clear_away(upload.pk)
        raise
    UPLOADS.labels("stored").inc()
    logger.info("upload.stored", extra={"upload": str(upload.pk), "size": size})
    return upload


def left_over(*, now: datetime) -> Iterator[uuid.UUID]:
    """Uploads that no message has taken within a day."""
    unused = Attachment.objects.unused().filter(uploaded_at__lt=now - KEPT_FOR)
    return ids_by("uploaded_at", unused)


def discard(upload_id: uuid.UUID) -> bool:
    """Remove an upload that no message has taken, its file first: True when it is gone."""
    withdrawn = withdraw_upload(upload_id=upload_id)
    if withdrawn is None:
        return False
    withdrawn.remove_file()
    forget_upload(upload_id=withdrawn.pk)
    return True


def clear_away(upload_id: uuid.UUID) -> None:
    """Discard it at once; what fails now, the sweep does tomorrow."""
    try:
        discard(upload_id)
    except Exception:
        logger.warning("upload.left_behind", extra={"upload": str(upload_id)}, exc_info=True)


@contextmanager
def honest_about_room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            logger.error("upload.no_room")
            raise StorageFull from error
        raise


def _require_space(size: int) -> None:
    """Files leave room on their disk for whatever else writes there. Raises StorageFull."""
    storage = storages["default"]
    if not isinstance(storage, FileSystemStorage):
        return
    folder = Path(storage.location)
    there = next(path for path in (folder, *folder.parents) if path.exists())  # made with the first file
    if shutil.disk_usage(there).free < size + settings.PARLEY_DISK_RESERVE_BYTES:
        logger.error("upload.no_room")
        raise StorageFull
