"""Answers that their customer has not seen: whether an e-mail should tell of them, and when that is to be judged."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat.access import customer_read_seq
from chat.models import AuthorKind, Conversation, Letter, Message, ServerProcess, Visit
from chat.models.presence import ALIVE_FOR, ProcessKind

AWAY_FOR = timedelta(minutes=1)  # a page that is turned, or a network that is lost, is nobody leaving
LONG_GONE = timedelta(hours=1)
MOST = 50  # messages in one e-mail: the newest


def unseen_messages(conversation: Conversation, letter: Letter) -> list[Message]:
    """What agents wrote and the customer has neither seen nor been sent. No system lines, no internal messages."""
    told = max(customer_read_seq(conversation), letter.mailed_seq)
    return conversation.messages.filter(author_kind=AuthorKind.AGENT, seq__gt=told).newest(MOST)


def is_wanted(conversation: Conversation) -> bool:
    return conversation.widget.mails_unseen and bool(conversation.customer.email)


def judged_again_at(conversation: Conversation, oldest: Message, *, now: datetime) -> datetime | None:
    """When to look again; None: send it now."""
    delay = timedelta(minutes=conversation.widget.unseen_mail_minutes or 0)
    if now < oldest.sent_at + delay:
        return oldest.sent_at + delay
    if not _may_judge(conversation, now):
        return now + AWAY_FOR
    return now + delay if _visits_since(conversation, now - AWAY_FOR) else None


def _may_judge(conversation: Conversation, now: datetime) -> bool:
    """Whoever was cut off by an outage gets time to come back. A web process shows itself from its first socket on, so
    that none is to be seen may mean an outage, or that nobody is here: then only those count who left long ago."""
    serving = ServerProcess.objects.filter(kind=ProcessKind.WEB, seen_at__gt=now - ALIVE_FOR)
    if serving.filter(started_at__lte=now - AWAY_FOR).exists():
        return True
    return not serving.exists() and not _visits_since(conversation, now - LONG_GONE)


def _visits_since(conversation: Conversation, moment: datetime) -> bool:
    visits = Visit.objects.filter(customer=conversation.customer_id, widget=conversation.widget_id)
    return visits.since(moment).exists()
