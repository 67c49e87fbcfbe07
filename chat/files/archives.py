"""Looks into an archive: some are documents, some hold what nobody should start."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO

from chat.files.kinds import (
    HEAD,
    MACROS,
    OFFICE,
    OPEN_DOCUMENTS,
    STARTED_BY_NAME,
    ZIP,
    FileType,
    Unwanted,
    is_markup,
    is_started,
)

MAX_ENTRIES = 1_000  # each is looked at


def archive_kind(file: IO[bytes]) -> FileType:
    """A document, or a harmless archive. Raises Unwanted."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _document(archive) or _harmless(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Unwanted from error


def _document(archive: zipfile.ZipFile) -> FileType | None:
    """An office document without macros and without anything embedded; None: an archive like any other."""
    names = [entry.filename for entry in archive.infolist()]
    stated = _stated_type(archive)
    found = next((kind for kind in OPEN_DOCUMENTS if kind.content_type == stated), None)
    if "[Content_Types].xml" in names:
        found = next((kind for name, kind in OFFICE if name in names), None)
    if found and any(part in name.lower() for name in names for part in MACROS):
        raise Unwanted
    return found


def _stated_type(archive: zipfile.ZipFile) -> str:
    """OpenDocument's first entry says what it is, uncompressed."""
    first = next(iter(archive.infolist()), None)
    if first is None or first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
        return ""
    return _beginning(archive, first).decode("ascii", "replace").strip()


def _harmless(archive: zipfile.ZipFile) -> FileType:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if not 0 < len(entries) <= MAX_ENTRIES or any(_is_started_by(name) for name in _names(entries)):
        raise Unwanted
    for entry in entries:
        beginning = _beginning(archive, entry)
        if is_started(beginning) or is_markup(beginning):
            raise Unwanted
    return ZIP


def _names(entries: Iterable[zipfile.ZipInfo]) -> Iterable[str]:
    return (entry.filename.rstrip(". ") for entry in entries)


def _is_started_by(name: str) -> bool:
    return PurePosixPath(name.lower()).suffix.lstrip(".") in STARTED_BY_NAME


def _beginning(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Other methods than these expand a few bytes without bound; what is encrypted cannot be looked at."""
    is_encrypted = bool(entry.flag_bits & 0x1)
    if is_encrypted or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unwanted
    with archive.open(entry) as content:
        return content.read(HEAD)
