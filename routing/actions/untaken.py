"""A customer learns that nobody can be found just now."""

from __future__ import annotations

import uuid
from datetime import datetime

from chat.actions.base import action
from chat.actions.lifecycle import locked_conversation
from routing.untaken import nobodys


@action
def tell_no_agent(*, conversation_id: uuid.UUID, now: datetime) -> bool:
    """Judged again under its lock; False when somebody has it, is being asked, or its customer knows."""
    conversation = locked_conversation(conversation_id)
    if not nobodys(now=now).filter(pk=conversation.pk).exists():
        return False
    conversation.tell_no_agent(now=now)
    return True
