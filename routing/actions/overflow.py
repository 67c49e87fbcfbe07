"""What a queue has no time for is ended, or moved to another queue."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from chat.actions.base import action
from chat.actions.lifecycle import locked_conversation
from chat.states import Actor
from routing import overflow
from workstreams.automated import Trigger
from workstreams.models import OverflowRule, OverflowWhen


@action
def overflow_conversation(*, conversation_id: uuid.UUID, now: datetime) -> bool:
    """Do what the rules of its queue say, judged again under its lock; False when it stays.

    Moved, it keeps its place in the order; the rules of the other queue are asked when that is told.
    Raises NotFound, Busy.
    """
    conversation = locked_conversation(conversation_id)
    rule = overflow.rule_for(conversation, now=now)
    if rule is None:
        return False
    how: dict[str, Any] = {"actor": Actor.SYSTEM, "user": None, "now": now, "reason": _reason(rule)}
    if rule.target is None:
        conversation.close(trigger=Trigger.OVERFLOW_ENDED, **how)
    else:
        conversation.requeue(queue=rule.target, **how)
    return True


def _reason(rule: OverflowRule) -> str:
    if rule.when == OverflowWhen.FULL:
        return f"overflow: more than {rule.limit} open in {rule.queue}"
    return f"overflow: {rule.limit} min in {rule.queue}"
