"""The name of a file as others see it: short, plain, and with an extension that fits what it is."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext

from chat.files.kinds import FileType

MAX_NAME = 120


def presentable(name: str, kind: FileType) -> str:
    """Without path, control characters and marks that reverse the direction in which it is read.

    ``photo.exe`` that is a JPEG becomes ``photo.exe.jpg``: a system starts by the extension what a name pretends.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    seen = "".join(character for character in last if _is_seen(character))
    stem, _dot, extension = " ".join(seen.split()).strip(". ").rpartition(".")
    if extension.lower() not in kind.extensions or not stem:
        stem, extension = (f"{stem}.{extension}" if stem else extension), kind.extensions[0]
    stem = stem[: MAX_NAME - len(extension) - 1].strip(". ") or gettext("file")
    return f"{stem}.{extension}"


def _is_seen(character: str) -> bool:
    """No control, format (bidirectional overrides, zero widths), surrogate, private or unassigned ones; blanks are."""
    return character.isspace() or not unicodedata.category(character).startswith("C")
