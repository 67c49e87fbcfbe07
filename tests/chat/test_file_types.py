"""What a file is, by its content; and the name it gets."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from chat.files.kinds import JPEG, PDF, TEXT, Unwanted
from chat.files.names import MAX_NAME, presentable
from chat.files.recognition import recognise
from tests import files

TAKEN = {
    "png": (files.picture("PNG"), "image/png"),
    "jpeg": (files.picture("JPEG"), "image/jpeg"),
    "gif": (files.picture("GIF"), "image/gif"),
    "webp": (files.picture("WEBP"), "image/webp"),
    "pdf": (files.PDF, "application/pdf"),
    "text": ("Größe: 3 <b>".encode(), "text/plain"),
    "text in the encoding of a spreadsheet": (files.CSV, "text/plain"),
    "video": (files.MP4, "video/mp4"),
    "archive": (files.archive(readme_txt=b"Hello", folder__photo_png=files.picture()), "application/zip"),
    "document": (files.word(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "open document": (files.spreadsheet(), "application/vnd.oasis.opendocument.spreadsheet"),
    "picture that is an archive, too": (files.picture_and_archive(), "image/jpeg"),
}


def huge_picture() -> bytes:
    """A PNG of a few bytes which says that it is 20,000 by 20,000."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


REFUSED = {
    "page": files.HTML,
    "page after blanks": b"\n\n   " + files.HTML,
    "page below a comment": b"Dear all,\n" + files.HTML,
    "vector picture": files.SVG,
    "XML": b"<?xml version='1.0'?><a/>",
    "program": files.EXE,
    "program of another system": files.ELF,
    "script": files.SHELL,
    "rich text": b"{\\rtf1 Hello}",
    "old office file, with or without macros": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200),
    "unknown": bytes(range(256)),
    "nothing": b"",
    "picture cut off in its header": files.picture()[:20],
    "picture with a broken part": files.picture().replace(b"IDAT", b"IDXT"),
    "picture in name only": b"\x89PNG\r\n\x1a\n" + files.HTML,
    "picture without end": huge_picture(),
    "archive with a program by its name": files.archive(setup_exe=b"harmless"),
    "archive with a program by its content": files.archive(photo_jpg=files.EXE),
    "archive with a page": files.archive(readme_txt=files.HTML),
    "archive with an archive": files.archive(inner_dat=files.archive(a_txt=b"a")),
    "archive with a name that systems shorten": files.zipped({"setup.exe. .": b"MZ"}),
    "archive that is locked": files.encrypted(),
    "archive in a method without bound": files.zipped({"a.txt": b"a" * 99}, method=zipfile.ZIP_BZIP2),
    "archive of too many": files.zipped({f"{number}.txt": b"a" for number in range(1_001)}),
    "archive without anything": files.zipped({}),
    "archive cut off": files.archive(readme_txt=b"Hello")[:40],
    "document with macros": files.word(vbaProject=b"Sub AutoOpen()"),
}


@pytest.mark.parametrize(("content", "content_type"), TAKEN.values(), ids=TAKEN.keys())
def test_the_content_says_what_a_file_is(content: bytes, content_type: str) -> None:
    file = io.BytesIO(content)
    assert recognise(file).type.content_type == content_type
    assert file.read() == content


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_known_to_be_harmless_is_not_taken(content: bytes) -> None:
    with pytest.raises(Unwanted):
        recognise(io.BytesIO(content))


def test_text_that_turns_out_to_be_none_is_found_however_late() -> None:
    recognise(io.BytesIO(b"a" * 200_000))
    with pytest.raises(Unwanted):
        recognise(io.BytesIO(b"a" * 200_000 + b"\x00"))


def test_pictures_have_their_measures_as_they_are_shown() -> None:
    upright, turned = recognise(io.BytesIO(files.picture("JPEG"))), recognise(io.BytesIO(files.sideways()))
    assert (upright.width, upright.height) == (40, 30)
    assert (turned.width, turned.height) == (30, 40)
    assert recognise(io.BytesIO(files.PDF)).width is None


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Photo.JPEG", "Photo.JPEG"),
        ("photo.exe", "photo.exe.jpg"),
        ("photo", "photo.jpg"),
        ("../../etc/photo.jpg", "photo.jpg"),
        ("C:\\photos\\photo.jpg", "photo.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe.jpg"),
        ("a\x00b\r\nc\x1b.jpg", "ab c.jpg"),
        ("  my   photo .jpg", "my photo.jpg"),
        ("...", "file.jpg"),
        ("", "file.jpg"),
        (".jpg", "jpg.jpg"),
        ("\u0635\u0648\u0631\u0629.jpg", "\u0635\u0648\u0631\u0629.jpg"),
        ('"; filename=x.html.jpg', '"; filename=x.html.jpg'),
    ],
)
def test_a_name_is_made_presentable_and_fits_what_the_file_is(given: str, seen: str) -> None:
    assert presentable(given, JPEG) == seen


def test_a_long_name_keeps_its_extension() -> None:
    assert presentable("x" * 500 + ".pdf", PDF) == "x" * (MAX_NAME - 4) + ".pdf"


def test_a_script_that_looks_like_text_is_called_text() -> None:
    assert presentable("run.bat", TEXT) == "run.bat.txt"
    assert presentable("list.csv", TEXT) == "list.csv"
