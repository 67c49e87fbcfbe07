"""What is left of a customer who is erased: that somebody wrote, when, and what became of it. Nothing of who or what."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Q

from chat.models.attachment import Attachment
from chat.models.conversation import Conversation
from chat.models.customer import Customer
from chat.models.letter import Letter
from chat.models.message import Message
from chat.models.session import CustomerSession
from chat.models.survey import SurveyAnswer
from chat.states import Actor, State

ERASED = "(erased)"


def erase(customer: Customer, *, user: User, now: datetime) -> list[uuid.UUID]:
    """The caller holds the customer's lock. Returns the uploads whose files are to go now, by nobody's message.

    What is not closed is closed first: nobody shall write into it any more, not even notes.
    """
    unfinished = Conversation.objects.filter(customer=customer).exclude(state=State.CLOSED).order_by("pk")
    closing = [(conversation, "its customer was erased") for conversation in unfinished.locked()]
    if closing:
        Conversation.close_each(closing, actor=Actor.SUPERVISOR, user=user, now=now)
    _forget_person(customer, now=now)
    _forget_words(customer)
    return _part_with_files(customer)


def _forget_person(customer: Customer, *, now: datetime) -> None:
    """Whoever comes with the same sign-in is somebody new."""
    customer.learn({"name": ERASED, "email": "", "locale": ""})
    if customer.is_authenticated:
        customer.subject = f"erased-{customer.pk}"
        customer.save(update_fields=["subject"])
    for session in CustomerSession.objects.filter(customer=customer, revoked_at=None):
        session.revoke(now=now)
    CustomerSession.objects.filter(customer=customer).update(context={})


def _forget_words(customer: Customer) -> None:
    """Notes and automated lines, too: they speak of the customer, and often by name."""
    conversations = Conversation.objects.filter(customer=customer)
    of_theirs = Message.objects.filter(conversation__in=conversations)
    of_theirs.filter(author_customer=customer).update(author_name=ERASED)
    of_theirs.update(body=ERASED, attachment_count=0)
    conversations.update(context={}, prechat={}, version=F("version") + 1)
    SurveyAnswer.objects.filter(conversation__in=conversations).update(comment="", answers=[])
    Letter.objects.filter(conversation__in=conversations).update(
        address="", address_digest=None, due_at=None, attempts=0
    )


def _part_with_files(customer: Customer) -> list[uuid.UUID]:
    """They become uploads that nobody uses: what cannot be removed at once, the sweep removes.

    So it does with one that is still coming: its row must be there for as long as its file can be.
    """
    sent = Q(message__conversation__customer=customer)
    files = Attachment.objects.filter(sent | Q(customer=customer))
    found = dict(files.values_list("pk", "is_stored"))
    Attachment.objects.filter(pk__in=found).update(message=None, position=0, name=ERASED)
    return [pk for pk, is_stored in found.items() if is_stored]
