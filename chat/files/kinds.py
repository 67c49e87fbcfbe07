"""The kinds of files that are taken, and what gives them away. What is not in these tables is not taken.

Nothing that a browser runs or a system starts is among them: no HTML, SVG or XML, no scripts under their own name, no
executables, no macros, and no archive in which such a thing lies or that cannot be looked into.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from chat.errors import Refusal

HEAD = 1024


class Unwanted(Refusal):
    """A type that is not taken, or a file that is not what it says."""

    code = "file_type"
    status = 415
    message = _("Files of this type cannot be sent here.")

    def __init__(self) -> None:
        super().__init__(field="file")


@dataclass(frozen=True)
class FileType:
    """``extensions``: those a name may have; the first is given to any other."""

    content_type: str
    extensions: tuple[str, ...]
    picture: str = ""  # Pillow's name of it: it is shown, not only offered for download


@dataclass(frozen=True)
class Recognised:
    """``width`` and ``height`` of pictures, as they are shown."""

    type: FileType
    width: int | None = None
    height: int | None = None


JPEG = FileType("image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), picture="JPEG")
PNG = FileType("image/png", ("png",), picture="PNG")
GIF = FileType("image/gif", ("gif",), picture="GIF")
WEBP = FileType("image/webp", ("webp",), picture="WEBP")
HEIC = FileType("image/heic", ("heic", "heif"))
AVIF = FileType("image/avif", ("avif",))
PDF = FileType("application/pdf", ("pdf",))
TEXT = FileType("text/plain", ("txt", "csv", "tsv", "log", "md", "json", "ics", "vcf"))
ZIP = FileType("application/zip", ("zip",))
MP3 = FileType("audio/mpeg", ("mp3",))
M4A = FileType("audio/mp4", ("m4a",))
OGG = FileType("audio/ogg", ("ogg", "oga", "opus"))
WAV = FileType("audio/wav", ("wav",))
MP4 = FileType("video/mp4", ("mp4", "m4v", "3gp"))
MOV = FileType("video/quicktime", ("mov",))
WEBM = FileType("video/webm", ("webm",))

# What a file begins with.
SIGNATURES: Sequence[tuple[re.Pattern[bytes], FileType]] = [
    (re.compile(beginning, re.DOTALL), kind)
    for beginning, kind in (
        (rb"\xff\xd8\xff", JPEG),
        (rb"\x89PNG\r\n\x1a\n", PNG),
        (rb"GIF8[79]a", GIF),
        (rb"RIFF....WEBP", WEBP),
        (rb"....ftyp(heic|heix|mif1|msf1)", HEIC),
        (rb"....ftypavif", AVIF),
        (rb"%PDF-", PDF),
        (rb"PK\x03\x04", ZIP),
        (rb"ID3|\xff[\xfb\xf3]", MP3),
        (rb"....ftypM4A ", M4A),
        (rb"OggS", OGG),
        (rb"RIFF....WAVE", WAV),
        (rb"....ftyp(isom|iso[2-6]|mp4[12]|avc1|M4V |3gp[45])", MP4),
        (rb"....ftypqt  ", MOV),
        (rb"\x1aE\xdf\xa3.{4,60}webm", WEBM),
    )
]

# Documents that are archives: by what lies in them, or by what they say of themselves.
OOXML = "application/vnd.openxmlformats-officedocument."
OFFICE: Sequence[tuple[str, FileType]] = (
    ("word/document.xml", FileType(f"{OOXML}wordprocessingml.document", ("docx",))),
    ("xl/workbook.xml", FileType(f"{OOXML}spreadsheetml.sheet", ("xlsx",))),
    ("ppt/presentation.xml", FileType(f"{OOXML}presentationml.presentation", ("pptx",))),
)
OASIS = "application/vnd.oasis.opendocument."
OPEN_DOCUMENTS: Sequence[FileType] = (
    FileType(f"{OASIS}text", ("odt",)),
    FileType(f"{OASIS}spreadsheet", ("ods",)),
    FileType(f"{OASIS}presentation", ("odp",)),
)
MACROS = ("vbaproject", "/activex/", "oleobject", "basic/", "scripts/")

# What may not lie in an archive: by its name, since it is a name that a system starts it by; and by its content.
_NAMES = """
apk app appimage bat bin cmd com cpl deb desktop dll dmg docm elf exe gadget hta htm html iso jar js jse lnk mht mhtml
msc msi msp pif pkg ppa pptm ps1 psm1 py reg rpm scf scr sct sh shtml so svg swf sys url vb vbe vbs wasm ws wsc wsf wsh
xht xhtml xlam xlsb xlsm xml xsl xpi 7z arj bz2 cab gz img rar tar tgz vhd xz zip zst
"""
STARTED_BY_NAME = frozenset(_NAMES.split())
STARTED_BY_CONTENT = re.compile(
    rb"MZ.{0,62}\x00|\x7fELF|\xca\xfe\xba\xbe|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|dex\n|\x00asm|#!"
    rb"|\xd0\xcf\x11\xe0|L\x00\x00\x00|!<arch>|PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b|BZh[1-9]|\xfd7zXZ|MSCF",
    re.DOTALL,
)
MARKUP = re.compile(
    rb"<!doctype|<!--|<(html|head|body|script|svg|iframe|img|object|embed|hta:)|<\?(xml|php|=)|<%|\{\\rtf",
    re.IGNORECASE,
)
# What no text holds: the control characters, but for those of lines, tabs, pages and terminals.
NO_TEXT = bytes(code for code in range(0x20) if code not in b"\t\n\f\r\x1b")


def is_started(head: bytes) -> bool:
    """Whether a system would run what begins like this, or unpack it."""
    return STARTED_BY_CONTENT.match(head) is not None


def is_markup(head: bytes) -> bool:
    """Whether a browser or a server might take it for a page or a script, however far down its head that begins."""
    return MARKUP.search(head) is not None
