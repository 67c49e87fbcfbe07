"""What time does. Each row is judged again under its lock."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from chat.actions.base import action
from chat.idle import closes_at
from chat.models import Conversation, CustomerSession, ServerProcess, Visit
from chat.models.presence import ALIVE_FOR
from chat.states import Actor

KEEP_VISITS = timedelta(days=90)
KEEP_PROCESSES = timedelta(days=7)
KEEP_SESSIONS = timedelta(days=1)


@action
def close_if_idle(*, conversation_id: uuid.UUID, now: datetime) -> bool:
    """Close it if it is still due: a message that came first wins. True when it was closed."""
    conversation = Conversation.objects.with_people().locked().filter(pk=conversation_id).first()
    due = closes_at(conversation) if conversation else None
    if conversation is None or due is None or due > now:
        return False
    conversation.close(actor=Actor.SYSTEM, user=None, now=now, reason="auto-close")
    return True


@action
def mark_return_notified(*, conversation_id: uuid.UUID, now: datetime) -> Conversation | None:
    """Claim the notice of a customer's return; None when another task has sent it or it no longer waits."""
    conversation = Conversation.objects.with_people().locked().filter(pk=conversation_id).first()
    if conversation is None or not conversation.owes_return_notice:
        return None
    conversation.customer_back_notified_at = now
    conversation.save(update_fields=["customer_back_notified_at"])
    return conversation


@action
def forget_old_presence(*, now: datetime) -> None:
    """Visits of processes that stopped without saying so end when the process was last seen."""
    lost = ServerProcess.objects.filter(seen_at__lte=now - ALIVE_FOR)
    last_seen = lost.filter(pk=OuterRef("process_id")).values("seen_at")
    Visit.objects.filter(left_at=None, process_id__in=lost.values("pk")).update(left_at=Subquery(last_seen))
    Visit.objects.filter(left_at__lt=now - KEEP_VISITS).delete()
    ServerProcess.objects.filter(seen_at__lt=now - KEEP_PROCESSES).delete()
    CustomerSession.objects.filter(expires_at__lt=now - KEEP_SESSIONS).delete()
