"""What customers read, and its translations: ``python -m tests.catalogs`` brings ``locale/`` up to date with the sources.

Texts for staff (admin, console, names of models) are left out, because their pages are in English.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
READ_BY_CUSTOMERS = (
    "templates/_*.html",
    "templates/widget/**/*.html",
    "templates/_files.html",
    "templates/_tray.html",
    "templates/emails/**/*",
    "templates/transcripts/**/*",
    "chat/*.py",
    "chat/actions/*.py",
    "chat/api/*.py",
    "chat/files/*.py",
    "chat/realtime/*.py",
    "authsettings/identify.py",
    "authsettings/keys.py",
    "workstreams/automated.py",
)
READ_BY_STAFF = ("chat/apps.py", "chat/words.py")
TRANSLATED = ("ar", "de", "es", "fr", "ja")
SHORT_NAMES = {
    "_": None,
    "gettext_noop": None,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
# A date would change with each run, and say nothing that the history does not.
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
KEYWORDS = DEFAULT_KEYWORDS | SHORT_NAMES


def wanted() -> Catalog:
    """Every text of the sources, without translations."""
    catalog = Catalog(charset="utf-8", creation_date=_NO_DATE, revision_date=_NO_DATE)
    for path in _sources():
        for _line, text, comments, context in _texts_in(path):
            place = (str(path.relative_to(ROOT)), 0)
            catalog.add(text, locations=[place], auto_comments=comments, context=context)
    return catalog


def written(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def path_of(language: str, ending: str = "po") -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / f"django.{ending}"


def compiled(catalog: Catalog) -> bytes:
    """As Django reads it. What is not translated, or doubtful, is left out: then the English stands."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def texts_of(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def _sources() -> Iterator[Path]:
    staff = {ROOT / name for name in READ_BY_STAFF}
    for pattern in READ_BY_CUSTOMERS:
        yield from sorted(path for path in ROOT.glob(pattern) if path.is_file() and path not in staff)


def _texts_in(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What is no text becomes a filler of Xs, whose margins would not be Python's.
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    return extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS, comment_tags=("Translators:",))


def _update(language: str) -> Catalog:
    """Translations stay with their text; a text that was reworded is to be translated anew."""
    known = {(message.id, message.context): message.string for message in texts_of(written(language))}
    catalog = Catalog(
        locale=language,
        charset="utf-8",
        project="Parley",
        version="0",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
        header_comment=f"# What customers read, in {language}. Written by bin/messages; translate the empty ones here.",
        creation_date=_NO_DATE,
        revision_date=_NO_DATE,
        fuzzy=False,
    )
    for message in texts_of(wanted()):
        catalog.add(
            message.id,
            known.get((message.id, message.context)),
            locations=message.locations,
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return catalog


def main() -> None:
    for language in TRANSLATED:
        catalog = _update(language)
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        with path_of(language).open("wb") as file:
            write_po(file, catalog, width=0, sort_output=True, include_lineno=False)
        path_of(language, "mo").write_bytes(compiled(catalog))
        missing = sum(not message.string for message in texts_of(catalog))
        print(f"{language}: {len(texts_of(catalog))} texts, {missing} to translate")  # noqa: T201


if __name__ == "__main__":
    main()
