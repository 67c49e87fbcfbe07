"""E-mails to customers: asking for one, taking it to send it, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat import unseen
from chat.access import conversation_for_customer, zone_of
from chat.actions.base import action
from chat.actions.lifecycle import locked_conversation
from chat.errors import Forbidden, Invalid, RateLimited, Refusal
from chat.models import Conversation, CustomerSession, Letter, LetterKind, Message
from chat.models.letter import MOST_ATTEMPTS, Outcome, count_alone, digest_of

TO_ONE_ADDRESS = 3  # a day: nobody's mailbox is filled from here
A_DAY = timedelta(days=1)


class NotEnded(Refusal):
    code = "conversation_not_ended"
    status = 409
    message = _("The conversation goes on. It can be sent once it has ended.")


class AlreadySent(Refusal):
    code = "already_sent"
    status = 409
    message = _("This conversation has been sent already.")


class NotAnswered(Refusal):
    code = "not_answered"
    status = 409
    message = _("Nobody has answered in this conversation.")


class NoTranscript(Forbidden):
    message = _("Conversations are not sent by e-mail here.")


@dataclass(frozen=True)
class Taken:
    """A letter that the caller must send now, then settle or give back."""

    letter: Letter
    conversation: Conversation
    mailed_before: int
    messages: Sequence[Message] = field(default=(), repr=False)


@action
def ask_for_transcript(
    *, session: CustomerSession, conversation_id: uuid.UUID | str, email: str, zone: str, now: datetime
) -> Letter:
    """Have an ended conversation sent to its customer, once. ``email``: empty, where their site has told the address.

    Raises NotFound, NoTranscript, NotEnded, NotAnswered, AlreadySent, Invalid, RateLimited.
    """
    conversation = locked_conversation(
        conversation_for_customer(session=session, conversation_id=conversation_id).pk
    )
    _require_sendable(conversation)
    address = _typed_address(conversation, email)
    if address:
        _require_patience(address, now)
    letter, is_new = Letter.objects.get_or_create(
        conversation=conversation,
        kind=LetterKind.TRANSCRIPT,
        defaults={
            "address": address,
            "address_digest": digest_of(address) if address else None,
            "zone": zone or zone_of(conversation),
            "asked_at": now,
            "due_at": now,
        },
    )
    if not is_new:
        raise AlreadySent
    return letter


@action
def take_letter(*, letter_id: int, now: datetime) -> Taken | None:
    """Claim a letter that is due, judged again under the lock; None: not now, or not at all."""
    conversation = Conversation.objects.with_people().locked().filter(letters=letter_id).first()
    letter = Letter.objects.due(now=now).locked().filter(pk=letter_id).first()
    if conversation is None or letter is None:
        return None
    letter.conversation = conversation
    return _JUDGE[LetterKind(letter.kind)](conversation, letter, now)


@action
def settle_letter(*, taken: Taken, outcome: Outcome, now: datetime) -> None:
    _locked(taken).settle(outcome, now=now)


@action
def give_letter_back(*, taken: Taken, now: datetime) -> None:
    """The mail server answered, and did not take it: later, or never."""
    letter = _locked(taken)
    if letter.attempts < MOST_ATTEMPTS:
        letter.give_back(mailed_seq=taken.mailed_before, now=now)
    else:
        letter.settle(Outcome.GIVEN_UP, now=now)


@action
def hold_letters(*, letter_ids: Sequence[int], now: datetime) -> None:
    """The mail server cannot be reached: all of these wait."""
    for letter in Letter.objects.due(now=now).locked().filter(pk__in=letter_ids).order_by("pk"):
        letter.give_back(mailed_seq=letter.mailed_seq, now=now)


@action
def doubt_lost_letters(*, now: datetime) -> int:
    """Those whose worker was killed while it sent them: sent or not, they are not sent again."""
    lost = Letter.objects.lost(now=now).locked().order_by("pk")
    for letter in lost:
        letter.settle(Outcome.DOUBTFUL, now=now)
    return len(lost)


@action
def forget_due_letters(*, now: datetime) -> None:
    """There is no mail server: nothing is kept for the day there is one."""
    Letter.objects.due(now=now).update(due_at=None, address="")


@action
def forget_addresses(*, now: datetime) -> None:
    """What letters to an address are counted by is kept for as long as they are."""
    Letter.objects.filter(address_digest__isnull=False, asked_at__lte=now - A_DAY).update(address_digest=None)


def _require_sendable(conversation: Conversation) -> None:
    """An agent must have answered: nobody can have this server write to a stranger all by themselves."""
    if not conversation.widget.transcript_email or not settings.SENDS_MAIL:
        raise NoTranscript
    if not conversation.is_ended:
        raise NotEnded
    if not conversation.last_agent_seq:
        raise NotAnswered


def _typed_address(conversation: Conversation, email: str) -> str:
    """Empty for a customer whose address we were told: to that one and no other. Visitors of live chats type one."""
    known = conversation.customer.email
    if known:
        if email and email.lower() != known.lower():
            raise Invalid(_("It is sent to the address of your account only."), field="email")
        return ""
    if conversation.rules.requires_identity:
        raise Invalid(_("Your account here has no e-mail address."), field="email")
    if not email:
        raise Invalid(_("Write down your e-mail address."), field="email")
    return email


def _require_patience(address: str, now: datetime) -> None:
    count_alone(address)
    if Letter.objects.to_address(address, since=now - A_DAY).count() >= TO_ONE_ADDRESS:
        raise RateLimited


def _take_transcript(conversation: Conversation, letter: Letter, now: datetime) -> Taken | None:
    if not letter.recipient:  # their site has taken the address back
        letter.drop()
        return None
    letter.take(up_to=conversation.latest_seq, now=now)
    return Taken(letter=letter, conversation=conversation, mailed_before=0)


def _take_unseen(conversation: Conversation, letter: Letter, now: datetime) -> Taken | None:
    messages = unseen.unseen_messages(conversation, letter) if unseen.is_wanted(conversation) else []
    if not messages:
        letter.drop()
        return None
    if later := unseen.judged_again_at(conversation, messages[0], now=now):
        letter.postpone(until=later)
        return None
    mailed_before = letter.mailed_seq
    letter.take(up_to=messages[-1].seq or 0, now=now)
    return Taken(letter=letter, conversation=conversation, mailed_before=mailed_before, messages=messages)


_JUDGE = {LetterKind.TRANSCRIPT: _take_transcript, LetterKind.UNSEEN: _take_unseen}


def _locked(taken: Taken) -> Letter:
    return Letter.objects.locked().get(pk=taken.letter.pk)
