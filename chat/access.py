"""What a customer may see: the object, or ``NotFound``. Absent and forbidden look the same."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from chat.errors import NotFound, Refusal
from chat.models import Attachment, Conversation, CustomerSession, Message, ReadPointer
from workstreams.models import Widget


class SessionExpired(Refusal):
    code = "session_expired"
    status = 401
    message = _("You have been signed out. Sign in again to go on.")


def session_for_token(*, token: str, now: datetime) -> CustomerSession:
    """The session behind an opaque token. Raises SessionExpired when unknown, expired or revoked."""
    session = CustomerSession.objects.for_token(token).valid(now=now).first()
    if session is None:
        raise SessionExpired
    return session


def widget_for_public_id(public_id: str) -> Widget:
    widget = (
        Widget.objects.filter(public_id=public_id).select_related("workstream__queue", "auth_setting").first()
    )
    if widget is None:
        raise NotFound
    return widget


def conversation_for_customer(*, session: CustomerSession, conversation_id: uuid.UUID | str) -> Conversation:
    """One of this customer's conversations in this widget, or NotFound."""
    try:
        found = (
            Conversation.objects.of(session).with_people().filter(pk=uuid.UUID(str(conversation_id))).first()
        )
    except ValueError:
        raise NotFound from None
    if found is None:
        raise NotFound
    return found


def attachment_for_customer(*, session: CustomerSession, attachment_id: uuid.UUID) -> Attachment:
    """A file in this customer's conversations in this widget, not of an internal message; or NotFound."""
    seen = Message.objects.public().filter(conversation__in=Conversation.objects.of(session))
    found = Attachment.objects.filter(pk=attachment_id, message__in=seen).first()
    if found is None:
        raise NotFound
    return found


def unfinished_for_customer(session: CustomerSession) -> Conversation | None:
    return Conversation.objects.of(session).unfinished().with_people().first()


def ended_to_show(session: CustomerSession) -> Conversation | None:
    """The latest ended conversation while its customer has not seen its last message, or not said what they think of it
    where they are asked: neither an answer nor a question must vanish."""
    latest = Conversation.objects.of(session).with_people().latest_first().first()
    if latest is None or latest.is_unfinished:
        return None
    is_asked = latest.survey_due and latest.widget.asks_for_rating
    return latest if is_asked or customer_read_seq(latest) < latest.latest_seq else None


def prechat_due(session: CustomerSession) -> bool:
    """Whether a conversation that this customer begins now is preceded by the widget's questions."""
    return session.widget.questions.exists() and Conversation.objects.prechat_due(session)


def customer_read_seq(conversation: Conversation) -> int:
    pointer = ReadPointer.objects.filter(conversation=conversation, user=None).first()
    return pointer.seq if pointer else 0


def agent_read_seq(conversation: Conversation) -> int:
    """How far its own agent has read; 0 while it is nobody's."""
    pointer = ReadPointer.objects.filter(
        conversation=conversation, user__isnull=False, user=conversation.agent_id
    )
    return pointer.values_list("seq", flat=True).first() or 0


def zone_of(conversation: Conversation) -> str:
    """The name of the time zone for whoever names none: that of the hours it is under."""
    widget_hours = conversation.widget.operating_hours
    calendar = widget_hours.calendar() if widget_hours else conversation.queue.calendar()
    return calendar.zone if calendar else "UTC"


def messages_page(
    *, conversation: Conversation, after: int | None = None, before: int | None = None, limit: int = 50
) -> tuple[list[Message], bool]:
    """Public messages, ascending, and whether there are more in the direction asked for.

    After a seq: the oldest ones following it. Otherwise the newest ones, before a seq if one is given.
    """
    log = conversation.messages.public()
    if before is not None:
        log = log.filter(seq__lt=before)
    if after is not None:
        found = list(log.filter(seq__gt=after).order_by("seq")[: limit + 1])
        return found[:limit], len(found) > limit
    found = log.newest(limit + 1)
    return found[-limit:], len(found) > limit
