"""What a file is, told by its content and never by its name."""

from __future__ import annotations

from typing import IO

from PIL import Image

from chat.files.archives import archive_kind
from chat.files.kinds import (
    HEAD,
    JPEG,
    NO_TEXT,
    SIGNATURES,
    TEXT,
    ZIP,
    FileType,
    Recognised,
    Unwanted,
    is_markup,
    is_started,
)

CHUNK = 64 * 1024
MAX_PIXELS = 50_000_000
ORIENTATION = 0x0112  # EXIF's
SIDEWAYS = range(5, 9)  # those that exchange width and height


def recognise(file: IO[bytes]) -> Recognised:
    """What this file is. Raises Unwanted. The file stands at its beginning afterwards."""
    file.seek(0)
    head = file.read(HEAD)
    found = next((kind for beginning, kind in SIGNATURES if beginning.match(head)), None)
    if found is None:
        _require_text(file, head)
        found = TEXT
    if found is ZIP:
        found = archive_kind(file)
    file.seek(0)
    told = _picture(file, found) if found.picture else Recognised(found)
    file.seek(0)
    return told


def _require_text(file: IO[bytes], head: bytes) -> None:
    """Whatever its encoding."""
    if not head or is_markup(head) or is_started(head):
        raise Unwanted
    file.seek(0)
    while chunk := file.read(CHUNK):
        if len(chunk.translate(None, NO_TEXT)) != len(chunk):
            raise Unwanted


def _picture(file: IO[bytes], kind: FileType) -> Recognised:
    """Its header is read and its structure checked; nothing is decoded, so that a small file cannot fill the memory."""
    try:
        with Image.open(file, formats=[kind.picture]) as image:
            width, height = image.size
            is_sideways = kind is JPEG and image.getexif().get(ORIENTATION) in SIDEWAYS
            image.verify()
    except Exception as error:  # readers of broken pictures raise whatever comes up
        raise Unwanted from error
    if width * height > MAX_PIXELS:
        raise Unwanted
    return Recognised(kind, *((height, width) if is_sideways else (width, height)))
