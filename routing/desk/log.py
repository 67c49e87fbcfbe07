"""The messages of conversations as agents read them: the public log with the internal one between, by time."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db.models import F, Q, Subquery

from chat.access import messages_page
from chat.models import Conversation, Message
from chat.models.attachment import fetch_attachments
from chat.models.message import MessageQuerySet
from routing.desk.sight import Read

NEWEST = 20


def newest_of(
    conversations: Sequence[Conversation], *, after: Mapping[uuid.UUID, Read]
) -> dict[uuid.UUID, list[Message]]:
    """The newest 20 of each log beyond ``after``, in one query: numbers have no gaps, so none need be counted."""
    logs: dict[uuid.UUID, list[Message]] = {conversation.pk: [] for conversation in conversations}
    newest = Q(seq__gt=F("conversation__latest_seq") - NEWEST) | Q(
        note_seq__gt=F("conversation__latest_note_seq") - NEWEST
    )
    rows = Message.objects.filter(newest, conversation__in=list(logs)).order_by("sent_at", "seq", "note_seq")
    for message in fetch_attachments(list(rows)):
        known = after.get(message.conversation_id, Read())
        if (message.seq or 0) > known.seq or (message.note_seq or 0) > known.note_seq:
            logs[message.conversation_id].append(message)
    return logs


def page_of(
    conversation: Conversation,
    *,
    before: int | None = None,
    after: int | None = None,
    after_note: int = 0,
    limit: int = 50,
) -> tuple[list[Message], bool]:
    """A page of public messages and the notes that belong among them, in the order of the timeline."""
    page, has_more = messages_page(conversation=conversation, before=before, after=after, limit=limit)
    notes = conversation.messages.internal().order_by("note_seq")
    if after is not None:
        notes = notes.filter(note_seq__gt=after_note)
    else:
        notes = _between(notes, conversation, page, before=before, reaches_start=not has_more)
    return fetch_attachments(merged(page, list(notes))), has_more


def merged(public: Sequence[Message], notes: Sequence[Message]) -> list[Message]:
    """Each log keeps its own order; between them time decides, and in one moment the public one is first."""
    entries = [*public, *notes]
    return sorted(entries, key=lambda message: (message.sent_at, message.note_seq or 0, message.seq or 0))


def _between(
    notes: MessageQuerySet,
    conversation: Conversation,
    page: Sequence[Message],
    *,
    before: int | None,
    reaches_start: bool,
) -> MessageQuerySet:
    """The notes of this page alone: what lies before its first message comes with the page before."""
    if before is not None:
        upper = conversation.messages.filter(seq=before).values("sent_at")[:1]
        notes = notes.filter(sent_at__lt=Subquery(upper))
    if page and not reaches_start:
        notes = notes.filter(sent_at__gte=page[0].sent_at)
    return notes
