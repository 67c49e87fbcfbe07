"""What is left of a customer who is erased: that somebody wrote, when, and what became of it. Nothing of who or what.

Who they are goes at once; what was said goes page by page, so that nobody waits long for a row. What is still to be
erased is read from the rows themselves: whoever goes on after a crash finds it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet

from chat.models.attachment import Attachment
from chat.models.conversation import Conversation
from chat.models.customer import Customer
from chat.models.letter import Letter
from chat.models.message import Message
from chat.models.session import CustomerSession
from chat.models.survey import SurveyAnswer
from chat.states import Actor, State

ERASED = "(erased)"
CONVERSATIONS, MESSAGES = 20, 1000  # a page: so many at most are erased in one transaction


@dataclass(frozen=True)
class ErasedPage:
    """``uploads``: files that no message holds any more."""

    is_last: bool = False
    uploads: list[uuid.UUID] = field(default_factory=list)


def begin_to_erase(customer: Customer, *, user: User, now: datetime) -> list[uuid.UUID]:
    """The person. The caller holds the customer's lock. Returns uploads that were never sent, whose files are to go.

    What is not closed is closed first: nobody shall write into it any more, not even notes.
    """
    unfinished = Conversation.objects.filter(customer=customer).exclude(state=State.CLOSED).order_by("pk")
    closing = [(conversation, "its customer was erased") for conversation in unfinished.locked()]
    if closing:
        Conversation.close_each(closing, actor=Actor.SUPERVISOR, user=user, now=now)
    _forget_person(customer, now=now)
    customer.erasing_since, customer.erased_up_to = now, None
    customer.save(update_fields=["erasing_since", "erased_up_to"])
    return _part_with(Attachment.objects.filter(customer=customer, message=None))


def erase_page(customer: Customer) -> ErasedPage:
    """What was said in the next conversations, as much as a page holds. The caller holds the customer's lock."""
    conversations = _next_of(customer)
    if not conversations:
        customer.erasing_since = customer.erased_up_to = None
        customer.save(update_fields=["erasing_since", "erased_up_to"])
        return ErasedPage(is_last=True)
    found = list(_not_erased(customer, conversations).values_list("pk", flat=True)[:MESSAGES])
    uploads = _part_with(Attachment.objects.filter(message__in=found))
    _forget_words(customer, found)
    if len(found) < MESSAGES:
        _forget_what_is_known(conversations)
        customer.erased_up_to = conversations[-1]
        customer.save(update_fields=["erased_up_to"])
    return ErasedPage(uploads=uploads)


def _forget_person(customer: Customer, *, now: datetime) -> None:
    """Whoever comes with the same sign-in is somebody new. Nothing is sent to them any more."""
    customer.learn({"name": ERASED, "email": "", "locale": ""})
    if customer.is_authenticated:
        customer.subject = f"erased-{customer.pk}"
        customer.save(update_fields=["subject"])
    for session in CustomerSession.objects.filter(customer=customer, revoked_at=None):
        session.revoke(now=now)
    CustomerSession.objects.filter(customer=customer).update(context={})
    Letter.objects.filter(conversation__customer=customer).update(
        address="", address_digest=None, due_at=None, attempts=0
    )


def _next_of(customer: Customer) -> list[uuid.UUID]:
    after = Q() if customer.erased_up_to is None else Q(pk__gt=customer.erased_up_to)
    rows = Conversation.objects.filter(after, customer=customer).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:CONVERSATIONS])


def _not_erased(customer: Customer, conversations: list[uuid.UUID]) -> QuerySet[Message]:
    """Notes and automated lines, too: they speak of the customer, and often by name."""
    named = Q(author_customer=customer) & ~Q(author_name=ERASED)
    said = ~Q(body=ERASED) | Q(attachment_count__gt=0)
    return Message.objects.filter(named | said, conversation__in=conversations)


def _forget_words(customer: Customer, messages: list[int]) -> None:
    rows = Message.objects.filter(pk__in=messages)
    rows.filter(author_customer=customer).update(author_name=ERASED)
    rows.update(body=ERASED, attachment_count=0)


def _forget_what_is_known(conversations: list[uuid.UUID]) -> None:
    Conversation.objects.filter(pk__in=conversations).update(context={}, prechat={}, version=F("version") + 1)
    SurveyAnswer.objects.filter(conversation__in=conversations).update(comment="", answers=[])


def _part_with(files: QuerySet[Attachment]) -> list[uuid.UUID]:
    """They become uploads that nobody uses: what cannot be removed at once, the sweep removes.

    So it does with one that is still coming: its row must be there for as long as its file can be.
    """
    found = dict(files.values_list("pk", "is_stored"))
    Attachment.objects.filter(pk__in=found).update(message=None, position=0, name=ERASED)
    return [pk for pk, is_stored in found.items() if is_stored]
