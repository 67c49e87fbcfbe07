"""Everything that is kept of a customer, as one archive: for them, when they ask for it. It goes through the hands of
staff, and holds what they may see. It is written as it is sent."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import batched, chain
from typing import Any

from asgiref.sync import sync_to_async
from django.core.files.storage import storages

from chat import access
from chat.context import shown_to_agents
from chat.masking import answer_to_staff, to_staff
from chat.models import Attachment, Conversation, Customer, Message
from chat.models.attachment import fetch_attachments
from chat.shapes import iso, survey_shape
from chat.transcript import PAGE, Format, Transcript

CHUNK = 64 * 1024
type Entry = tuple[str, Iterable[bytes]]


async def archive_of(customer: Customer, *, with_hidden: bool) -> AsyncIterator[bytes]:
    """A ZIP: ``customer.json``, a transcript of each conversation, and the files. No more than a page of it is held at once.

    ``with_hidden``: with the context that the site hides from agents.
    """
    parts = _archived(customer, with_hidden)
    step = sync_to_async(partial(next, parts, None))
    while (part := await step()) is not None:
        yield part


def _archived(customer: Customer, with_hidden: bool) -> Iterator[bytes]:
    sent = _Sent()
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, parts in _entries(customer, with_hidden):
            with archive.open(name, "w", force_zip64=True) as entry:
                for part in parts:
                    entry.write(part)
                    if sent.size >= CHUNK:
                        yield sent.taken()
    yield sent.taken()


class _Sent:
    """What the archive is written into: never looked back at, so it need not be kept."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self.size += len(part)
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        parts, self._parts, self.size = self._parts, [], 0
        return b"".join(parts)


def _entries(customer: Customer, with_hidden: bool) -> Iterator[Entry]:
    yield "customer.json", map(str.encode, _told(customer, with_hidden))
    for each in _conversations(customer):
        yield f"transcripts/{_name(each)}.html", map(str.encode, _transcript(each))
    for file in Attachment.objects.filter(message__conversation__customer=customer).iterator():
        with suppress(FileNotFoundError), storages["default"].open(file.path) as content:
            yield f"files/{_file_name(file)}", iter(partial(content.read, CHUNK), b"")


def _conversations(customer: Customer) -> Iterator[Conversation]:
    rows = Conversation.objects.filter(customer=customer).with_people().order_by("started_at")
    return rows.iterator(chunk_size=PAGE)


# -- what is told as JSON


def _told(customer: Customer, with_hidden: bool) -> Iterator[str]:
    conversations = (_conversation(each, with_hidden) for each in _conversations(customer))
    return _with_list(_person(customer), "conversations", conversations)


def _conversation(conversation: Conversation, with_hidden: bool) -> Iterator[str]:
    messages = ([_json(_message(message))] for message in _messages(conversation))
    return _with_list(_facts(conversation, with_hidden), "messages", messages)


def _with_list(known: dict[str, Any], name: str, items: Iterable[Iterable[str]]) -> Iterator[str]:
    """``known`` and, last in it, a list as long as there are ``items``, each in parts."""
    yield f"{_json(known)[:-1]}, {_json(name)}: ["
    for place, item in enumerate(items):
        yield from chain([",\n" if place else "\n"], item)
    yield "]}"


def _json(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False)


def _person(customer: Customer) -> dict[str, Any]:
    return {
        "id": str(customer.pk),
        "subject": customer.subject,
        "name": customer.name,
        "email": customer.email,
        "language": customer.locale,
        "known_since": iso(customer.created_at),
    }


def _facts(conversation: Conversation, with_hidden: bool) -> dict[str, Any]:
    answer = getattr(conversation, "survey_answer", None)
    context = conversation.context if with_hidden else shown_to_agents(conversation.context)
    return {
        "id": str(conversation.pk),
        "widget": conversation.widget.name,
        "mode": conversation.mode,
        "state": conversation.state,
        "started_at": iso(conversation.started_at),
        "ended_at": iso(conversation.ended_at) if conversation.ended_at else None,
        "context": context,
        "context_withheld": len(conversation.context) - len(context),
        "prechat": {name: _answer(given) for name, given in conversation.prechat.items()},
        "survey": survey_shape(answer) if answer else None,
    }


def _messages(conversation: Conversation) -> Iterator[Message]:
    """Notes among the others, by time."""
    rows = conversation.messages.order_by("sent_at", "seq", "note_seq").iterator(chunk_size=PAGE)
    return chain.from_iterable(fetch_attachments(list(page)) for page in batched(rows, PAGE))


def _message(message: Message) -> dict[str, Any]:
    return {
        "seq": message.seq,
        "internal": message.is_internal,
        "author": {"kind": message.author_kind, "name": message.author_name},
        "sent_at": iso(message.sent_at),
        "body": to_staff(message),
        "files": [_file_name(file) for file in message.files],
    }


def _answer(given: str | bool) -> str | bool:
    return answer_to_staff(given) if isinstance(given, str) else given


# -- what is told to be read


def _transcript(conversation: Conversation) -> Iterator[str]:
    zone = access.zone_of(conversation)
    transcript = Transcript(conversation=conversation, format=Format.HTML, zone=zone, is_for_staff=True)
    before, after = transcript.frame()
    yield before
    day = None
    for messages in _pages(conversation):
        text, day = transcript.page(messages, day=day)
        yield text
    yield after


def _pages(conversation: Conversation) -> Iterator[list[Message]]:
    seq: int | None = 0
    while page := access.messages_page(conversation=conversation, after=seq, limit=PAGE)[0]:
        yield page
        seq = page[-1].seq


def _file_name(file: Attachment) -> str:
    return f"{str(file.pk)[:8]}-{file.name}"


def _name(conversation: Conversation) -> str:
    return f"{conversation.started_at:%Y-%m-%d}-{str(conversation.pk)[:8]}"
