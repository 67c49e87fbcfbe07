"""Our own scripts and style sheets without their comments and indentation, for the files that are served hashed.

No parser is needed, because our sources keep two habits: a comment in a script has its line to itself, and no text
that spans lines depends on how its lines begin.
"""

import gzip
import re
from typing import IO, Protocol

from django.core.files.base import ContentFile

OWN = ("chat/", "console/", "css/", "demo/", "widget/")
_SCRIPT_COMMENT = re.compile(rb"^\s*//.*\n", re.MULTILINE)
_STYLE_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_MARGIN = re.compile(rb"^\s+", re.MULTILINE)


class Place(Protocol):
    """Where a static file comes from."""

    def open(self, name: str, mode: str = "rb") -> IO[bytes]: ...


class Squeezed:
    """A place whose scripts and style sheets are read squeezed."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def open(self, name: str, mode: str = "rb") -> ContentFile[bytes]:
        with self._place.open(name, mode) as file:
            return ContentFile(squeezed(name=name, content=file.read()))


def squeezed(*, name: str, content: bytes) -> bytes:
    if name.endswith(".js"):
        content = _SCRIPT_COMMENT.sub(b"", content)
    elif name.endswith(".css"):
        content = _STYLE_COMMENT.sub(b"", content)
    else:
        return content
    return _MARGIN.sub(b"", content)


def compressed(content: bytes) -> bytes:
    """The same bytes for the same content, whenever it is done."""
    return gzip.compress(content, 9, mtime=0)
