"""Everything that is kept of a customer, as one archive: for them, when they ask for it. It goes through the hands of
staff, and holds what they may see."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

from django.core.files.storage import storages

from chat import access
from chat.masking import answer_to_staff, to_staff
from chat.models import Attachment, Conversation, Customer, Message
from chat.models.attachment import fetch_attachments
from chat.shapes import iso, survey_shape
from chat.transcript import PAGE, Format, Transcript


def archive_of(customer: Customer) -> IO[bytes]:
    """A ZIP, at its beginning: ``customer.json``, a transcript of each conversation, and the files."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        conversations = list(_conversations(customer))
        told = {**_person(customer), "conversations": [_as_json(each) for each in conversations]}
        archive.writestr("customer.json", json.dumps(told, ensure_ascii=False, indent=1))
        for each in conversations:
            archive.writestr(f"transcripts/{_name(each)}.html", "".join(_transcript(each)))
        _add_files(archive, customer)
    file.seek(0)
    return file


def _conversations(customer: Customer) -> Any:
    return Conversation.objects.filter(customer=customer).with_people().order_by("started_at")


def _person(customer: Customer) -> dict[str, Any]:
    return {
        "id": str(customer.pk),
        "subject": customer.subject,
        "name": customer.name,
        "email": customer.email,
        "language": customer.locale,
        "known_since": iso(customer.created_at),
    }


def _as_json(conversation: Conversation) -> dict[str, Any]:
    answer = getattr(conversation, "survey_answer", None)
    return {
        "id": str(conversation.pk),
        "widget": conversation.widget.name,
        "mode": conversation.mode,
        "state": conversation.state,
        "started_at": iso(conversation.started_at),
        "ended_at": iso(conversation.ended_at) if conversation.ended_at else None,
        "context": conversation.context,
        "prechat": {name: _answer(given) for name, given in conversation.prechat.items()},
        "survey": survey_shape(answer) if answer else None,
        "messages": [_message(message) for message in _messages(conversation)],
    }


def _messages(conversation: Conversation) -> list[Message]:
    """Notes among the others, by time."""
    return fetch_attachments(list(conversation.messages.order_by("sent_at", "seq", "note_seq")))


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


def _add_files(archive: zipfile.ZipFile, customer: Customer) -> None:
    for file in Attachment.objects.filter(message__conversation__customer=customer):
        with suppress(FileNotFoundError), storages["default"].open(file.path) as content:
            archive.writestr(f"files/{_file_name(file)}", content.read())


def _file_name(file: Attachment) -> str:
    return f"{str(file.pk)[:8]}-{file.name}"


def _name(conversation: Conversation) -> str:
    return f"{conversation.started_at:%Y-%m-%d}-{str(conversation.pk)[:8]}"
