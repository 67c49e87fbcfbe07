"""A customer's conversation as a document: text, or HTML that stands alone. Public messages only, page by page."""

from __future__ import annotations

import enum
import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from chat.masking import Shown, to_customer, to_staff
from chat.models import AuthorKind, Conversation, Message
from chat.models.attachment import fetch_attachments
from chat.models.lines import language_of
from chat.templatetags.sizes import size
from workstreams.automated import offered

PAGE = 200
HERE = "<!-- the conversation -->"
STYLES = ("css/tokens.css", "css/transcript.css")


class Format(enum.StrEnum):
    TEXT = "text"
    HTML = "html"


EXTENSIONS = {Format.TEXT: "txt", Format.HTML: "html"}


@dataclass(frozen=True)
class Entry:
    """A message as it is read. ``day``: set on the first one of a day. ``body``: what its reader sees of the text."""

    day: date | None
    message: Message
    body: str

    @property
    def is_line(self) -> bool:
        return self.message.author_kind == AuthorKind.SYSTEM

    @property
    def who(self) -> str:
        """Its customer reads it: whom we call a visitor is "You" to themselves."""
        if self.message.author_kind == AuthorKind.CUSTOMER:
            return self.message.conversation.customer.name or gettext("You")
        return self.message.author_name

    @property
    def lines(self) -> list[str]:
        """Indented, so that nothing that somebody writes can look like the beginning of another message."""
        files = [f"{file.name} ({size(file.size)})" for file in self.message.files]
        return [*self.body.splitlines(), *files] or [""]


@dataclass(frozen=True)
class Transcript:
    """How ``conversation`` is written down. ``zone``: the name of the one that its times are told in. ``is_for_staff``: its
    customer need not be the only one who reads it."""

    conversation: Conversation
    format: Format
    zone: str
    is_for_staff: bool = False

    @property
    def language(self) -> str:
        return offered(language_of(self.conversation))

    @property
    def shown(self) -> Shown:
        return to_staff if self.is_for_staff else to_customer(self.conversation)

    @property
    def file_name(self) -> str:
        return f"chat-{self.conversation.started_at:%Y-%m-%d}.{EXTENSIONS[self.format]}"

    def frame(self) -> tuple[str, str]:
        """What stands before and after the conversation."""
        with self.spoken():
            whole = self._render("frame", {**self.context(), "here": HERE})
        before, _here, after = whole.partition(HERE)
        return before, after

    def page(self, messages: Sequence[Message], *, day: date | None) -> tuple[str, date | None]:
        """The messages, and the day of the last one. ``day``: that of the one before them."""
        with self.spoken():
            entries = entries_of(messages, shown=self.shown, day=day)
            return self._render("entries", {"entries": entries}), day_of(messages[-1])

    def context(self) -> dict[str, Any]:
        return {
            "conversation": self.conversation,
            "title": self.conversation.widget.title,
            "zone": self.zone,
            "language": self.language,
            "direction": "rtl" if translation.get_language_info(self.language)["bidi"] else "ltr",
            "style": style_element(*STYLES),
            "policy": policy(),
        }

    @contextmanager
    def spoken(self) -> Iterator[None]:
        """In the customer's language, and the zone."""
        with translation.override(self.language), timezone.override(ZoneInfo(self.zone)):
            yield

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"transcripts/{part}.{EXTENSIONS[self.format]}", context)


def entries_of(messages: Sequence[Message], *, shown: Shown, day: date | None = None) -> list[Entry]:
    """In the present time zone. ``day``: that of the message before them."""
    fetch_attachments(messages)
    days = [day, *(day_of(message) for message in messages)]
    return [
        Entry(message=message, body=shown(message), day=today if today != before else None)
        for message, before, today in zip(messages, days, days[1:], strict=False)
    ]


def day_of(message: Message) -> date:
    return timezone.localtime(message.sent_at).date()


def style_element(*sheets: str) -> SafeString:
    return mark_safe(f"<style>{style(*sheets)}</style>")  # noqa: S308 - our own files


@cache
def style(*sheets: str) -> str:
    """Within the document, since it stands alone. Files of ours: the palette, and how a transcript looks."""
    return "".join(Path(str(finders.find(sheet))).read_text() for sheet in sheets)


@cache
def policy() -> str:
    """The document's own: nothing but that very style, wherever it is opened."""
    digest = b64encode(hashlib.sha256(style(*STYLES).encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'"
