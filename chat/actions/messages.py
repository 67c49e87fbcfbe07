"""Posting: the hot path. The same client_id posts once, whatever has happened in between."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from chat import events
from chat.access import conversation_for_customer
from chat.actions.base import action, one_statement
from chat.actions.lifecycle import NotYours, locked_conversation
from chat.actions.starting import begin
from chat.actions.uploads import AttachmentsOff, check_attachments, locked_uploads
from chat.answers import Answers
from chat.errors import Invalid, Refusal
from chat.models import AuthorKind, Conversation, Customer, CustomerSession, Mention, Message, ReadPointer
from chat.models.author import Author
from chat.models.message import MAX_BODY, same_request
from chat.models.posting import post_as_agent, post_as_customer
from chat.prechat import PRECHAT
from chat.states import State
from workstreams.models import Widget


class TooLong(Refusal):
    code = "too_long"
    message = _("This message is too long. Send it in two parts.")


class ConversationEnded(Refusal):
    code = "conversation_ended"
    status = 409
    message = _("This conversation has ended.")


class ColleagueAnswered(Refusal):
    code = "colleague_answered"
    status = 409
    message = _(
        "A colleague has answered since you last looked. Read it, then send again if you still want to."
    )


@dataclass(frozen=True)
class Posted:
    """The message as it stands; ``is_new`` is False when this client_id had been posted before."""

    message: Message
    conversation: Conversation
    is_new: bool


def post_customer_message(
    *,
    session: CustomerSession,
    client_id: uuid.UUID,
    body: str,
    now: datetime,
    conversation_id: uuid.UUID | str | None = None,
    prechat: dict[str, object] | None = None,
    attachments: Sequence[uuid.UUID] = (),
) -> Posted:
    """Post into the customer's unfinished conversation, or begin one with this very message.

    ``prechat`` answers count for the conversation that they begin; one that is there already keeps its own.
    Raises Invalid, TooLong, NotFound, ConversationEnded (live), WidgetRetired, OutsideOperatingHours, PrechatRequired,
    AttachmentsOff, SessionExpired, Busy.
    """
    check_body(body, attachments)
    answers = PRECHAT.read(prechat or {})
    post: dict[str, Any] = {
        "session": session,
        "conversation_id": conversation_id,
        "body": body,
        "client_id": client_id,
    }
    if not attachments and (posted := _at_once(post_as_customer, post, now)):
        return posted
    return _receive(**post, answers=answers, attachments=attachments, now=now)


def post_agent_message(
    *,
    user: User,
    conversation_id: uuid.UUID,
    client_id: uuid.UUID,
    body: str,
    now: datetime,
    internal: bool = False,
    seen_seq: int | None = None,
    confirm: bool = False,
    attachments: Sequence[uuid.UUID] = (),
    mentions: Sequence[int] = (),
) -> Posted:
    """Post as an agent: publicly into one's own active or waiting conversation, or one that one takes part in and may
    answer; internally until it is closed, while somebody else has it only if one takes part or was mentioned there.
    ``mentions``: the users whom an internal message names.

    Raises Invalid, TooLong, NotFound, NotYours, ConversationEnded, ColleagueAnswered, AttachmentsOff, Busy.
    """
    check_body(body, attachments)
    post: dict[str, Any] = {
        "user": user,
        "conversation_id": conversation_id,
        "body": body,
        "client_id": client_id,
    }
    seen = None if confirm else seen_seq
    is_plain = not internal and not attachments
    if is_plain and (posted := _at_once(post_as_agent, {**post, "seen_seq": seen}, now)):
        return posted
    how: dict[str, Any] = {"internal": internal, "seen_seq": seen, "mentions": mentions}
    return _answer(**post, **how, attachments=attachments, now=now)


@action
def customer_sees(*, session: CustomerSession, conversation_id: uuid.UUID, seq: int) -> None:
    _sees(conversation_for_customer(session=session, conversation_id=conversation_id), user=None, seq=seq)


@action
def agent_sees(*, user: User, conversation: Conversation, seq: int, note_seq: int = 0) -> None:
    """``conversation`` was fetched through the agent."""
    _sees(conversation, user=user, seq=seq, note_seq=note_seq)


def _at_once(write: Callable[..., Message | None], post: dict[str, Any], now: datetime) -> Posted | None:
    """The common case, in one statement; None where it is another one: nothing was changed then."""
    try:
        message = _written(write, post, now)
    except IntegrityError:  # the same client_id at this very moment: the long way finds it
        return None
    return Posted(message=message, conversation=message.conversation, is_new=True) if message else None


@one_statement
def _written(write: Callable[..., Message | None], post: dict[str, Any], now: datetime) -> Message | None:
    return write(**post, now=now)


@action
def _receive(
    *,
    session: CustomerSession,
    conversation_id: uuid.UUID | str | None,
    body: str,
    client_id: uuid.UUID,
    answers: Answers,
    attachments: Sequence[uuid.UUID],
    now: datetime,
) -> Posted:
    """The customer's row is locked first: two tabs that start at once end up in one conversation."""
    customer = Customer.objects.locked().get(pk=session.customer_id)
    if known := same_request(client_id=client_id, customer=customer):
        return Posted(message=known, conversation=known.conversation, is_new=False)
    if attachments:
        _require_may_attach(session)
    conversation = _to_write_in(session, conversation_id, answers, now)
    uploads = locked_uploads(attachments, customer=customer)
    message = conversation.receive(body=body, client_id=client_id, now=now, uploads=uploads)
    return Posted(message=message, conversation=conversation, is_new=True)


