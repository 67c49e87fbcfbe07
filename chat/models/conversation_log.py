from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from chat import events
from chat.models.attachment import Attachment, attach
from chat.models.author import Author
from chat.models.concern import Concern
from chat.models.endings import ended_by, tells_who
from chat.models.letter import owe_unseen
from chat.models.lines import agent_name, line_for, say_closed, say_wait
from chat.models.mention import mention
from chat.models.message import AuthorKind, Message
from chat.states import Actor, State
from workstreams.automated import Trigger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.contrib.auth.models import User

COUNTERS = ("latest_seq", "latest_note_seq", "last_message_at")  # what lines move


class Log(Concern):
    """What is said in it, numbered without gaps: to both sides, and among its agents."""

    latest_seq = models.PositiveIntegerField(default=0)
    latest_note_seq = models.PositiveIntegerField(default=0)
    last_customer_seq = models.PositiveIntegerField(default=0)
    last_agent_seq = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def is_unanswered(self) -> bool:
        """The last public message is the customer's."""
        return self.last_customer_seq > self.last_agent_seq

    def unanswered_since(self) -> datetime | None:
        """When the oldest customer message that no agent has answered was sent."""
        written = self.whole.messages.filter(author_kind=AuthorKind.CUSTOMER, seq__gt=self.last_agent_seq)
        return written.order_by("seq").values_list("sent_at", flat=True).first()

    def receive(
        self, *, body: str, client_id: uuid.UUID, now: datetime, uploads: Sequence[Attachment] = ()
    ) -> Message:
        """The customer's next message. It wakes a waiting conversation in the same breath."""
        author = Author.of_customer(self.whole.customer)
        message = self.append(author=author, body=body, client_id=client_id, now=now, uploads=uploads)
        if self.state == State.WAITING:
            self.whole.wake(now=now)
        if self.state == State.OPEN:
            say_closed(self.whole, now=now)
            if message.seq == 1:
                say_wait(self.whole, now=now)
        return message

    def append(
        self,
        *,
        author: Author,
        body: str,
        now: datetime,
        client_id: uuid.UUID | None = None,
        uploads: Sequence[Attachment] = (),
    ) -> Message:
        """The next public message. Numbers have no gaps, times never run backwards."""
        self.latest_seq += 1
        self.last_message_at = max(now, self.last_message_at)
        changed = ["latest_seq", "last_message_at"]
        if author.kind == AuthorKind.CUSTOMER:
            self.last_customer_seq = self.latest_seq
            changed.append("last_customer_seq")
        elif author.kind == AuthorKind.AGENT:
            self.last_agent_seq = self.latest_seq
            changed.append("last_agent_seq")
        if author.kind != AuthorKind.SYSTEM:
            changed += self.whole.note_activity(at=self.last_message_at)
        self.save(update_fields=changed)
        if author.kind == AuthorKind.AGENT:
            owe_unseen(self.whole)
        said = {"body": body, "client_id": client_id, "sent_at": self.last_message_at}
        return self._store(author, uploads, seq=self.latest_seq, **said)

    def append_note(
        self,
        *,
        author: Author,
        body: str,
        now: datetime,
        client_id: uuid.UUID | None = None,
        uploads: Sequence[Attachment] = (),
        mentioned: Sequence[User] = (),
    ) -> Message:
        """The next internal message: a log of its own, so that the customer's numbering has no hole."""
        self.latest_note_seq += 1
        self.save(update_fields=["latest_note_seq"])
        said = {"body": body, "client_id": client_id, "sent_at": now}
        note = self._store(author, uploads, note_seq=self.latest_note_seq, **said)
        mention(mentioned, message=note)
        return note

    def _store(self, author: Author, uploads: Sequence[Attachment], **fields: Any) -> Message:
        message = Message.objects.create(
            conversation=self.whole,
            author_kind=author.kind,
            author_customer=author.customer,
            author_user=author.user,
            author_name=author.name,
            attachment_count=len(uploads),
            **fields,
        )
        if uploads:
            attach(message, uploads)
        events.publish(events.MessagePosted(conversation=self.whole, message=message))
        return message

    def _line(self, trigger: Trigger, *, now: datetime, **values: str) -> list[Message]:
        """What the system says at ``trigger``, as the next message; nothing where it is switched off. Not written yet."""
        body = line_for(self.whole, trigger, **values)
        if body is None:
            return []
        self.latest_seq += 1
        self.last_message_at = max(now, self.last_message_at)
        said: dict[str, Any] = {"author_kind": AuthorKind.SYSTEM, "sent_at": self.last_message_at}
        return [Message(conversation=self.whole, seq=self.latest_seq, body=body, **said)]

    def _last_words(
        self, trigger: Trigger, *, actor: Actor, user: User | None, now: datetime, reason: str
    ) -> list[Message]:
        """What its customer is told; and its agents, unless that tells them who ended it. Not written yet."""
        agent = agent_name(self.whole, self.whole.agent)
        lines = self._line(trigger, now=now, agent=agent)
        if lines and tells_who(lines[0].body, trigger, agent=agent):
            return lines
        self.latest_note_seq += 1
        said: dict[str, Any] = {"author_kind": AuthorKind.SYSTEM, "sent_at": now}
        body = ended_by(self.whole, actor=actor, user=user, reason=reason)
        return [*lines, Message(conversation=self.whole, note_seq=self.latest_note_seq, body=body, **said)]

    @staticmethod
    def _write(lines: Iterable[Message]) -> None:
        for line in Message.objects.bulk_create(lines):
            events.publish(events.MessagePosted(conversation=line.conversation, message=line))
