"""Conversations as one agent sees them: with what was read, what is unread and what was said last."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Greatest

from chat.models import AuthorKind, Conversation, Message, Participant, ReadPointer
from chat.models.attachment import fetch_attachments


class Read(NamedTuple):
    """How far somebody has read in the log of public and in the log of internal messages."""

    seq: int = 0
    note_seq: int = 0


@dataclass(frozen=True)
class Sight:
    """A conversation (with its people) before one agent's eyes."""

    conversation: Conversation
    read: Read
    customer_read_seq: int
    unread: int
    last_message: Message | None
    participants: Sequence[Participant] = ()


def sights_of(conversations: Sequence[Conversation], *, user_id: int) -> list[Sight]:
    """In the order given; three queries, however many there are, and one more where somebody takes part besides."""
    ids = [conversation.pk for conversation in conversations]
    mine, customers = _pointers(ids, user_id)
    unread = _unread({each.pk: each.last_customer_seq for each in conversations}, mine)
    last = _last_messages(ids)
    company = _participants([each.pk for each in conversations if each.has_participants])
    return [
        Sight(
            conversation=conversation,
            read=mine.get(conversation.pk, Read()),
            customer_read_seq=customers.get(conversation.pk, Read()).seq,
            unread=unread.get(conversation.pk, 0),
            last_message=last.get(conversation.pk),
            participants=company.get(conversation.pk, ()),
        )
        for conversation in conversations
    ]


def sight_of(conversation: Conversation, *, user_id: int) -> Sight:
    return sights_of([conversation], user_id=user_id)[0]


def customer_read_in(conversation: Conversation) -> int:
    """How far the customer has read."""
    pointers = ReadPointer.objects.filter(conversation=conversation, user=None)
    return pointers.values_list("seq", flat=True).first() or 0


def unread_in(said: Mapping[uuid.UUID, int], *, user_id: int) -> int:
    """Messages of customers that this agent has not read yet, in all of these: how far the customer has written."""
    return sum(_unread_of(said, user_id=user_id).values())


def unread_of(conversations: Sequence[Conversation], *, user_id: int) -> dict[uuid.UUID, int]:
    """The same in each of them that has any."""
    return _unread_of({each.pk: each.last_customer_seq for each in conversations}, user_id=user_id)


def _unread_of(said: Mapping[uuid.UUID, int], *, user_id: int) -> dict[uuid.UUID, int]:
    mine, _customers = _pointers(said, user_id)
    return _unread(said, mine)


class Sights:
    """Conversations before anybody's eyes: three queries, however many there are. Nothing unread is counted."""

    def __init__(self, conversations: Iterable[Conversation]) -> None:
        known = {conversation.pk: conversation for conversation in conversations}
        self._read = (
            _read_by_all(known) if known else {}
        )  # even a query for nothing takes a tenth of a millisecond
        self._last = _last_messages(known) if known else {}
        self._company = _participants([pk for pk, each in known.items() if each.has_participants])

    def of(self, conversation: Conversation, *, user_id: int) -> Sight:
        return Sight(
            conversation=conversation,
            read=self._read.get((conversation.pk, user_id), Read()),
            customer_read_seq=self._read.get((conversation.pk, None), Read()).seq,
            unread=0,
            last_message=self._last.get(conversation.pk),
            participants=self._company.get(conversation.pk, ()),
        )


Pointers = dict[uuid.UUID, Read]


def _read_by_all(ids: Iterable[uuid.UUID]) -> dict[tuple[uuid.UUID, int | None], Read]:
    rows = ReadPointer.objects.filter(conversation__in=ids)
    return {
        (conversation_id, reader): Read(seq, note_seq)
        for conversation_id, reader, seq, note_seq in rows.values_list(
            "conversation_id", "user_id", "seq", "note_seq"
        )
    }


def _pointers(ids: Iterable[uuid.UUID], user_id: int) -> tuple[Pointers, Pointers]:
    """The agent's own, and the customers'."""
    mine: Pointers = {}
    customers: Pointers = {}
    rows = ReadPointer.objects.filter(conversation__in=ids).filter(Q(user=user_id) | Q(user=None))
    for conversation_id, reader, seq, note_seq in rows.values_list(
        "conversation_id", "user_id", "seq", "note_seq"
    ):
        whose = customers if reader is None else mine
        whose[conversation_id] = Read(seq, note_seq)
    return mine, customers


def _unread(said: Mapping[uuid.UUID, int], read: Mapping[uuid.UUID, Read]) -> dict[uuid.UUID, int]:
    """The customer's messages beyond what the agent has read, where there are any.

    Raw: a condition for each of hundreds of conversations takes longer to plan than to answer.
    """
    seqs = {pk: read.get(pk, Read()).seq for pk in said}
    behind = {pk: seqs[pk] for pk, last in said.items() if last > seqs[pk]}
    if not behind:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, [list(behind), list(behind.values()), AuthorKind.CUSTOMER.value])
        return dict(cursor.fetchall())


UNREAD = """
SELECT behind.id, count(*)
  FROM unnest(%s::uuid[], %s::int[]) AS behind (id, seq)
  JOIN chat_message AS message ON message.conversation_id = behind.id AND message.seq > behind.seq
 WHERE message.author_kind = %s
 GROUP BY behind.id
"""


def _last_messages(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Message]:
    """What a person said last: automated lines tell nobody what it is about."""
    latest = Greatest(F("conversation__last_customer_seq"), F("conversation__last_agent_seq"))
    rows = Message.objects.filter(conversation__in=ids, seq=latest)
    return {message.conversation_id: message for message in fetch_attachments(list(rows))}


def _participants(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Participant]]:
    """Who takes part beside the agent, in the order in which they came."""
    company: dict[uuid.UUID, list[Participant]] = {}
    if ids:
        present = Participant.objects.present().filter(conversation__in=ids).select_related("user")
        for participant in present.order_by("joined_at", "pk"):
            company.setdefault(participant.conversation_id, []).append(participant)
    return company
