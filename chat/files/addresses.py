"""Where a file is fetched: an address that is signed, good for ten minutes, and given only to those who may see its message."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.core import signing
from django.urls import reverse

from chat.errors import NotFound
from chat.models import Attachment

GOOD_FOR = timedelta(minutes=10)
_signer = signing.TimestampSigner(salt="chat.files")


def address_of(file: Attachment) -> str:
    return reverse("file", args=[_signer.sign(file.pk.hex)])


def file_at(signed: str) -> Attachment:
    """Raises NotFound: not signed by us, too long ago, or there no more."""
    try:
        key = uuid.UUID(_signer.unsign(signed, max_age=GOOD_FOR))
    except (signing.BadSignature, ValueError):
        raise NotFound from None
    found = Attachment.objects.filter(pk=key, message__isnull=False).first()
    if found is None:
        raise NotFound
    return found
