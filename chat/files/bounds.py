"""How large a file may be, and the request that brings it."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.errors import Refusal

AROUND = 64 * 1024  # what a form adds to the file in it


class FileTooLarge(Refusal):
    code = "too_long"
    status = 413
    message = _("This file is too large.")

    def __init__(self) -> None:
        super().__init__(field="file", limit=settings.PARLEY_UPLOAD_BYTES)


def most_bytes() -> int:
    """Of a request's body: nothing else that is sent here is larger than a file."""
    return max(settings.PARLEY_UPLOAD_BYTES + AROUND, settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


def check_length(length: str | None) -> None:
    """Refuse by what the request says of itself, before its form is read. Raises FileTooLarge."""
    if length and length.isdecimal() and int(length) > settings.PARLEY_UPLOAD_BYTES + AROUND:
        raise FileTooLarge