@action
def _answer(
    *,
    user: User,
    conversation_id: uuid.UUID,
    body: str,
    client_id: uuid.UUID,
    internal: bool,
    seen_seq: int | None,
    mentions: Sequence[int],
    attachments: Sequence[uuid.UUID],
    now: datetime,
) -> Posted:
    conversation = locked_conversation(conversation_id)
    if known := same_request(client_id=client_id, user=user):
        return Posted(message=known, conversation=known.conversation, is_new=False)
    if attachments and not conversation.widget.agents_may_attach:
        raise AttachmentsOff
    author = Author.of_agent(user, widget=conversation.widget)
    said: dict[str, Any] = {"author": author, "body": body, "client_id": client_id, "now": now}
    if internal:
        _require_may_note(conversation, user)
        named = User.objects.filter(pk__in=mentions, is_active=True).exclude(pk=user.pk)
        uploads = locked_uploads(attachments, user=user)
        note = conversation.append_note(**said, uploads=uploads, mentioned=list(named) if mentions else ())
        return Posted(message=note, conversation=conversation, is_new=True)
    _require_may_answer(conversation, user)
    if seen_seq is not None and _colleague_answered(conversation, user, seen_seq):
        raise ColleagueAnswered(latest_seq=conversation.latest_seq)
    message = conversation.append(**said, uploads=locked_uploads(attachments, user=user))
    return Posted(message=message, conversation=conversation, is_new=True)


def check_body(body: str, attachments: Sequence[uuid.UUID] = ()) -> None:
    """Raises Invalid for NUL and lone surrogates (PostgreSQL keeps neither), and for empty text without a file;
    TooLong beyond 6,000.
    """
    check_attachments(attachments)
    if not body.strip() and not attachments:
        raise Invalid(_("Write something first."), field="body")
    if "\x00" in body or any("\ud800" <= character <= "\udfff" for character in body):
        raise Invalid(_("This text holds characters that cannot be kept."), field="body")
    if len(body) > MAX_BODY:
        raise TooLong(field="body", limit=MAX_BODY)


def _to_write_in(
    session: CustomerSession, conversation_id: uuid.UUID | str | None, answers: Answers, now: datetime
) -> Conversation:
    if conversation_id is not None:
        named = conversation_for_customer(session=session, conversation_id=conversation_id)
        if named.is_ended and not named.rules.begins_anew_after_end:
            raise ConversationEnded
    unfinished = Conversation.objects.of(session).unfinished().with_people().locked().first()
    if unfinished is not None:
        return unfinished
    return begin(session=session, answers=answers, now=now)


def _require_may_attach(session: CustomerSession) -> None:
    """As the widget is now: a socket keeps it as it was when it opened."""
    if not Widget.objects.filter(pk=session.widget_id, customers_may_attach=True).exists():
        raise AttachmentsOff


def _require_may_note(conversation: Conversation, user: User) -> None:
    """While nobody has it, whoever sees it may; that is its caller's question."""
    if conversation.state == State.CLOSED:
        raise ConversationEnded
    is_anothers = conversation.agent_id not in (None, user.pk)
    takes_part = conversation.participants.present().of(user)
    mentioned = Mention.objects.of(user).in_conversation(conversation)
    if is_anothers and not takes_part.exists() and not mentioned.exists():
        raise NotYours


def _require_may_answer(conversation: Conversation, user: User) -> None:
    if conversation.is_ended:
        raise ConversationEnded
    if conversation.agent_id != user.pk and not conversation.is_shared_with(user):
        raise NotYours


def _colleague_answered(conversation: Conversation, user: User, seen_seq: int) -> bool:
    since = conversation.messages.public().filter(author_kind=AuthorKind.AGENT, seq__gt=seen_seq)
    return since.exclude(author_user=user).exists()


def _sees(conversation: Conversation, *, user: User | None, seq: int, note_seq: int = 0) -> None:
    seq, note_seq = min(seq, conversation.latest_seq), min(note_seq, conversation.latest_note_seq)
    if ReadPointer.objects.advance(conversation=conversation, user=user, seq=seq, note_seq=note_seq):
        user_id = user.pk if user else None
        events.publish(events.MessagesSeen(conversation=conversation, user_id=user_id, seq=seq))
