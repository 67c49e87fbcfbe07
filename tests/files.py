"""Files as people send them, and as they should not."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(200)
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)
SHELL = b"#!/bin/sh\nrm -rf ~\n"
CSV = "Artikel;Größe\nScanner;3\n".encode("cp1252")
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00" + bytes(100)


def picture(kind: str = "PNG", *, width: int = 40, height: int = 30, **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, kind, **options)
    return written.getvalue()


def sideways() -> bytes:
    """A photograph, 40 by 30, that is to be shown turned by a quarter."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return picture("JPEG", exif=exif)


def archive(**entries: bytes) -> bytes:
    """``archive(readme_txt=b"...")`` holds ``readme.txt``; two underscores make a folder."""
    return zipped({name.replace("__", "/").replace("_", "."): content for name, content in entries.items()})


def zipped(entries: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return written.getvalue()


def word(**more: bytes) -> bytes:
    """A document, with what else is named in it."""
    parts = {"[Content_Types].xml": b"<?xml version='1.0'?><Types/>", "word/document.xml": b"<?xml?><w/>"}
    return zipped(parts | {f"word/{name}.bin": content for name, content in more.items()})


def spreadsheet() -> bytes:
    """An OpenDocument one: its first entry says so, uncompressed."""
    stated = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": stated, "content.xml": b"<?xml?><c/>"}, method=zipfile.ZIP_STORED)


def encrypted() -> bytes:
    """An archive whose entry says that it is."""
    made = bytearray(zipped({"readme.txt": b"secret"}))
    central = made.index(b"PK\x01\x02")
    made[6] |= 1
    made[central + 8] |= 1
    return bytes(made)


def picture_and_archive() -> bytes:
    """One file that is both: a picture from its beginning, an archive from its end."""
    return picture("JPEG") + archive(setup_exe=EXE)
